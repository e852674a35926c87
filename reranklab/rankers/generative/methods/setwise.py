"""Setwise (Zhuang et al. 2024, arXiv 2310.09497): which of a few passages answers best, inside of a heap sort."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.generative.methods.heap import heap_top, most_comparisons
from reranklab.rankers.generative.methods.method import Asked, Judge, Outcome, order_outcome
from reranklab.rankers.generative.methods.questions import Questions
from reranklab.types import Scalar


@dataclass(frozen=True, slots=True, kw_only=True)
class Setwise:
    """`together` passages in a prompt, the first `top` sorted, the rest in input order. With `both`, each question is asked in
    two orders and the answers are added up, so that a preference for a place cancels out."""

    together: int
    top: int
    both: bool
    prompt: str = "first-token"

    @property
    def parameters(self) -> Mapping[str, Scalar]:
        return {"window": self.together, "top": self.top, "orders": "both" if self.both else "one"}

    def asked(self, count: int) -> Asked:
        sizes = list(most_comparisons(count, top=self.top, children=self.together - 1))
        orders = 2 if self.both else 1
        return Asked(calls=orders * len(sizes), passages=orders * sum(sizes), answers=orders * len(sizes), exact=not sizes)

    def run(self, judge: Judge, count: int, *, cancel: CancelSignal | None = None, progress: Progress | None = None) -> Outcome:
        questions = Questions(judge, self.asked(count), cancel=cancel, progress=progress)

        def best(positions: Sequence[int]) -> int:
            weights = list(questions.best(positions))
            if self.both:
                turned = questions.best(positions[::-1])
                weights = [first + second for first, second in zip(weights, turned[::-1], strict=True)]
            return max(zip(weights, positions, strict=True), key=lambda each: (each[0], -each[1]))[1]

        found = heap_top(count, top=self.top, children=self.together - 1, best=best)
        questions.end()
        return order_outcome(found, count, calls=questions.calls)
