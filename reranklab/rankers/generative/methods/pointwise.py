"""Each passage by itself: the likelihood of "Yes" to whether it answers the query, or of the query as what it answers.

Relevance generation: Liang et al. 2022 (HELM). Query generation: Sachan et al. 2022 (UPR, arXiv 2204.07496).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.generative.methods.method import Asked, Judge, Outcome
from reranklab.rankers.generative.methods.questions import Questions
from reranklab.types import LOG_ODDS, Scalar, ScoreScale

LIKELIHOOD = ScoreScale(
    name="log likelihood",
    description="mean natural logarithm of the likelihood of the query's tokens, given the document: 0 or less",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointwise:
    """`by_query` takes the query's likelihood in the place of a yes or no."""

    by_query: bool
    together: int = 1

    @property
    def prompt(self) -> str:
        return "query-likelihood" if self.by_query else "relevance"

    @property
    def parameters(self) -> Mapping[str, Scalar]:
        return {"relevance": "query-likelihood" if self.by_query else "yes-no"}

    def asked(self, count: int) -> Asked:
        return Asked(calls=count, passages=count, answers=0 if self.by_query else count)

    def run(self, judge: Judge, count: int, *, cancel: CancelSignal | None = None, progress: Progress | None = None) -> Outcome:
        questions = Questions(judge, self.asked(count), cancel=cancel, progress=progress)
        ask = questions.query_likelihood if self.by_query else questions.relevance
        scores = [ask(position) for position in range(count)]
        questions.end()
        return Outcome(scores=scores, scale=LIKELIHOOD if self.by_query else LOG_ODDS, details={"calls": questions.calls})
