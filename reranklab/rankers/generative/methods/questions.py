"""The questions of one ranking: counted, told as progress, and stopped between any two."""

from __future__ import annotations

from collections.abc import Sequence

from reranklab.progress import CancelSignal, Progress, check_cancel, report
from reranklab.rankers.generative.methods.method import Asked, Judge


class Questions:
    """Asks a judge. `calls` is the number asked so far; `asked` says how many there will be, or can be."""

    def __init__(self, judge: Judge, asked: Asked, *, cancel: CancelSignal | None, progress: Progress | None) -> None:
        self._judge = judge
        self._most = asked.calls
        self._cancel = cancel
        self._progress = progress
        self.calls = 0

    def best(self, positions: Sequence[int]) -> tuple[float, ...]:
        self._next()
        return self._judge.best(positions)

    def ranked(self, positions: Sequence[int]) -> tuple[float, ...]:
        self._next()
        return self._judge.ranked(positions)

    def relevance(self, position: int) -> float:
        self._next()
        return self._judge.relevance(position)

    def query_likelihood(self, position: int) -> float:
        self._next()
        return self._judge.query_likelihood(position)

    def end(self) -> None:
        """Tell that the work is done, however many answers it took."""
        self._tell(self._most)

    def _next(self) -> None:
        check_cancel(self._cancel)
        self._tell(self.calls)
        self.calls += 1

    def _tell(self, done: int) -> None:
        if self._most:
            report(self._progress, done=min(done, self._most), total=self._most, unit="call")
