"""The scale of served scores: which function of the reference's scores they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

PROBABILITY = "probability"
"""What a scale from 0 to 1 is called that is a function of a logit."""

_SATURATED = 1e-5
"""Nearer to 0 or 1 a probability no longer tells which logit it came from."""
_CLEARLY = 0.25
_LEAST = 4
_LINEAR = 0.01
_NEAR = 0.001
"""Of the reference's range: nearer than this there is nothing to explain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """A function of the reference's scores. `back` takes served scores to those of the reference, NaN where they do not tell;
    `name` completes "the scores are"."""

    id: str
    name: str
    back: Callable[[Numbers], Numbers]
    of: tuple[float, float] = (-np.inf, np.inf)
    """Where the reference's scores must lie."""
    bounded: bool = False
    """Whether its values lie between 0 and 1."""


def _logit(scores: Numbers) -> Numbers:
    inside = (scores > _SATURATED) & (scores < 1 - _SATURATED)
    safe = np.where(inside, scores, 0.5)
    return np.where(inside, np.log(safe / (1 - safe)), np.nan)


SAME = Scale(id="same", name="the reference's own", back=lambda scores: scores)
_OTHERS = (
    Scale(id="sigmoid", name="1 / (1 + exp(-x)) of the reference's", back=_logit, bounded=True),
    Scale(
        id="sigmoid-fifth",
        name="1 / (1 + exp(-x / 5)) of the reference's",
        back=lambda scores: 5 * _logit(scores),
        bounded=True,
    ),
    Scale(id="logit", name="log(x / (1 - x)) of the reference's", back=lambda scores: 1 / (1 + np.exp(-scores)), of=(0, 1)),
    Scale(id="half", name="(1 + x) / 2 of the reference's", back=lambda scores: 2 * scores - 1, of=(-1, 1)),
)


def find_scale(served: Sequence[float], reference: Sequence[float]) -> Scale:
    """The function that brings the served scores nearest to the reference's.

    Another one than the same is taken only where it is at least 4 times nearer in the median, and a straight line only where it
    passes within 1 % of the reference's range of every score.
    """
    scores, right = np.asarray(served, dtype=np.float64), np.asarray(reference, dtype=np.float64)
    best, distance = SAME, _distance(SAME, scores, right)
    if len(right) and distance <= _NEAR * float(np.ptp(right)):
        return SAME
    for scale in _OTHERS:
        if (found := _distance(scale, scores, right)) < _CLEARLY * distance:
            best, distance = scale, found
    line = _line(scores, right)
    if line is not None and _distance(line, scores, right) < _CLEARLY * distance:
        return line
    return best


def _distance(scale: Scale, served: Numbers, reference: Numbers) -> float:
    if not len(served) or reference.min() < scale.of[0] or reference.max() > scale.of[1]:
        return float("inf")
    off = np.abs(scale.back(served) - reference)
    known = off[np.isfinite(off)]
    return float(np.median(known)) if len(known) >= min(_LEAST, len(off)) else float("inf")


def _line(served: Numbers, reference: Numbers) -> Scale | None:
    if len(served) < _LEAST or float(np.ptp(served)) == 0:
        return None
    slope, offset = (float(each) for each in np.polyfit(served, reference, 1))
    if slope <= 0 or float(np.abs(slope * served + offset - reference).max()) > _LINEAR * float(np.ptp(reference)):
        return None
    return Scale(
        id="linear",
        name=f"{1 / slope:.4g} times the reference's, {-offset / slope:+.4g}",
        back=lambda scores: slope * scores + offset,
    )
