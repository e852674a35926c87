"""A list reordered window by window, whoever orders a window."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reranklab.llm.local import WindowOrder
from reranklab.llm.windows import sliding_windows
from reranklab.progress import CancelSignal, Progress, check_cancel, report
from reranklab.types import RANK_ONLY, ScoreScale


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowPlan:
    """How a list is cut into prompts: passages in a window, how far it moves, tokens of each passage."""

    size: int
    step: int
    passage_tokens: int


class WindowedOrder:
    """The list as it is reordered window by window. Iterating gives the candidates in each window, in current order."""

    def __init__(self, length: int, *, plan: WindowPlan, cancel: CancelSignal | None, progress: Progress | None) -> None:
        self._order = list(range(length))
        self._windows = sliding_windows(length, size=plan.size, step=plan.step)
        self._cancel = cancel
        self._progress = progress
        self._current = (0, 0)
        self._scores: Sequence[float] | None = None
        self.tokens = 0
        self.repairs = 0

    @property
    def count(self) -> int:
        return len(self._windows)

    def __iter__(self) -> Iterator[list[int]]:
        for done, (start, end) in enumerate(self._windows):
            check_cancel(self._cancel)
            report(self._progress, done=done, total=self.count, unit="window")
            self._current = (start, end)
            yield list(self._order[start:end])
        report(self._progress, done=self.count, total=self.count, unit="window")

    def reorder(self, result: WindowOrder) -> None:
        """Put the current window into the order found."""
        start, end = self._current
        window = self._order[start:end]
        self._order[start:end] = [window[position] for position in result.order]
        self._scores = result.scores
        self.tokens += result.tokens
        self.repairs += result.repairs

    def scores(self) -> list[float]:
        """The method's scores where one window held everything, else 1 / rank; along the input order."""
        if self.count == 1 and self._scores is not None:
            return list(self._scores)
        scores = [0.0] * len(self._order)
        for rank, position in enumerate(self._order, start=1):
            scores[position] = 1 / rank
        return scores

    def scale(self, own: ScoreScale) -> ScoreScale:
        return own if self.count == 1 and self._scores is not None else RANK_ONLY
