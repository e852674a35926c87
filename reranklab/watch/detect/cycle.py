"""What the next block should be, from those before it: the hour, the weekday, and how long deviations last.

A structural model of time, filtered as Kalman did ("A new approach to linear filtering and prediction problems", 1960): a
level, two harmonics of the day, the weekend and its own day, each constant but unknown; a deviation that lasts some hours and
one that lasts about a day (both Ornstein-Uhlenbeck, averaged over the block exactly); and noise. A block's news is what it
differs from its forecast, in units of the forecast's own error, so that a first weekend, or the first hours, surprise nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from reranklab.watch.detect.blocks import DAY
from reranklab.watch.log.columns import Numbers

_HOURS = (1.5, 4.0, 10.0)
_SLOW_HOURS = 30.0
_QUICK = (0.0, 0.1, 0.3, 1.0, 3.0, 10.0, 50.0)
_SLOW = (0.03, 0.1, 0.3, 1.0, 3.0)
"""Variances of the two deviations that are tried, that of a block's noise being 1. A week cannot rule out that days differ a
little, so that they do is always assumed."""
_LEVEL = 1e4
_SHAPE = 10.0
"""Variances of the level and of the cycle's weights before anything was seen, the blocks' own being 1."""
_CLIPPED = 3.5
"""Standard errors beyond which a block moves the forecast no further: an outlier, or the beginning of a change."""
_MONDAY = 4
"""Days from the first day of 1970, a Thursday, to a Monday."""
_FITTED = 700
"""Blocks, the last ones, that the variances are chosen by."""
_LEARNT = 1500
"""Blocks after which level and cycle count as known."""
SKIPPED = 8
"""First blocks whose forecast says little."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Persistence:
    """Variances, that of a block's noise being 1: `quick` of the deviation that lasts `hours`, `slow` of the other one.
    `scale` is the noise's own standard deviation."""

    hours: float
    quick: float
    slow: float
    scale: float

    def long_run(self, hours: float) -> float:
        """The variance of the mean of many blocks, times their number; a block lasts `hours`."""
        return self.scale**2 * (1 + 2 * (self.quick * self.hours + self.slow * _SLOW_HOURS) / hours)


def fit_persistence(values: Numbers, times: Numbers) -> Persistence:
    """The likeliest of some hundred, errors beyond 3.5 standard errors counting as that. `times` as of `Blocks`."""
    values, times = values[-_FITTED:], times[-_FITTED:]
    spread = _spread(values)
    if not spread > 0:
        return Persistence(hours=_HOURS[0], quick=0.0, slow=0.0, scale=0.0)
    tried = [(hours, quick, slow) for hours, quick, slow in product(_HOURS, _QUICK, _SLOW) if quick or hours == _HOURS[0]]
    grid = np.array(tried)
    # Total variances are alike, so that the priors of level and cycle are.
    noise = 1 / (1 + grid[:, 1] + grid[:, 2])
    errors, variances, _ = _filter(values / spread, times, grid[:, 0], grid[:, 1] * noise, grid[:, 2] * noise, noise)
    kept = slice(SKIPPED, None)
    standard = errors[kept] / np.sqrt(variances[kept])
    scale = np.maximum(np.quantile(np.abs(standard), 0.6827, axis=0), 1e-9)
    lost = np.minimum(standard / scale, _CLIPPED) ** 2
    lost = np.where(standard < 0, np.minimum(-standard / scale, _CLIPPED) ** 2, lost)
    cost = (
        lost.sum(axis=0) + np.log(variances[kept] * scale**2).sum(axis=0) + 2.0 * ((grid[:, 1] > 0) + (grid[:, 2] > _SLOW[0]))
    )
    best = int(np.argmin(cost))
    hours, quick, slow = (float(each) for each in grid[best])
    return Persistence(hours=hours, quick=quick, slow=slow, scale=float(scale[best] * spread * noise[best] ** 0.5))


def forecast_errors(values: Numbers, times: Numbers, persistence: Persistence) -> Numbers:
    """The news of each block, in standard errors of its forecast from all before; the first ones say little."""
    if not persistence.scale > 0:
        usual = np.median(values) if values.size else 0.0
        return np.asarray(np.round(values - usual, 12))
    scaled, first = values / persistence.scale, slice(0, _LEARNT)
    hours, quick, slow = (np.array([each]) for each in (persistence.hours, persistence.quick, persistence.slow))
    errors, variances, state = _filter(scaled[first], times[first], hours, quick, slow, np.ones(1))
    news = (errors / np.sqrt(variances))[:, 0]
    if len(values) <= _LEARNT:
        return np.asarray(news)
    rest = slice(_LEARNT, None)
    left = scaled[rest] - cycle_table(times[rest]) @ state[0, 2:]
    return np.concatenate([news, _known_cycle(left, times[rest], persistence, (float(state[0, 0]), float(state[0, 1])))])


