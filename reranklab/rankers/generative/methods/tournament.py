"""TourRank (Chen et al. 2024, arXiv 2406.11678): tournaments in groups, and points for every stage that a passage survives."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.generative.methods.method import Asked, Judge, Outcome
from reranklab.rankers.generative.methods.questions import Questions
from reranklab.types import Scalar, ScoreScale

POINTS = ScoreScale(
    name="points",
    description="stages survived in the tournaments, all of them together: comparable within one list only",
    within_list=True,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tournament:
    """In each stage groups of at most `together` are asked for, and the better half of each goes on, until one is left. Each of
    `rounds` tournaments draws its groups anew, by seeds that are always the same."""

    together: int
    rounds: int
    prompt: str = "first-token"

    @property
    def parameters(self) -> Mapping[str, Scalar]:
        return {"window": self.together, "rounds": self.rounds}

    def asked(self, count: int) -> Asked:
        sizes = [size for stage in _stages(count, self.together) for size in stage if size > 1]
        passages = self.rounds * sum(sizes)
        return Asked(calls=self.rounds * len(sizes), passages=passages, answers=passages)

    def run(self, judge: Judge, count: int, *, cancel: CancelSignal | None = None, progress: Progress | None = None) -> Outcome:
        questions = Questions(judge, self.asked(count), cancel=cancel, progress=progress)
        points = [0.0] * count
        for number in range(self.rounds):
            draw = random.Random(number)
            left = list(range(count))
            for sizes in _stages(count, self.together):
                draw.shuffle(left)
                left = [position for group in _groups(left, sizes) for position in _better_half(questions, group)]
                for position in left:
                    points[position] += 1
        questions.end()
        return Outcome(scores=points, scale=POINTS, details={"calls": questions.calls})


def _stages(count: int, most: int) -> Iterator[tuple[int, ...]]:
    """The sizes of the groups of each stage: as equal as they can be."""
    while count > 1:
        groups = -(-count // most)
        sizes = tuple(count // groups + (number < count % groups) for number in range(groups))
        yield sizes
        count = sum(_going_on(size) for size in sizes)


def _going_on(size: int) -> int:
    return max(1, size // 2)


def _groups(positions: Sequence[int], sizes: Sequence[int]) -> Iterator[Sequence[int]]:
    start = 0
    for size in sizes:
        yield positions[start : start + size]
        start += size


def _better_half(questions: Questions, group: Sequence[int]) -> list[int]:
    """Between equals the input order decides."""
    if len(group) == 1:
        return list(group)
    weights = questions.ranked(group)
    found = sorted(zip(weights, group, strict=True), key=lambda each: (-each[0], each[1]))
    return [position for _, position in found[: _going_on(len(group))]]
