"""One search: the configuration with the best mean over some queries whose p95 keeps to the budget."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from reranklab.errors import InputError
from reranklab.progress import CancelSignal, Progress, check_cancel, report
from reranklab.tune.bench import Bench, UnusableError
from reranklab.tune.halving import Point, by_mean, rung_sizes, survivors

SLACK = 1.5
"""Configurations are tried whose estimate is within so many budgets: the estimate is rough, the measurement decides."""
MOST_TIMED = 100
"""Queries at most over which a configuration's p95 is measured."""
_EQUAL = 1e-9
_FEWEST = 3
"""So many are tried where no estimate is within the budget: the fastest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """`pick` keeps to the budget where `within` is True; else it is the fastest of those that were timed. `points` are the
    configurations of the last rung over all queries of the search, `rungs` the numbers of configurations and queries of each.
    `timed` has the p95 of those that were truly run, in ms; of one above the budget it is over the queries that showed that.
    `failed` says why a configuration was left out."""

    pick: str
    within: bool
    points: Mapping[str, Point]
    rungs: tuple[tuple[int, int], ...]
    timed: Mapping[str, float]
    failed: Mapping[str, str] = field(default_factory=dict)


def search(
    bench: Bench,
    configurations: Sequence[str],
    queries: Sequence[int],
    *,
    budget: float,
    label: str = "",
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> Found:
    """Halve the configurations over growing parts of `queries`, which stand in random order, then time the best ones truly, in
    the order of their means, until one's p95 is within `budget` ms. Of equal means the fastest one is picked.

    Raises InputError where no configuration works, and Cancelled.
    """
    failed: dict[str, str] = {}
    left = affordable(bench, configurations, queries, budget=budget)
    points: dict[str, Point] = {}
    rungs = []
    for size in rung_sizes(len(queries), len(left)):
        rungs.append((len(left), size))
        points = {}
        for number, name in enumerate(left):
            check_cancel(cancel)
            told = ": ".join(filter(None, (label, f"{len(left)} configurations on {size} queries")))
            report(progress, done=number, total=len(left), unit="configuration", label=told)
            try:
                points[name] = _point(bench, name, queries[:size], cancel=cancel)
            except UnusableError as error:
                failed[name] = str(error)
        left = survivors(points)
    timed: dict[str, float] = {}
    best: float | None = None
    for name in by_mean(points):
        if best is not None and points[name].mean < best - _EQUAL:
            break
        report(progress, done=len(timed), total=len(points), unit="configuration", label=f"{label or 'search'}: timing")
        try:
            timed[name] = measured_p95(bench, name, queries[:MOST_TIMED], budget=budget, cancel=cancel)
        except UnusableError as error:
            failed[name] = str(error)
            continue
        if timed[name] <= budget and best is None:
            best = points[name].mean
    if not timed:
        why = next(iter(failed.values()), "There is none.")
        raise InputError(f"No configuration works. {why}")
    pick = min(timed, key=lambda name: (timed[name] > budget, timed[name]))
    points = {name: point for name, point in points.items() if name not in failed}
    return Found(pick=pick, within=timed[pick] <= budget, points=points, rungs=tuple(rungs), timed=timed, failed=failed)


def affordable(bench: Bench, configurations: Sequence[str], queries: Sequence[int], *, budget: float) -> tuple[str, ...]:
    """Those whose estimated p95 is within the budget with some slack; the fastest ones where none is."""
    estimates = {name: estimated_p95(bench, name, queries) for name in configurations}
    within = tuple(name for name in configurations if estimates[name] <= SLACK * budget)
    return within or tuple(sorted(configurations, key=estimates.__getitem__)[:_FEWEST])


def estimated_p95(bench: Bench, configuration: str, queries: Sequence[int]) -> float:
    return float(np.quantile([bench.estimate(configuration, query) for query in queries], 0.95))


def measured_p95(
    bench: Bench, configuration: str, queries: Sequence[int], *, budget: float, cancel: CancelSignal | None = None
) -> float:
    """Over all queries, or over those so far as soon as the p95 of all is above the budget, whatever the rest takes."""
    enough = len(queries) - math.floor(0.95 * (len(queries) - 1))
    times: list[float] = []
    for query in queries:
        times.append(bench.measured(configuration, query, cancel=cancel).ms)
        if sum(ms > budget for ms in times) >= enough:
            break
    return float(np.quantile(times, 0.95))


def _point(bench: Bench, configuration: str, queries: Sequence[int], *, cancel: CancelSignal | None) -> Point:
    values = [bench.quality(configuration, query, cancel=cancel) for query in queries]
    return Point(mean=float(np.mean(values)), ms=estimated_p95(bench, configuration, queries))
