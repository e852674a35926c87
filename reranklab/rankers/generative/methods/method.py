"""What a method of ranking by a language model is: it asks questions on a few passages and makes scores of the answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from reranklab.llm.local import WindowOrder
from reranklab.progress import CancelSignal, Progress
from reranklab.types import RANK_ONLY, Scalar, ScoreScale


class Judge(Protocol):
    """Whoever answers: a model here or an endpoint. Positions are those of the candidates, from 0. Each question is one prompt.

    `tokens` were read so far; `repairs` and `unanswered` count what was put right in replies, and replies that named nothing.
    """

    @property
    def tokens(self) -> int: ...

    @property
    def repairs(self) -> int: ...

    @property
    def unanswered(self) -> int: ...

    def order(self, positions: Sequence[int]) -> WindowOrder:
        """The passages in order."""
        ...

    def best(self, positions: Sequence[int]) -> tuple[float, ...]:
        """How much each passage is the one that answers best: larger is better, equal where the answer names none."""
        ...

    def ranked(self, positions: Sequence[int]) -> tuple[float, ...]:
        """As `best`, where the order of all counts."""
        ...

    def relevance(self, position: int) -> float:
        """Log odds that the passage answers the query."""
        ...

    def query_likelihood(self, position: int) -> float:
        """Mean log-likelihood of the query's tokens, given the passage."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a list takes: `calls` prompts with `passages` passages in all of them together. `answers` are the passages that
    written answers name. Where not `exact`, the answers decide, and these are the most."""

    calls: int
    passages: int
    answers: int = 0
    exact: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """`scores` run along the input order."""

    scores: Sequence[float]
    scale: ScoreScale
    details: Mapping[str, Scalar] = field(default_factory=dict)


class Method(Protocol):
    """`prompt` is the local prompt whose room is measured, `together` the most passages in one."""

    @property
    def prompt(self) -> str: ...

    @property
    def together(self) -> int: ...

    @property
    def parameters(self) -> Mapping[str, Scalar]:
        """For the provenance."""
        ...

    def asked(self, count: int) -> Asked: ...

    def run(
        self, judge: Judge, count: int, *, cancel: CancelSignal | None = None, progress: Progress | None = None
    ) -> Outcome: ...


def order_scores(best_first: Sequence[int], count: int) -> list[float]:
    """1 / rank along the input order; candidates that are not named follow in input order."""
    named = set(best_first)
    order = [*best_first, *(position for position in range(count) if position not in named)]
    scores = [0.0] * count
    for rank, position in enumerate(order, start=1):
        scores[position] = 1 / rank
    return scores


def order_outcome(best_first: Sequence[int], count: int, *, calls: int) -> Outcome:
    """Of a method that gives an order and no scores."""
    return Outcome(scores=order_scores(best_first, count), scale=RANK_ONLY, details={"calls": calls})
