"""How sure a mean over queries is, and whether two rankers differ.

Percentile bootstrap: Efron and Tibshirani 1993, chapter 13. BCa: the same, chapter 14. Paired randomisation test: Smucker,
Allan and Carterette, "A comparison of statistical significance tests for information retrieval evaluation", CIKM 2007.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt

from reranklab.errors import InputError

EXACT_QUERIES = 12
_BLOCK = 1_000_000
_NORMAL = NormalDist()

Values = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A mean with its confidence interval. With one query the interval is that query's value: it says nothing."""

    mean: float
    low: float
    high: float
    level: float
    method: str

    @property
    def short(self) -> str:
        """The mean and its ends as they stand in tables: 0.4354 [0.380, 0.493]."""
        return f"{self.mean:.4f} [{self.low:.3f}, {self.high:.3f}]"


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
    sample, low_end, high_end = _checked(values, resamples, level)
    low, high = np.quantile(resampled_means(sample, seed=seed, resamples=resamples), [low_end, high_end])
    return Interval(
        mean=float(sample.mean()),
        low=float(low),
        high=float(high),
        level=level,
        method=f"percentile bootstrap over {sample.size} queries, {resamples} resamples",
    )


def mean_intervals(per_query: Mapping[str, Mapping[str, float]], measures: Sequence[str]) -> dict[str, Interval]:
    """Measure to the interval of its mean. `per_query` is query id to measure to value; nothing for no queries."""
    if not per_query:
        return {}
    return {measure: bootstrap_mean([values[measure] for values in per_query.values()]) for measure in measures}


