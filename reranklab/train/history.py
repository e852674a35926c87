"""How a training went: the loss of every step, and the held-back score at some."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from reranklab.evaluate.confidence import Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLoss:
    """The loss of one step, which took so many seconds, waiting for others left out."""

    step: int
    loss: float
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldBackScore:
    """nDCG@10 of the held-back lists after a step (0: before the first), a value each list and their mean with its interval."""

    step: int
    score: Interval
    seconds: float


@dataclass(slots=True, kw_only=True)
class Course:
    """A training so far. It is written with each checkpoint, so that one which goes on knows what was before."""

    losses: list[StepLoss] = field(default_factory=list)
    scores: list[HeldBackScore] = field(default_factory=list)

    @property
    def best(self) -> HeldBackScore | None:
        """The best score of a trained model; of equal ones the earliest."""
        trained = [each for each in self.scores if each.step]
        return max(trained, key=lambda each: each.score.mean, default=None)

    @property
    def before(self) -> HeldBackScore | None:
        """The score of the model that was begun with."""
        return next((each for each in self.scores if not each.step), None)

    @property
    def without_rise(self) -> int:
        """How many scores there are since the best one, that of the untrained model among them."""
        ordered = sorted(self.scores, key=lambda each: each.step)
        places = range(len(ordered))
        highest = max(places, key=lambda place: (ordered[place].score.mean, -place), default=0)
        return len(ordered) - 1 - highest if ordered else 0

    @property
    def seconds(self) -> float:
        """What the steps and the scores took together."""
        return sum(each.seconds for each in self.losses) + sum(each.seconds for each in self.scores)

    def to_json(self) -> dict[str, Any]:
        return {
            "losses": [[each.step, each.loss, each.seconds] for each in self.losses],
            "scores": [
                {
                    "step": each.step,
                    "seconds": each.seconds,
                    **{name: getattr(each.score, name) for name in ("mean", "low", "high", "level", "method")},
                }
                for each in self.scores
            ],
        }


def course_from_json(data: Mapping[str, Any]) -> Course:
    """What `Course.to_json` wrote. Raises KeyError, TypeError and ValueError for anything else."""
    return Course(
        losses=[StepLoss(step=int(step), loss=float(loss), seconds=float(seconds)) for step, loss, seconds in data["losses"]],
        scores=[
            HeldBackScore(
                step=int(each["step"]),
                seconds=float(each["seconds"]),
                score=Interval(
                    mean=float(each["mean"]),
                    low=float(each["low"]),
                    high=float(each["high"]),
                    level=float(each["level"]),
                    method=str(each["method"]),
                ),
            )
            for each in data["scores"]
        ],
    )
