"""How often the statistics of `reranklab evaluate` are wrong, on populations whose true mean is known.

Prints the tables of docs/statistics.md: `python -m benchmarks.simulate_statistics --runs 2000`. Each run draws the
differences of so many queries from a population of per-query differences, as two rankers would have them.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
from numpy.random import Generator
from rich.console import Console
from rich.table import Table

from reranklab.evaluate.anytime import running_intervals
from reranklab.evaluate.confidence import Values, bca_mean, paired_test
from reranklab.evaluate.differences import DEFAULT_MARGIN, equivalence_p

SIZES = (20, 50, 300)
_POPULATION = 200_000
Draw = Callable[[Generator, int], Values]


def few_differ(generator: Generator, size: int) -> Values:
    """Six in ten queries are equal, as under nDCG@10 of two rerankers; the others differ either way."""
    return np.where(generator.random(size) < 0.6, 0.0, generator.normal(0, 0.25, size).clip(-1, 1))


def most_differ(generator: Generator, size: int) -> Values:
    """Every query differs a little, as under graded judgements."""
    return generator.normal(0, 0.1, size).clip(-1, 1)


def lopsided(generator: Generator, size: int) -> Values:
    """Many small losses and a few large wins: a mean of 0 that is not symmetric."""
    won = generator.random(size) < 0.2
    return np.where(won, generator.uniform(0.1, 0.7, size), -0.1)


def reciprocal_ranks(generator: Generator, size: int) -> Values:
    """Differences of reciprocal ranks: few values, large steps."""
    values = np.array([1, 1, 1, 1 / 2, 1 / 2, 1 / 3, 1 / 5, 0])
    together = generator.random(size) < 0.5
    first = values[generator.integers(values.size, size=size)]
    return np.where(together, 0.0, first - values[generator.integers(values.size, size=size)])


def rare(generator: Generator, size: int, *, share: float = 0.02) -> Values:
    """Nearly all queries are equal, and the few others differ by half the scale."""
    return np.where(generator.random(size) < share, 0.5, 0.0)


NULL: Mapping[str, Draw] = {
    "few queries differ": few_differ,
    "every query differs": most_differ,
    "reciprocal ranks": reciprocal_ranks,
    "many small losses, few wins": lopsided,
}
AT_MARGIN: Mapping[str, Draw] = {
    **NULL,
    "2 in 100 differ, by half": rare,
    "1 in 100 differ, by half": partial(rare, share=0.01),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    console = Console(width=120)
    for title, rate, populations in (
        ("Test: false differences (%), 5 is right", false_difference, NULL),
        ("BCa interval: covers the true mean (%), 95 is right", covered, AT_MARGIN),
        ("Equivalence: wrong at a true difference of the margin (%), at most 5", false_equivalence, AT_MARGIN),
        ("Any-time interval: ever missed the true mean, looked at after every query (%), at most 5", ever_missed, AT_MARGIN),
    ):
        table = Table("population", *(f"{size} queries" for size in SIZES), title=title)
        for name, draw in populations.items():
            generator = np.random.default_rng(options.seed)
            mean = float(draw(np.random.default_rng(options.seed + 1), _POPULATION).mean())
            cells = []
            for size in SIZES:
                hits = sum(rate(draw(generator, size), mean, seed) for seed in range(options.runs))
                cells.append(f"{100 * hits / options.runs:.1f}")
            table.add_row(name, *cells)
        console.print(table)


def false_difference(sample: Values, mean: float, seed: int) -> bool:
    centred = sample - mean
    return paired_test(centred.tolist(), [0.0] * centred.size, seed=seed, resamples=1999).p_value < 0.05


def covered(sample: Values, mean: float, seed: int) -> bool:
    interval = bca_mean(sample.tolist(), seed=seed, resamples=1999)
    return interval.low <= mean <= interval.high


def false_equivalence(sample: Values, mean: float, seed: int) -> bool:
    """The population is moved so that its mean is the margin, by its differing queries alone: equal ones stay equal."""
    moved = sample + (DEFAULT_MARGIN - mean) if not np.any(sample == 0) else _moved(sample, mean)
    return equivalence_p(moved, margin=DEFAULT_MARGIN) < 0.05


def _moved(sample: Values, mean: float) -> Values:
    if mean > DEFAULT_MARGIN / 10:
        return sample * (DEFAULT_MARGIN / mean)
    # The share of differing queries is 0.4 to 0.5 in these populations; the whole population is shifted by the same amount.
    share = 0.4 if np.count_nonzero(sample == 0) > sample.size / 2 else 0.5
    return np.where(sample == 0, 0.0, sample + (DEFAULT_MARGIN - mean) / share)


def ever_missed(sample: Values, mean: float, seed: int) -> bool:
    return any(not low <= mean <= high for low, high in running_intervals(sample.tolist(), low=-1, high=1))


if __name__ == "__main__":
    main()
