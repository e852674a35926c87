"""How sure a mean over queries is, and whether two rankers differ.

Percentile bootstrap: Efron and Tibshirani 1993, chapter 13. Paired randomisation test: Smucker, Allan and Carterette,
"A comparison of statistical significance tests for information retrieval evaluation", CIKM 2007.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reranklab.errors import InputError

EXACT_QUERIES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A mean with its confidence interval. With one query the interval is that query's value: it says nothing."""

    mean: float
    low: float
    high: float
    level: float
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedTest:
    """Mean of a - b over the queries, and the two-sided probability of a difference at least that large by chance."""

    difference: float
    p_value: float
    queries: int
    method: str


def bootstrap_mean(values: Sequence[float], *, seed: int = 0, resamples: int = 2000, level: float = 0.95) -> Interval:
    """Percentile bootstrap of the mean over queries. The same seed draws the same queries for lists of the same length.

    Raises InputError for no values, or a level outside 0 to 1.
    """
    if not values:
        raise InputError("There are no values to average. Evaluate at least one query.")
    if not 0 < level < 1:
        raise InputError(f"The confidence level {level} is not between 0 and 1. Use one such as 0.95.")
    if resamples < 1:
        raise InputError(f"{resamples} resamples are too few. Use 1 or more.")
    sample = np.asarray(values, dtype=np.float64)
    generator = np.random.default_rng(seed)
    means = [sample[generator.integers(sample.size, size=sample.size)].mean() for _ in range(resamples)]
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return Interval(
        mean=float(sample.mean()),
        low=float(low),
        high=float(high),
        level=level,
        method=f"percentile bootstrap over {sample.size} queries, {resamples} resamples",
    )


def paired_test(a: Sequence[float], b: Sequence[float], *, seed: int = 0, resamples: int = 10_000) -> PairedTest:
    """Two-sided paired randomisation test: under the null hypothesis each query's difference could have either sign.

    `a` and `b` hold one value a query, in the same order. All sign patterns are counted for up to 12 queries, `resamples`
    random ones otherwise; the observed pattern is then one of them, so p is at least 1 / (resamples + 1).
    Raises InputError for lists of different length or none.
    """
    if len(a) != len(b):
        raise InputError(f"The paired test got {len(a)} and {len(b)} values. Give both rankers the same queries.")
    if not a:
        raise InputError("There are no values to compare. Evaluate at least one query.")
    if resamples < 1:
        raise InputError(f"{resamples} resamples are too few. Use 1 or more.")
    differences = np.asarray(a, dtype=np.float64) - np.asarray(b, dtype=np.float64)
    size = differences.size
    observed = abs(differences.sum())
    # Sums of the same numbers in another order differ in the last digits.
    threshold = observed - 1e-9 * np.abs(differences).sum()
    if size <= EXACT_QUERIES:
        patterns = (np.arange(2**size)[:, None] >> np.arange(size)) & 1
        p_value = float(np.mean(np.abs((1 - 2 * patterns) @ differences) >= threshold))
        method = f"paired randomisation test, all {2**size} sign patterns"
    else:
        generator = np.random.default_rng(seed)
        extreme = sum(abs((1 - 2 * generator.integers(2, size=size)) @ differences) >= threshold for _ in range(resamples))
        p_value = float((extreme + 1) / (resamples + 1))
        method = f"paired randomisation test, {resamples} random sign patterns"
    return PairedTest(difference=float(differences.mean()), p_value=p_value, queries=size, method=method)
