"""What an evaluation of so many queries can tell, and what it cannot.

Normal approximation of the paired test: Sakai, "Topic set size design", Information Retrieval Journal 2016, and Webber,
Moffat and Zobel, "Statistical power in retrieval experimentation", CIKM 2008.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

from reranklab.errors import InputError

_NORMAL = NormalDist()
POWER = 0.8
_TWO_SIDED, ONE_SIDED = _NORMAL.inv_cdf(0.975), _NORMAL.inv_cdf(0.95)
REACHED = _NORMAL.inv_cdf(POWER)
_MOST_QUERIES = 10_000_000


def detectable(deviation: float, queries: int) -> float:
    """The smallest mean difference that a two-sided test at 5 % finds in 80 % of such evaluations.

    `deviation` is the standard deviation of the differences between queries.
    """
    return (_TWO_SIDED + REACHED) * deviation / math.sqrt(queries)


def queries_to_detect(difference: float, deviation: float) -> int | None:
    """Queries with which a test at 5 % finds that mean difference in 80 % of evaluations. None for more than ten million."""
    return _whole(((_TWO_SIDED + REACHED) * deviation / difference) ** 2) if difference else None


def queries_to_equate(difference: float, deviation: float, *, margin: float) -> int | None:
    """Queries with which two one-sided tests at 5 % show in 80 % of evaluations that the difference is below `margin`.

    At least as many as the guard of `differences.equivalence_p` asks for where nothing differs.
    """
    room = margin - abs(difference)
    if room <= 0:
        return None
    least = math.ceil(ONE_SIDED * math.sqrt(2) / room)
    # Without a true difference either of the two tests may fail: each gets half of the failures.
    reached = _NORMAL.inv_cdf((1 + POWER) / 2) if abs(difference) < margin / 10 else REACHED
    queries = _whole(((ONE_SIDED + reached) * deviation / room) ** 2)
    return None if queries is None else max(queries, least)


def probes_to_decide(rate: float, limit: float, *, at_least: int) -> int | None:
    """Probes with which a one-sided test at 5 % tells in 80 % of cases that a pass rate is not the limit.

    None where the two are equal.
    """
    if rate == limit:
        return None
    spread = ONE_SIDED * math.sqrt(limit * (1 - limit)) + REACHED * math.sqrt(rate * (1 - rate))
    queries = _whole((spread / (rate - limit)) ** 2)
    return None if queries is None else max(queries, at_least)


def smallest_p(queries: int, *, differing: int | None = None) -> float:
    """The smallest p value that a two-sided paired randomisation test can give: 2 of 2^n sign patterns.

    Only queries that differ count; `differing` is how many those are, where it is known.
    """
    informative = queries if differing is None else min(differing, queries)
    return min(1.0, 2.0 ** (1 - informative))


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """Whether a published difference between two means could be noise.

    The deviation of the differences is not published, so it is bounded: `p_low` is with scores of the two systems that
    correlate by 0.9 over the queries, `p_high` with none at all. `correlation_needed` is the correlation from which on p is
    below 5 %; None where no correlation would do.
    """

    difference: float
    queries: int
    p_low: float
    p_high: float
    correlation_needed: float | None

    @property
    def words(self) -> str:
        """The answer in one sentence."""
        points = f"{abs(100 * self.difference):.1f} points over {self.queries:,} queries"
        if self.p_high < 0.05:
            return f"{points} are more than noise, however little the two systems' scores go together."
        if self.correlation_needed is None:
            return f"{points} can be noise, however closely the two systems' scores go together."
        return (
            f"{points} can be noise: they are more only where the two systems' scores over the queries correlate by "
            f"{self.correlation_needed:.2f} or more, which a table of means does not say."
        )


def audit(mean: float, difference: float, queries: int, *, deviation: float | None = None) -> Audit:
    """Judge a published row: a mean of a measure of 0 to 1, its difference from another system's, and the number of queries.

    `deviation` is the standard deviation of the measure over queries; without one the largest that a mean allows is taken,
    sqrt(mean (1 - mean)), which is close for RR and success and above what nDCG has. Raises InputError for numbers that no such
    table holds.
    """
    if not 0 <= mean <= 1:
        raise InputError(f"The mean {mean} is not between 0 and 1. Give 0.42 for 42 points.")
    if not 0 < abs(difference) <= 1:
        raise InputError(f"The difference {difference} is not between 0 and 1. Give 0.01 for one point.")
    if queries < 2:
        raise InputError(f"{queries} queries have no spread. Give 2 or more.")
    if deviation is not None and not 0 < deviation <= 1:
        raise InputError(f"The standard deviation {deviation} is not between 0 and 1. Give that of the measure over queries.")
    spread = deviation or math.sqrt(mean * (1 - mean))
    # The differences of two systems with the same spread have the variance 2 spread^2 (1 - correlation).
    bound = (abs(difference) * math.sqrt(queries) / _TWO_SIDED) ** 2 / (2 * spread**2) if spread else math.inf
    needed = max(0.0, 1 - bound)
    return Audit(
        difference=difference,
        queries=queries,
        p_low=_p(difference, spread, queries, correlation=0.9),
        p_high=_p(difference, spread, queries, correlation=0.0),
        correlation_needed=needed if needed < 0.995 else None,
    )


def _p(difference: float, spread: float, queries: int, *, correlation: float) -> float:
    error = spread * math.sqrt(2 * (1 - correlation) / queries)
    return 2 * (1 - _NORMAL.cdf(abs(difference) / error)) if error else 0.0


def _whole(queries: float) -> int | None:
    return math.ceil(queries) if queries <= _MOST_QUERIES else None
