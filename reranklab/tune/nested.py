"""Nested cross-validation: each fold of queries is ranked by the configuration that a search on the other folds picked.

A search that picks the best of many on some queries picks their luck as well, so that its mean on these queries is too high.
The mean on the held-out queries has no part of that luck: it is the expected result of the whole procedure, search included,
with a little fewer queries to search on. (Varma and Simon, "Bias in error estimation when using cross-validation for model
selection", BMC Bioinformatics 2006.)
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from reranklab.errors import InputError
from reranklab.progress import CancelSignal, Progress, check_cancel, report
from reranklab.tune.bench import Bench, Measured, UnusableError
from reranklab.tune.search import search


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """What a search without these queries picked, and what it did on them. `tuned` is its mean on the queries of the search,
    `measured` are the held-out queries by position, ranked by the pick itself. `failed` says of the others, which score 0, why
    it could not."""

    pick: str
    tuned: float
    measured: Mapping[int, Measured]
    failed: Mapping[int, str] = field(default_factory=dict)

    @property
    def values(self) -> dict[int, float]:
        """The measure by query position."""
        return {**{query: each.value for query, each in self.measured.items()}, **dict.fromkeys(self.failed, 0.0)}

    @property
    def mean(self) -> float:
        return float(np.mean(list(self.values.values())))


def deal(queries: int, folds: int, *, seed: int) -> tuple[tuple[int, ...], ...]:
    """The queries in random order, dealt out to the folds in turn: sizes differ by one at most.

    Raises InputError for fewer than 2 folds, and for fewer than 2 queries in a fold.
    """
    if folds < 2:
        raise InputError(f"{folds} folds do not work. Take 2 or more.")
    if queries < 2 * folds:
        raise InputError(f"{queries:,} queries are too few for {folds} folds. Take {2 * folds} or more, or fewer folds.")
    order = shuffled(queries, seed=seed)
    return tuple(tuple(order[fold::folds]) for fold in range(folds))


def shuffled(queries: int, *, seed: int) -> list[int]:
    """Their positions in random order, always the same for a seed."""
    order = list(range(queries))
    random.Random(seed).shuffle(order)
    return order


def nested(
    bench: Bench,
    configurations: Sequence[str],
    queries: int,
    *,
    budget: float,
    folds: int = 5,
    seed: int = 0,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> tuple[Fold, ...]:
    """A search for each fold on the queries of the others. Raises as `deal` and `search` do."""
    dealt = deal(queries, folds, seed=seed)
    order = shuffled(queries, seed=seed)
    results = []
    for number, held_out in enumerate(dealt, start=1):
        label = f"fold {number} of {folds}"
        inside = [query for query in order if query not in held_out]
        found = search(bench, configurations, inside, budget=budget, label=label, cancel=cancel, progress=progress)
        measured, failed = {}, {}
        for place, query in enumerate(held_out):
            check_cancel(cancel)
            report(progress, done=place, total=len(held_out), unit="query", label=f"{label}: held-out queries")
            try:
                measured[query] = bench.measured(found.pick, query, cancel=cancel)
            except UnusableError as error:
                failed[query] = str(error)
        tuned = found.points[found.pick].mean
        results.append(Fold(pick=found.pick, tuned=tuned, measured=measured, failed=failed))
    return tuple(results)
