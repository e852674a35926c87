"""Requests in blocks of so many, one number a block: what is compared over time.

A block holds the same number of requests day and night, so that its number is equally exact. It is the mean of the middle 60 %,
which heavy tails do not move, and the plain mean of shares.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reranklab.watch.detect.series import Series
from reranklab.watch.log.columns import Numbers

DAY = 86_400.0
A_DAY = 24
"""Blocks of a usual day, where it has requests enough."""
_LEAST = 5
_TRIMMED = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocks:
    """`size` requests a block; what is left over at the end belongs to none. `values` are on the scale on which a change is a
    shift. `times` has five moments of each block, evenly spaced over its requests, in seconds since 1970."""

    series: Series
    size: int
    values: Numbers
    times: Numbers

    def __len__(self) -> int:
        return len(self.values)

    @property
    def starts(self) -> Numbers:
        return self.times[:, 0]

    @property
    def ends(self) -> Numbers:
        return self.times[:, -1]


def block_size(series: Series, until: float) -> int:
    """Requests a block: a 24th of a usual day's, and 5 at least. The days before `until` are usual."""
    before = series.times[series.times < until]
    if not before.size:
        return _LEAST
    days = max((until - before[0]) / DAY, 1 / A_DAY)
    return max(_LEAST, round(float(before.size / days / A_DAY)))


def into_blocks(series: Series, size: int, until: float) -> Blocks:
    """The series in blocks of `size`."""
    usual = int(np.searchsorted(series.times, until)) // size
    count = len(series) // size
    values = series.scaled[: count * size].reshape(count, size)
    moments = np.linspace(0, size - 1, 5).round().astype(np.int64)
    cut = 0 if series.kind == "share" else int(_TRIMMED * size)
    if cut:
        values = np.sort(values, axis=1)[:, cut : size - cut]
    means = _rounded(values.mean(axis=1)) if count else np.empty(0)
    if series.kind == "share":
        means = np.arcsin(np.sqrt(means))
    return Blocks(
        series=series,
        size=size,
        values=_untied(means, usual),
        times=series.times[: count * size].reshape(count, size)[:, moments],
    )


def _rounded(values: Numbers) -> Numbers:
    """Means of equal numbers differ in their last digits, which are none of the log's."""
    largest = float(np.abs(values).max())
    return np.round(values, 11 - int(np.floor(np.log10(largest)))) if largest > 0 else values


def _untied(values: Numbers, usual: int) -> Numbers:
    """Where many blocks are equal, as counts are, a little noise: without it the cycle alone would decide their order."""
    first = values[:usual]
    if first.size < 2 or np.ptp(first) == 0 or np.unique(first, return_counts=True)[1].max() < max(2, 0.03 * first.size):
        return values
    noise = np.random.default_rng(0).uniform(-1, 1, values.size)
    return np.asarray(values + noise * first.std())
