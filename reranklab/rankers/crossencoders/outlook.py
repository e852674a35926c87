"""What documents that were not read could still do, told from those that were.

A Bayesian regression of the model's score on the first stage's, with the usual prior that favours no deviation. What it says of
an unread document takes in how little a few read ones tell of line and deviation, which a normal distribution around the fitted
line leaves out: on SciFact one document in ten came true that it gave a chance of one in a thousand (docs/statistics.md). All
unread documents share the line, so their chances are not independent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

TOP = 10
"""The ranks that a budget is spent on."""

ENOUGH = 3
"""Read documents before a line can be told."""

_DRAWS = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Prior:
    """`near`: a read document's weight falls to 1/e over this share of those read, up from the last one, since what the first
    stage puts last is most like what it would bring next. `level`: the slope is shrunk as if so many documents had been read
    that speak for none. Both were chosen on SciFact (`benchmarks.outlook`)."""

    near: float = 0.5
    level: float = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """The `chance` of each unread document to score above all but `top` - 1 of the read ones, along them; how many unread ones
    the top is `expected` to have once all are read; and the chance that it has none, for which the top is `sure`."""

    chances: tuple[float, ...]
    expected: float
    sure: float


def outlook(
    read: Sequence[tuple[float, float]], unread: Sequence[float], *, top: int = TOP, prior: Prior | None = None
) -> Outlook:
    """From pairs of first-stage score and model score of what was read, and first-stage scores of what was not.

    With fewer than `top` read, or too few for a line, every chance is 1. The same input gives the same numbers.
    """
    if not unread:
        return Outlook(chances=(), expected=0.0, sure=1.0)
    if len(read) < max(top, ENOUGH):
        return Outlook(chances=(1.0,) * len(unread), expected=float(min(len(unread), top)), sure=0.0)
    from scipy.special import ndtr

    pairs = np.array(sorted(read, key=lambda pair: -pair[0]), dtype=np.float64)
    draw = np.random.default_rng(0)
    rest = np.asarray(unread, dtype=np.float64)
    means, deviations = _drawn(pairs[:, 0], pairs[:, 1], rest, prior or Prior(), draw)
    model = np.sort(pairs[:, 1])
    above = ndtr((means - model[-top]) / deviations)
    scores = means + deviations * draw.standard_normal(means.shape)
    return Outlook(
        chances=tuple(above.mean(axis=0).tolist()),
        expected=float(np.mean([_entering(each, model, top) for each in scores])),
        sure=float(np.prod(1 - above, axis=1).mean()),
    )


def _drawn(
    first: NDArray[np.float64],
    model: NDArray[np.float64],
    unread: NDArray[np.float64],
    prior: Prior,
    draw: np.random.Generator,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Means of the unread documents' scores (draws, unread), and their deviation (draws, 1), drawn from what is known of them
    after reading. `first` falls. No line falls: the first stage is no
    worse than none."""
    from scipy.special import ndtr, ndtri

    weights = np.exp(-np.arange(len(first))[::-1] / (prior.near * len(first)))
    weights *= weights.sum() / (weights**2).sum()  # they now sum to the number of documents that are worth as much
    count = float(weights.sum())
    middle, level = float(weights @ first) / count, float(weights @ model) / count
    spread = np.sqrt(float(weights @ (first - middle) ** 2) / count) or 1.0
    x, y = (first - middle) / spread, model - level
    precision = float(weights @ x**2) + prior.level or 1.0
    slope = max(float(weights @ (x * y)) / precision, 0.0)
    rest = max(float(weights @ y**2) - slope**2 * precision, 0.0)
    freedom = max(count - 2, 1.0)
    deviations = np.sqrt(np.maximum(rest / draw.chisquare(freedom, size=(_DRAWS, 1)), 1e-18))
    levels = level + deviations / np.sqrt(count) * draw.standard_normal((_DRAWS, 1))
    error = deviations / np.sqrt(precision)
    falling = ndtr(-slope / error)
    slopes = slope + error * ndtri(falling + (1 - falling) * draw.uniform(size=(_DRAWS, 1)))
    return levels + slopes * (unread - middle) / spread, deviations


def _entering(unread: NDArray[np.float64], model: NDArray[np.float64], top: int) -> int:
    """How many of the best `top` of all are unread ones. `model` rises."""
    best = np.sort(unread)[::-1][:top]
    held = model[-top:][: len(best)]
    return int((best > held).sum())