def bootstrap_columns(values: Values, *, seed: int = 0, resamples: int = 1000, level: float = 0.95) -> tuple[Interval, ...]:
    """Percentile bootstrap of each column's mean over the rows, which are queries: all columns from the same draws.

    Raises InputError as `bootstrap_mean` does.
    """
    _, low, high = _checked(values[:, 0].tolist(), resamples, level)
    rows = values.shape[0]
    generator = np.random.default_rng(seed)
    block = max(1, _BLOCK // rows)
    means = np.concatenate(
        [
            generator.multinomial(rows, np.full(rows, 1 / rows), size=min(block, resamples - start)) @ values / rows
            for start in range(0, resamples, block)
        ]
    )
    ends = np.quantile(means, [low, high], axis=0)
    method = f"percentile bootstrap over {rows} queries, {resamples} resamples"
    return tuple(
        Interval(mean=float(mean), low=float(lower), high=float(upper), level=level, method=method)
        for mean, lower, upper in zip(values.mean(axis=0), *ends, strict=True)
    )


def bca_mean(
    values: Sequence[float], *, seed: int = 0, resamples: int = 9999, level: float = 0.95, widen: bool = True
) -> Interval:
    """`bca_means` of one column."""
    columns = np.asarray(values, dtype=np.float64)[:, None]
    return bca_means(columns, seed=seed, resamples=resamples, level=level, widen=widen)[0]


def bca_means(
    values: Values, *, seed: int = 0, resamples: int = 9999, level: float = 0.95, widen: bool = True
) -> tuple[Interval, ...]:
    """Bias-corrected and accelerated bootstrap of each column's mean over the rows, which are queries: all from the same draws.

    `widen` moves each end out to that of Student's t where t reaches farther. BCa alone covers 87 to 94 % of 20 values in which
    many are equal (docs/statistics.md): it follows a skewness that so few values hardly show. Equal values give a point. Raises
    InputError as `bootstrap_mean` does.
    """
    _, low, high = _checked(values[:, 0].tolist(), resamples, level)
    drawn = resampled_means(values, seed=seed, resamples=resamples)
    return tuple(
        _bca(column, means, (low, high), level=level, widen=widen) for column, means in zip(values.T, drawn.T, strict=True)
    )


def _bca(sample: Values, means: Values, ends: tuple[float, float], *, level: float, widen: bool) -> Interval:
    """`means` are of the resamples, `ends` the probabilities at the interval's two ends."""
    from scipy.stats import t as student_t

    size, mean, resamples = sample.size, float(sample.mean()), means.size
    method = f"BCa bootstrap over {size} queries, {resamples} resamples"
    spread = sample - mean
    if not np.abs(spread).max() > 1e-12:
        return Interval(mean=mean, low=mean, high=mean, level=level, method=method)
    at_mean = (np.count_nonzero(means < mean) + np.count_nonzero(means <= mean)) / (2 * resamples)
    bias = _NORMAL.inv_cdf(min(max(at_mean, 1 / (resamples + 1)), resamples / (resamples + 1)))
    # For the mean the jackknife's acceleration is the sample's skewness over 6 sqrt(n).
    acceleration = float((spread**3).sum() / (6 * (spread**2).sum() ** 1.5))
    moved = []
    for probability in ends:
        shifted = bias + _NORMAL.inv_cdf(probability)
        moved.append(_NORMAL.cdf(bias + shifted / max(1 - acceleration * shifted, 1e-3)))
    lower, upper = (float(end) for end in np.quantile(means, moved))
    if widen:
        reach = float(student_t.ppf(ends[1], size - 1) * sample.std(ddof=1) / size**0.5)
        lower, upper = min(lower, mean - reach), max(upper, mean + reach)
        method += ", at least as wide as Student's t"
    return Interval(mean=mean, low=lower, high=upper, level=level, method=method)


def share_interval(hits: int, total: int, *, level: float = 0.95) -> Interval:
    """The exact interval of a share of independent yes-or-no results: it covers the true share at least as often as `level`
    says, for any number of them.

    Clopper and Pearson, "The use of confidence or fiducial limits illustrated in the case of the binomial", Biometrika 1934.
    Raises InputError for no results, and for more hits than results.
    """
    if not 0 <= hits <= total or not total:
        raise InputError(f"{hits} of {total} is no share. Give at least one result, and no more hits than results.")
    if not 0 < level < 1:
        raise InputError(f"The confidence level {level} is not between 0 and 1. Use one such as 0.95.")
    from scipy.stats import beta

    outside = (1 - level) / 2
    low = float(beta.ppf(outside, hits, total - hits + 1)) if hits else 0.0
    high = float(beta.ppf(1 - outside, hits + 1, total - hits)) if hits < total else 1.0
    return Interval(mean=hits / total, low=low, high=high, level=level, method=f"exact (Clopper-Pearson) over {total} results")


def resampled_means(sample: Values, *, seed: int, resamples: int) -> Values:
    """The means of `resamples` draws of rows with replacement, in blocks of bounded memory: one for a list, a row for a
    matrix."""
    rows = sample.shape[0]
    generator = np.random.default_rng(seed)
    block = max(1, _BLOCK // rows)
    columns = sample.reshape(rows, -1).T
    means = []
    for start in range(0, resamples, block):
        drawn = generator.integers(rows, size=(min(block, resamples - start), rows))
        means.append(np.stack([column[drawn].mean(axis=1) for column in columns], axis=1))
    return np.concatenate(means).reshape(resamples, *sample.shape[1:])


def _checked(values: Sequence[float], resamples: int, level: float) -> tuple[Values, float, float]:
    """The values, and the probabilities at the two ends of an interval."""
    if not len(values):
        raise InputError("There are no values to average. Evaluate at least one query.")
    if not 0 < level < 1:
        raise InputError(f"The confidence level {level} is not between 0 and 1. Use one such as 0.95.")
    if resamples < 1:
        raise InputError(f"{resamples} resamples are too few. Use 1 or more.")
    return np.asarray(values, dtype=np.float64), (1 - level) / 2, (1 + level) / 2


def paired_test(a: Sequence[float], b: Sequence[float], *, seed: int = 0, resamples: int = 10_000) -> PairedTest:
    """`paired_tests` of a - b. Raises InputError for lists of different length."""
    if len(a) != len(b):
        raise InputError(f"The paired test got {len(a)} and {len(b)} values. Give both rankers the same queries.")
    differences = np.asarray(a, dtype=np.float64) - np.asarray(b, dtype=np.float64)
    return paired_tests(differences[:, None], seed=seed, resamples=resamples)[0]


def paired_tests(differences: Values, *, seed: int = 0, resamples: int = 10_000) -> tuple[PairedTest, ...]:
    """Two-sided paired randomisation test of each column: under the null hypothesis each row, a query, could have either sign.

    All sign patterns are counted for up to 12 queries, `resamples` random ones otherwise, the same for all columns; the
    observed pattern is then one of them, so p is at least 1 / (resamples + 1). Raises InputError for no rows.
    """
    if not len(differences):
        raise InputError("There are no values to compare. Evaluate at least one query.")
    if resamples < 1:
        raise InputError(f"{resamples} resamples are too few. Use 1 or more.")
    size = differences.shape[0]
    # Sums of the same numbers in another order differ in the last digits.
    threshold = np.abs(differences.sum(axis=0)) - 1e-9 * np.abs(differences).sum(axis=0)

    def extreme(flipped: npt.NDArray[Any]) -> Any:
        return (np.abs((1.0 - 2.0 * flipped) @ differences) >= threshold).sum(axis=0, dtype=np.int64)

    if size <= EXACT_QUERIES:
        p_values = extreme((np.arange(2**size)[:, None] >> np.arange(size)) & 1) / 2**size
        method = f"paired randomisation test, all {2**size} sign patterns"
    else:
        generator = np.random.default_rng(seed)
        block = max(1, _BLOCK // size)
        counts = np.zeros(differences.shape[1], dtype=np.int64)
        for start in range(0, resamples, block):
            counts += extreme(generator.integers(2, size=(min(block, resamples - start), size), dtype=np.int8))
        p_values = (counts + 1) / (resamples + 1)
        method = f"paired randomisation test, {resamples} random sign patterns"
    means = differences.mean(axis=0)
    return tuple(
        PairedTest(difference=float(mean), p_value=float(p), queries=size, method=method)
        for mean, p in zip(means, p_values, strict=True)
    )
