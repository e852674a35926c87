"""A bench whose values and times are given."""

from collections.abc import Mapping, Sequence

from reranklab.progress import CancelSignal, check_cancel
from reranklab.tune.bench import Measured, UnusableError


class Planted:
    """`values` by configuration, one a query; `ms` is each one's true time and `guess` its estimate, the truth where it is not
    given. A value below 0 is a failure."""

    def __init__(
        self, values: Mapping[str, Sequence[float]], ms: Mapping[str, float], guess: Mapping[str, float] | None = None
    ) -> None:
        self.values, self.ms, self.guess = values, ms, {**ms, **(guess or {})}
        self.asked: dict[str, set[int]] = {}
        self.timed: dict[str, set[int]] = {}

    def quality(self, configuration: str, query: int, *, cancel: CancelSignal | None = None) -> float:
        check_cancel(cancel)
        self.asked.setdefault(configuration, set()).add(query)
        value = self.values[configuration][query]
        if value < 0:
            raise UnusableError(f"{configuration} fails on query {query}.")
        return value

    def estimate(self, configuration: str, query: int) -> float:
        return self.guess[configuration]

    def measured(self, configuration: str, query: int, *, cancel: CancelSignal | None = None) -> Measured:
        self.timed.setdefault(configuration, set()).add(query)
        return Measured(value=self.quality(configuration, query, cancel=cancel), ms=self.ms[configuration])
