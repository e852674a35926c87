"""How far the slow runs of a list lie above its median: one ratio for all lists, since few repeats of one cannot tell."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from reranklab.errors import InputError
from reranklab.latency.law import Between, Floats
from reranklab.latency.sweep import Cell

PROBABILITY = 0.95
_LEAST_RUNS = 20
"""Below them the 95th percentile is the largest value, whatever that is."""
_RESAMPLES = 400


def tail_draws(cells: Sequence[Cell], *, seed: int = 0) -> Floats:
    """p95 over p50 of resampled lists, 400 of them. Raises InputError for lists of fewer than 3 runs, or 20 runs in all."""
    ratios = _ratios(cells)
    generator = np.random.default_rng(seed)
    drawn = (generator.integers(len(ratios), size=len(ratios)) for _ in range(_RESAMPLES))
    return np.array([np.quantile(np.concatenate([ratios[place] for place in places]), PROBABILITY) for places in drawn])


def tail_ratio(cells: Sequence[Cell], draws: Floats) -> Between:
    """p95 over p50 of the runs, each divided by the median of its list, with the interval of `tail_draws`."""
    value = float(np.quantile(np.concatenate(_ratios(cells)), PROBABILITY))
    low, high = (float(end) for end in np.quantile(draws, [0.025, 0.975]))
    return Between(value=value, low=min(low, value), high=max(high, value))


def _ratios(cells: Sequence[Cell]) -> list[Floats]:
    if min(len(cell.runs) for cell in cells) < 3 or sum(len(cell.runs) for cell in cells) < _LEAST_RUNS:
        raise InputError(
            f"So few runs do not tell the 95th percentile. Repeat each list at least 3 times, with {_LEAST_RUNS} runs in all."
        )
    return [np.asarray(cell.times) / np.median(cell.times) for cell in cells]
