"""Where a series changed, and by how much, once it is known that it did.

The place is the one that splits the blocks best (least squares, the cycle taken out), then the requests around it. Its interval
holds the places whose likelihood ratio is below 7.35 (Hansen, "Sample splitting and threshold estimation", 2000: the 95 %
quantile of its limit); the noise that it is held against includes what lasts for hours.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reranklab.watch.detect.alarms import Stream
from reranklab.watch.detect.cycle import cycle_table
from reranklab.watch.log.columns import Numbers

_RATIO = 7.35
_CLIPPED = 3.0
_LEAST = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePoint:
    """`place`, `low` and `high` are places in the columns, of the first request after the change; `block` is the block that the
    place lies in."""

    place: int
    low: int
    high: int
    block: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The blocks' mean after less the mean before, on their own scale, and its standard error; `before` is the level before.
    `count` is the fewer of the two numbers of blocks."""

    before: float
    size: float
    error: float
    count: int


def locate(stream: Stream, *, start: int, began: int, stop: int) -> ChangePoint:
    """The change among the blocks from `start` up to `stop`, which the bets put at the block `began`."""
    blocks = stream.blocks
    values = blocks.values[start:stop] - _cycle(stream, start, max(began, start + _LEAST), stop)
    block = start + _best_split(values, max(_LEAST, began - start - 48))
    step = measure(stream, start=start, change=block, stop=stop)
    return _among_requests(stream, start, block, stop, step)


def measure(stream: Stream, *, start: int, change: int, stop: int, end: int | None = None) -> Step:
    """The step between the blocks from `start` up to `change` and those from `end` (the change, where it is not given) to
    `stop`."""
    blocks, second = stream.blocks, change if end is None else end
    cycle = _cycle(stream, start, change, stop)
    values = _clipped(blocks.values[start:stop] - cycle, change - start)
    before, after = values[: change - start], values[second - start :]
    hours = (blocks.times[min(stop, len(blocks)) - 1, -1] - blocks.times[start, 0]) / 3600 / max(1, stop - start)
    variance = max(stream.persistence.long_run(max(hours, 1e-3)), _variance(before), _variance(after))
    first, last = max(before.size, 1), max(after.size, 1)
    size = float(after.mean() - before.mean()) if before.size and after.size else 0.0
    level = float(before.mean() + cycle.mean()) if before.size else 0.0
    return Step(
        before=level, size=size, error=float((variance * (1 / first + 1 / last)) ** 0.5), count=min(before.size, after.size)
    )


def _cycle(stream: Stream, start: int, change: int, stop: int) -> Numbers:
    """The cycle of the blocks before the change, carried on; without its level. Of few blocks it is not told."""
    blocks = stream.blocks
    table = cycle_table(blocks.times[start:stop])[:, 1:]
    known = change - start
    if known < 3 * table.shape[1]:
        return np.zeros(stop - start)
    centred = table[:known] - table[:known].mean(axis=0)
    values = blocks.values[start:change]
    ridge = 0.05 * known * np.eye(table.shape[1])
    shape = np.linalg.solve(centred.T @ centred + ridge, centred.T @ (values - values.mean()))
    return np.asarray((table - table[:known].mean(axis=0)) @ shape)


def _best_split(values: Numbers, least: int) -> int:
    """The place from which on the mean is another: the largest difference of means, weighed by the numbers of both."""
    count = np.arange(1, values.size)
    sums = np.cumsum(values)[:-1]
    gain = (sums - count * values.mean()) ** 2 / (count * (values.size - count))
    least = max(1, min(least, values.size - 2))
    return least + int(np.argmax(gain[least - 1 :]))


def _clipped(values: Numbers, known: int) -> Numbers:
    """Outliers pulled in to 4 deviations of either side."""
    parts = []
    for part in (values[:known], values[known:]):
        if part.size < 5:
            parts.append(part)
            continue
        middle = np.median(part)
        reach = 4 * np.median(np.abs(part - middle)) / 0.6745
        parts.append(np.clip(part, middle - reach, middle + reach) if reach > 0 else part)
    return np.concatenate(parts)


def _variance(values: Numbers) -> float:
    return float(values.var(ddof=1)) if values.size > 2 else 0.0


def _among_requests(stream: Stream, start: int, block: int, stop: int, step: Step) -> ChangePoint:
    """The place among single requests, near the block where it is."""
    blocks, series = stream.blocks, stream.series
    size = blocks.size
    first, last = start * size, min(stop * size, len(series))
    values = series.scaled
    middle = block * size
    sides = values[max(first, middle - 20 * size) : middle], values[middle : min(last, middle + 20 * size)]
    # Per request: its own noise, and its part of what lasts for hours.
    slow = step.error**2 * max(step.count, 1) * size / 2
    if series.kind == "share":
        # Blocks of shares are on the arcsine scale.
        slow *= float(np.sin(2 * step.before)) ** 2
    variance = max(*(_own_variance(side) for side in sides), slow)
    low_mean, high_mean = _means(values, first, middle, last, size)
    jump = high_mean - low_mean
    reach = 3 * size + (int(min(20 * variance / jump**2, last - first)) if jump else last - first)
    begin, end = max(first, middle - reach), min(last, middle + reach)
    lower, upper = sorted((low_mean, high_mean))
    near = np.clip(values[begin:end], lower - _CLIPPED * variance**0.5, upper + _CLIPPED * variance**0.5)
    # Twice the log-likelihood of a change at each place, up to a constant.
    gained = np.concatenate([[0.0], np.cumsum((near - high_mean) ** 2 - (near - low_mean) ** 2)]) / max(variance, 1e-12)
    place = int(np.argmax(gained[:-1])) if gained.size > 1 else 0
    inside = np.flatnonzero(gained[:-1] >= gained[place] - _RATIO)
    at = series.places[[begin + place, begin + int(inside[0]), begin + int(inside[-1])]]
    return ChangePoint(place=int(at[0]), low=int(at[1]), high=int(at[2]), block=block)


def _own_variance(values: Numbers) -> float:
    return float(np.var(np.clip(values, *np.quantile(values, [0.02, 0.98])))) if values.size else 0.0


def _means(values: Numbers, first: int, middle: int, last: int, size: int) -> tuple[float, float]:
    """Of the requests before and after, the block at the change left out where others are there."""
    before = values[max(first, middle - 40 * size) : max(middle - size, first + 1)]
    after = values[min(middle + size, last - 1) : min(last, middle + 40 * size)]
    return tuple(float(np.mean(np.clip(part, *np.quantile(part, [0.02, 0.98])))) for part in (before, after))  # type: ignore[return-value]
