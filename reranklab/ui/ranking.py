"""A session's ranking: the engine's run in the background."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from reranklab.engine.cache import ResultCache
from reranklab.engine.comparison import Comparison
from reranklab.engine.events import Waiting
from reranklab.engine.request import Request, RunSettings
from reranklab.engine.run import run
from reranklab.progress import CancelSignal
from reranklab.ui.jobs import Emit, Job

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingRun:
    """A run on its way. `number` tells the runs of this process apart, `origin` is what an address says of the input."""

    request: Request
    settings: RunSettings
    number: int
    origin: Mapping[str, list[str]]
    job: Job[None]

    def comparison(self) -> Comparison:
        """What there is so far."""
        return Comparison.of(self.request, self.settings, self.job.events(), number=self.number)

    @property
    def waiting(self) -> bool:
        """Whether other runs are before it."""
        return isinstance(next(reversed(self.job.events()), None), Waiting)


def next_number() -> int:
    """What tells a comparison apart from all others of this process."""
    return next(_numbers)


def start_ranking(
    request: Request,
    settings: RunSettings,
    *,
    cache: ResultCache,
    remeasure: bool = False,
    origin: Mapping[str, list[str]] = MappingProxyType({}),
) -> PendingRun:
    """Rank `request` with `settings`; with `remeasure` known results are measured again."""

    def work(cancel: CancelSignal, emit: Emit) -> None:
        run(request, settings, cache=cache, remeasure=remeasure, cancel=cancel, emit=emit)

    return PendingRun(request=request, settings=settings, number=next_number(), origin=origin, job=Job(work))
