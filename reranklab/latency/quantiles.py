"""Quantiles of repeated times, with intervals that assume nothing of their distribution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from reranklab.errors import InputError


def short_ms(ms: float) -> str:
    """A time for a table: below 10 ms to hundredths, else to tenths."""
    return f"{ms:.2f}" if ms < 9.995 else f"{ms:,.1f}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantile:
    """A quantile of times in ms. `low` and `high` are order statistics between which it lies with 95 % confidence or more; None
    where so few times cannot tell."""

    value: float
    low: float | None
    high: float | None

    @property
    def short(self) -> str:
        """The value and its ends as they stand in tables; ? is an end that so few times cannot tell."""
        ends = ("?" if end is None else short_ms(end) for end in (self.low, self.high))
        return f"{short_ms(self.value)} [{', '.join(ends)}]"


def time_quantile(times: Sequence[float] | npt.NDArray[np.float64], probability: float, *, level: float = 0.95) -> Quantile:
    """The quantile by linear interpolation, with the distribution-free interval of order statistics (Conover, "Practical
    nonparametric statistics", 1999, section 3.2): the number of times below it is binomial. Raises InputError for no times."""
    from scipy.stats import binom

    if not len(times):
        raise InputError("There are no times to take a quantile of. Measure at least once.")
    ordered, count = np.sort(np.asarray(times, dtype=np.float64)), len(times)
    tail = (1 - level) / 2
    # P(the quantile lies below the r-th smallest) = P(binomial < r), for r from 1.
    low = int(binom.ppf(tail, count, probability))
    high = int(binom.ppf(1 - tail, count, probability)) + 1
    return Quantile(
        value=float(np.quantile(ordered, probability)),
        low=float(ordered[low - 1]) if low >= 1 else None,
        high=float(ordered[high - 1]) if high <= count else None,
    )
