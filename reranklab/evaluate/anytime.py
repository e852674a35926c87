"""An interval for a mean that may be looked at after every query: a confidence sequence.

Waudby-Smith and Ramdas, "Estimating means of bounded random variables by betting", JRSS B 2024: the hedged capital process with
predictable plug-in bets. It holds at all times at once, for any distribution of bounded values, as long as the queries come in
random order.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from reranklab.errors import InputError
from reranklab.evaluate.confidence import Interval, Values

_GRID = 2000
_TRUNCATION = 0.5


def confidence_sequence(values: Sequence[float], *, low: float = 0.0, high: float = 1.0, level: float = 0.95) -> Interval:
    """The interval after the last value. `values` lie between `low` and `high`, in the (random) order in which they came.

    The intersection of the sets of all times so far, so that it never grows. Raises InputError for no values, and for values
    outside of the bounds.
    """
    ends = running_intervals(values, low=low, high=high, level=level)
    lower, upper = ends[-1]
    return Interval(
        mean=float(np.mean(values)),
        low=lower,
        high=upper,
        level=level,
        method=f"confidence sequence, {len(values)} queries so far",
    )


def running_intervals(
    values: Sequence[float], *, low: float = 0.0, high: float = 1.0, level: float = 0.95
) -> list[tuple[float, float]]:
    """The interval after each of the values. Memory grows with the grid alone, of 2,001 candidate means."""
    if not len(values):
        raise InputError("There are no values to average. Evaluate at least one query.")
    sample = np.asarray(values, dtype=np.float64)
    if not (low - 1e-9 <= sample.min() and sample.max() <= high + 1e-9):
        raise InputError(f"A value lies outside of {low} to {high}, so no interval can be given.")
    scaled = np.clip((sample - low) / (high - low), 0.0, 1.0)
    bets = _bets(scaled, alpha=1 - level)
    means: Values = np.linspace(0.0, 1.0, _GRID + 1)
    up, down = np.zeros_like(means), np.zeros_like(means)
    kept = np.ones(means.size, dtype=bool)
    found = []
    for value, bet in zip(scaled, bets, strict=True):
        with np.errstate(divide="ignore"):
            up += np.log1p(np.minimum(bet, _TRUNCATION / means) * (value - means))
            down += np.log1p(-np.minimum(bet, _TRUNCATION / (1 - means)) * (value - means))
        # Half of the capital bets on a higher mean, half on a lower one.
        kept &= np.maximum(up, down) + math.log(0.5) < math.log(1 / (1 - level))
        inside = np.flatnonzero(kept)
        if not inside.size:  # rounding of the grid: keep the closest candidate
            inside = np.array([int(np.abs(means - scaled.mean()).argmin())])
        step = 1 / _GRID
        ends = max(0.0, means[inside[0]] - step), min(1.0, means[inside[-1]] + step)
        found.append((low + (high - low) * ends[0], low + (high - low) * ends[1]))
    return found


def _bets(scaled: Values, *, alpha: float) -> Values:
    """The size of each bet, from the values before it alone."""
    count = np.arange(1, scaled.size + 1)
    mean = (0.5 + np.cumsum(scaled)) / (count + 1)
    variance = (0.25 + np.cumsum((scaled - mean) ** 2)) / (count + 1)
    before = np.concatenate([[0.25], variance[:-1]])
    bets: Values = np.sqrt(2 * math.log(2 / alpha) / (before * count * np.log(count + 1)))
    return bets
