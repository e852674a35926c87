"""Successive halving: many configurations on few queries, the better half on twice as many, until few are left on all.

Jamieson and Talwalkar, "Non-stochastic best arm identification and hyperparameter optimization", AISTATS 2016.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reranklab.evaluate.pareto import front_of

FINALISTS = 4
"""Halving goes on until so few configurations are left, as far as the queries reach."""
LEAST_QUERIES = 8
"""No configuration is judged on fewer, where there are as many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A configuration over the queries of a rung: mean of the measure, and the p95 of the time in ms, as estimated."""

    mean: float
    ms: float


def rung_sizes(queries: int, configurations: int) -> tuple[int, ...]:
    """How many queries each rung has: the last has all, each one before it half of the next."""
    rungs = 1 + max(0, math.ceil(math.log2(max(configurations, 1) / FINALISTS)))
    sizes = [queries]
    while len(sizes) < rungs and sizes[0] // 2 >= LEAST_QUERIES:
        sizes.insert(0, sizes[0] // 2)
    return tuple(sizes)


def survivors(points: Mapping[str, Point]) -> tuple[str, ...]:
    """The better half by the mean, and what nothing is better and faster than, best first."""
    order = by_mean(points)
    half = order[: math.ceil(len(order) / 2)]
    front = front_of({name: (point.ms, point.mean) for name, point in points.items()})
    return tuple(name for name in order if name in half or name in front)


def by_mean(points: Mapping[str, Point]) -> Sequence[str]:
    """Best mean first, of equal ones the fastest, else in the order given."""
    return sorted(points, key=lambda name: (-points[name].mean, points[name].ms))
