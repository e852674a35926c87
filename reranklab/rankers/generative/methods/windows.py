"""A window of candidates in one prompt, windows from the bottom of the list up: attention, first token, permutation, chat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reranklab.llm.windows import sliding_windows
from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.generative.methods.method import Asked, Judge, Outcome
from reranklab.rankers.generative.windowed import WindowedOrder, WindowPlan
from reranklab.types import RANK_ONLY, Scalar, ScoreScale


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """With one window the method's own scores are kept; with several, only the order means something. `written` says that the
    order of a window is an answer in words."""

    prompt: str
    plan: WindowPlan
    scale: ScoreScale = RANK_ONLY
    written: bool = False

    @property
    def together(self) -> int:
        return self.plan.size

    @property
    def parameters(self) -> Mapping[str, Scalar]:
        return {"window": self.plan.size, "step": self.plan.step}

    def asked(self, count: int) -> Asked:
        windows = sliding_windows(count, size=self.plan.size, step=self.plan.step)
        passages = sum(end - start for start, end in windows)
        return Asked(calls=len(windows), passages=passages, answers=passages if self.written else 0)

    def run(self, judge: Judge, count: int, *, cancel: CancelSignal | None = None, progress: Progress | None = None) -> Outcome:
        state = WindowedOrder(count, plan=self.plan, cancel=cancel, progress=progress)
        for positions in state:
            state.reorder(judge.order(positions))
        details = {"windows": state.count, "calls": state.count, "repairs": state.repairs}
        return Outcome(scores=state.scores(), scale=state.scale(self.scale), details=details)