def _known_cycle(left: Numbers, times: Numbers, persistence: Persistence, state: tuple[float, float]) -> Numbers:
    """The same for what is left of the blocks once level and cycle are known: two deviations remain, and plain numbers."""
    lasting = _lasting(times)[:, None]
    one = np.ones(1)
    quick = _averaged(lasting, one * persistence.hours, one * persistence.quick)
    slow = _averaged(lasting, one * _SLOW_HOURS, one * persistence.slow)
    terms = np.concatenate([*quick, *slow], axis=1).tolist()
    first, second = state
    own, cross, other = persistence.quick, 0.0, persistence.slow
    news = np.empty(len(left))
    for place, (value, term) in enumerate(zip(left.tolist(), terms, strict=True)):
        kept, mean, inside, shared, end, kept2, mean2, inside2, shared2, end2 = term
        variance = mean * (mean * own + 2 * mean2 * cross) + mean2 * mean2 * other + inside + inside2 + 1
        gain = (kept * (own * mean + cross * mean2) + shared) / variance
        gain2 = (kept2 * (cross * mean + other * mean2) + shared2) / variance
        error = value - mean * first - mean2 * second
        news[place] = error / variance**0.5
        limit = _CLIPPED * variance**0.5
        moved = min(max(error, -limit), limit)
        first, second = kept * first + gain * moved, kept2 * second + gain2 * moved
        own = kept * kept * own + end - gain * gain * variance
        cross = kept * kept2 * cross - gain * gain2 * variance
        other = kept2 * kept2 * other + end2 - gain2 * gain2 * variance
    return news


def _lasting(times: Numbers) -> Numbers:
    """Hours from the beginning of each block to that of the next."""
    return np.asarray(np.maximum(np.diff(np.append(times[:, 0], times[-1:, -1] + 1.0)) / 3600, 1e-4))


def _filter(
    values: Numbers, times: Numbers, hours: Numbers, quick: Numbers, slow: Numbers, noise: Numbers
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Errors of one-step forecasts and their variances, a row a block and a column a set of variances; and the last state, a
    row a set: the two deviations, then the weights of level and cycle."""
    table = cycle_table(times)
    sets, size = hours.size, table.shape[1] + 2
    total = quick + slow + noise
    state = np.zeros((sets, size))
    spread = np.zeros((sets, size, size))
    shape = np.arange(2, size)
    spread[:, shape, shape] = _SHAPE * total[:, None]
    spread[:, 2, 2] = _LEVEL * total
    spread[:, 0, 0], spread[:, 1, 1] = quick, slow
    terms = [_averaged(_lasting(times)[:, None], *each) for each in ((hours, quick), (np.full(sets, _SLOW_HOURS), slow))]
    errors, variances = np.empty((len(values), sets)), np.empty((len(values), sets))
    seen = np.empty((sets, size))
    for place, value in enumerate(values):
        seen[:, 2:] = table[place]
        for which, (_, mean, _, _, _) in enumerate(terms):
            seen[:, which] = mean[place]
        crossed = np.einsum("gij,gj->gi", spread, seen)
        variance = np.einsum("gi,gi->g", seen, crossed) + noise
        error = value - np.einsum("gi,gi->g", seen, state)
        for which, (kept, _, inside, shared, end) in enumerate(terms):
            variance += inside[place]
            crossed[:, which] = crossed[:, which] * kept[place] + shared[place]
            state[:, which] *= kept[place]
            spread[:, which, :] *= kept[place][:, None]
            spread[:, :, which] *= kept[place][:, None]
            spread[:, which, which] += end[place]
        errors[place], variances[place] = error, variance
        limit = _CLIPPED * np.sqrt(variance)
        gain = crossed / variance[:, None]
        state += gain * np.clip(error, -limit, limit)[:, None]
        spread -= gain[:, :, None] * crossed[:, None, :]
    return errors, variances, state


def _averaged(lasting: Numbers, hours: Numbers, variance: Numbers) -> tuple[Numbers, Numbers, Numbers, Numbers, Numbers]:
    """Of a deviation over a block: what is kept of it at the end, the weight of its beginning in the block's mean, the variance
    of the mean besides, its covariance with the end, and the end's variance besides."""
    passed = np.maximum(lasting / hours, 1e-6)
    kept = np.exp(-passed)
    mean = -np.expm1(-passed) / passed
    of_mean = 2 * np.where(passed > 1e-3, (passed - 1 + kept) / passed**2, 0.5 - passed / 6)
    inside = np.maximum(variance * (of_mean - mean**2), 0)
    return kept, mean, inside, variance * mean * (1 - kept), variance * (1 - kept**2)


def cycle_table(times: Numbers) -> Numbers:
    """Level, two harmonics of the day, the weekend and its day, each the mean over the moments of a block."""
    angle = 2 * np.pi * (times / DAY % 1)
    weekend = ((times / DAY - _MONDAY) % 7) >= 5
    columns = [np.ones(times.shape[0])]
    for harmonic in (1, 2):
        columns += [np.cos(harmonic * angle).mean(axis=1), np.sin(harmonic * angle).mean(axis=1)]
    columns += [weekend.mean(axis=1), (weekend * np.cos(angle)).mean(axis=1), (weekend * np.sin(angle)).mean(axis=1)]
    return np.stack(columns, axis=1)


def _spread(values: Numbers) -> float:
    """Robust where it can be."""
    spread = float(np.subtract(*np.quantile(values, [0.75, 0.25]))) / 1.349 if values.size else 0.0
    return spread if spread > 0 else float(values.std()) if values.size and np.ptp(values) > 0 else 0.0
