"""How far the figures of `reranklab tune` are off, on configurations whose true means are known.

Prints the table of docs/statistics.md: `python -m benchmarks.simulate_tuning --runs 200`. Each run draws 40 configurations and
the value of each on so many queries: its true mean, the query's own ease, which all share, and noise. All of them are within
the budget, so that the figures show the choice alone.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import numpy as np
from rich.console import Console
from rich.table import Table

from reranklab.evaluate.confidence import Values, bca_mean
from reranklab.progress import CancelSignal
from reranklab.tune.bench import Measured
from reranklab.tune.nested import nested
from reranklab.tune.search import search

SIZES = (20, 50)
SPREADS = (0.0, 0.05)
_CONFIGURATIONS = 40
_MS = 1.0


class Drawn:
    """A bench of drawn values: a row a configuration, a column a query."""

    def __init__(self, values: Values) -> None:
        self._values = values

    def quality(self, configuration: str, query: int, *, cancel: CancelSignal | None = None) -> float:
        return float(self._values[int(configuration), query])

    def estimate(self, configuration: str, query: int) -> float:
        return _MS

    def measured(self, configuration: str, query: int, *, cancel: CancelSignal | None = None) -> Measured:
        return Measured(value=self.quality(configuration, query), ms=_MS)


def one_run(seed: int, *, queries: int, spread: float) -> tuple[float, float, bool]:
    """By how much the tuned and the held-out figure exceed the true mean of what was picked, and whether the interval of the
    held-out one covers it."""
    generator = np.random.default_rng(seed)
    means = np.clip(0.5 + spread * generator.standard_normal(_CONFIGURATIONS), 0.05, 0.95)
    ease = generator.normal(0, 0.2, queries)
    bench = Drawn(means[:, None] + ease + generator.normal(0, 0.2, (_CONFIGURATIONS, queries)))
    names = [str(number) for number in range(_CONFIGURATIONS)]
    found = search(bench, names, range(queries), budget=5 * _MS)
    folds = nested(bench, names, queries, budget=5 * _MS, seed=seed)
    values = {query: value for fold in folds for query, value in fold.values.items()}
    held_out = bca_mean([values[query] for query in range(queries)], seed=0, resamples=1999)
    true = float(means[int(found.pick)])
    return found.points[found.pick].mean - true, held_out.mean - true, held_out.low <= true <= held_out.high


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    options = parser.parse_args(arguments)
    table = Table("true means", "queries", "tuned too high by", "held out too high by", "its interval covers", box=None)
    for spread in SPREADS:
        for queries in SIZES:
            results = [one_run(seed, queries=queries, spread=spread) for seed in range(options.runs)]
            tuned, held_out, covers = (np.array(column) for column in zip(*results, strict=True))
            error = held_out.std(ddof=1) / np.sqrt(options.runs)
            table.add_row(
                f"{100 * spread:g} points apart (sd)" if spread else "all the same",
                str(queries),
                f"{100 * tuned.mean():.1f} points",
                f"{100 * held_out.mean():+.1f} points (± {100 * error:.1f})",
                f"{covers.mean():.0%}",
            )
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
