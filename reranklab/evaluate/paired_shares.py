"""The difference between two shares of the same yes-or-no results.

Newcombe, "Improved confidence intervals for the difference between binomial proportions based on paired data", Statistics in
Medicine 1998, method 10: from the Wilson interval of each share and their correlation. It never leaves -1 to 1, and is no point
where nothing differs.
"""

from __future__ import annotations

import math
from statistics import NormalDist

from reranklab.errors import InputError
from reranklab.evaluate.confidence import Interval


def paired_share_interval(*, both: int, first: int, second: int, neither: int, level: float = 0.95) -> Interval:
    """Of the share of yes in the first result less that in the second: `first` and `second` count where only that one is yes.

    Raises InputError for no results, or a negative count.
    """
    total = both + first + second + neither
    if min(both, first, second, neither) < 0 or not total:
        raise InputError("A paired difference of shares needs counts of 0 and up, and at least one result.")
    z = NormalDist().inv_cdf((1 + level) / 2)
    share_a, share_b = (both + first) / total, (both + second) / total
    low_a, high_a = _wilson(share_a, total, z)
    low_b, high_b = _wilson(share_b, total, z)
    correlation = _correlation(both, first, second, neither)
    difference = share_a - share_b
    below = _length(share_a - low_a, high_b - share_b, correlation)
    above = _length(high_a - share_a, share_b - low_b, correlation)
    return Interval(
        mean=difference,
        low=max(-1.0, difference - below),
        high=min(1.0, difference + above),
        level=level,
        method=f"Newcombe's paired interval of shares over {total} results",
    )


def _wilson(share: float, total: int, z: float) -> tuple[float, float]:
    """Wilson's score interval of a share."""
    weight = z * z / total
    centre = (share + weight / 2) / (1 + weight)
    reach = z * math.sqrt(share * (1 - share) / total + weight / (4 * total)) / (1 + weight)
    return max(0.0, centre - reach), min(1.0, centre + reach)


def _correlation(both: int, first: int, second: int, neither: int) -> float:
    """Phi, with Newcombe's continuity correction of positive ones. 0 where one of the shares is 0 or 1."""
    margins = (both + first) * (second + neither) * (both + second) * (first + neither)
    if not margins:
        return 0.0
    product = float(both * neither - first * second)
    if product > 0:
        product = max(product - (both + first + second + neither) / 2, 0.0)
    return product / math.sqrt(margins)


def _length(one: float, other: float, correlation: float) -> float:
    return math.sqrt(max(one * one - 2 * correlation * one * other + other * other, 0.0))
