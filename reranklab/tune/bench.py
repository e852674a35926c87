"""What a search asks of configurations: quality, what a query would take, and a true run of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from reranklab.errors import RerankLabError
from reranklab.progress import CancelSignal


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A query ranked by a configuration as it is: the measure's value, and the time in ms."""

    value: float
    ms: float


class UnusableError(RerankLabError):
    """A configuration that fails. It is left out of the search."""


class Bench(Protocol):
    """Configurations by ranker id, queries by position. `quality` and `measured` raise UnusableError, and Cancelled."""

    def quality(self, configuration: str, query: int, *, cancel: CancelSignal | None = None) -> float:
        """The measure's value, which may come from scores that other configurations needed too."""
        ...

    def estimate(self, configuration: str, query: int) -> float:
        """About what the query takes, in ms, from what other runs took. Nothing runs."""
        ...

    def measured(self, configuration: str, query: int, *, cancel: CancelSignal | None = None) -> Measured:
        """The query ranked by the configuration's own ranker. Each pair runs once."""
        ...
