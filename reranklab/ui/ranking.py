"""The ranking job of a session: the engine's run in the background."""

from __future__ import annotations

import itertools

from reranklab.engine.cache import ResultCache
from reranklab.engine.comparison import Comparison, collecting
from reranklab.engine.request import Request, RunSettings
from reranklab.engine.run import run
from reranklab.progress import CancelSignal, Step
from reranklab.ui.jobs import Emit, Job

_numbers = itertools.count(1)


class RankingJob(Job):
    """A job that ranks `request` with `settings`; with `remeasure` known results are measured again."""

    def __init__(self, request: Request, settings: RunSettings, *, cache: ResultCache, remeasure: bool = False) -> None:
        self.request = request
        self.settings = settings
        self._number = next(_numbers)

        def work(cancel: CancelSignal, emit: Emit) -> None:
            run(request, settings, cache=cache, remeasure=remeasure, cancel=cancel, emit=emit)

        super().__init__(work)

    def collecting(self) -> Step | None:
        """Progress on the candidates, while no ranker has begun."""
        return collecting(self.events())

    def comparison(self) -> Comparison:
        """What there is so far."""
        return Comparison.of(self.request, self.settings, self.events(), number=self._number)
