"""What a sweep foretells: lists, tails and budgets, for cells whose law and whose noise are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from reranklab.errors import InputError
from reranklab.latency.forecast import forecast
from reranklab.latency.sweep import Cell, Sweep
from reranklab.latency.tail import tail_draws, tail_ratio
from tests.latency.test_kept import measured
from tests.latency.test_law import LENGTHS, SIZES, A, B, C, D, cell, run


def swept(cells: Sequence[Cell], *, window: int | None = None) -> Sweep:
    return replace(measured(), cells=tuple(cells), window=window)


def noisy(repeats: int, spread: float, *, seed: int = 0, overhead: float = 0.0) -> list[Cell]:
    """Cells whose runs are off by exponential factors, which have a long upper tail."""
    generator = np.random.default_rng(seed)
    return [
        replace(
            exact := cell(size, length, overhead=overhead),
            runs=tuple(run(exact.times[0] * (1 + each)) for each in generator.exponential(spread, repeats).tolist()),
        )
        for size in SIZES
        for length in LENGTHS
    ]


def test_the_overhead_is_no_part_of_a_document():
    told = forecast(swept([cell(size, length, overhead=13) for size in SIZES for length in LENGTHS]))
    each = B + C * 213 + D * 213**2
    assert told.time(70, 200).value == pytest.approx(A + 70 * each)
    # A budget for exactly 70 of them, with a millionth to spare, ends at 70 and at 200 tokens.
    budget = (A + 70 * each) * (1 + 1e-6)
    assert (told.deepest(budget, 200), told.longest(budget, 70)) == (70, 200)
    assert told.is_measured(70, 200) and not told.is_measured(101, 200) and not told.is_measured(70, 20)


def test_a_window_ends_the_length():
    told = forecast(swept([cell(size, length, overhead=13) for size in SIZES for length in LENGTHS], window=525))
    assert told.room == 512 and told.is_cut(513) and not told.is_cut(512)
    assert told.time(10, 4096).value == told.time(10, 512).value
    assert told.longest(told.time(10, 512).value * 1.001, 10) is None
    assert told.longest(1.0, 10) == 0


def test_tokens_that_are_read_for_each_that_was_asked():
    half = [replace(cell(size, length), asked_tokens=2 * length) for size in SIZES for length in LENGTHS]
    told = forecast(swept(half))
    assert told.scale == 0.5 and told.time(20, 200).value == pytest.approx(A + 20 * (B + C * 100 + D * 100**2))
    cut = [replace(each, lengths=(min(each.lengths[0], 256),) * each.candidates) for each in half[:2]] + [
        cell(size, length) for size in SIZES for length in LENGTHS
    ]
    assert forecast(swept(cut)).scale == 1.0, "a list that was read as asked shows that shorter ones were cut"


def test_the_ratio_of_the_tail_is_that_of_the_runs():
    cells = noisy(40, 0.2)
    # Exponential factors: the median is ln 2, the 95th percentile ln 20 times the mean.
    truth = (1 + 0.2 * np.log(20)) / (1 + 0.2 * np.log(2))
    found = tail_ratio(cells, tail_draws(cells))
    assert found.low <= truth <= found.high and found.value == pytest.approx(truth, rel=0.03)
    told = forecast(swept(cells))
    assert told.deepest(300, 128, "p95") < told.deepest(300, 128, "p50")
    assert told.time(50, 128, "p95").value == pytest.approx(told.time(50, 128).value * found.value)
    assert told.deepest(300, 128, "p95") == told.deepest(300 / found.value, 128)


def test_new_runs_lie_below_the_predicted_p95_as_often_as_it_says():
    told = forecast(swept(noisy(7, 0.2)))
    fresh = noisy(40, 0.2, seed=1)
    below = [time <= told.time(each.candidates, each.tokens, "p95").value for each in fresh for time in each.times]
    assert 0.92 < np.mean(below) < 0.98


def test_so_few_runs_have_no_tail():
    told = forecast(swept([replace(each, runs=each.runs[:2]) for each in noisy(3, 0.2)]))
    assert told.levels == ("p50",) and told.tail is None
    for ask in (told.time, told.longest, told.deepest):
        with pytest.raises(InputError, match="do not tell the 95th percentile"):
            ask(100, 50, "p95")


def test_exponents_and_growth_by_hand():
    law = forecast(swept([cell(size, length) for size in SIZES for length in LENGTHS])).law
    short, long = (A + 10 * (B + C * tokens + D * tokens**2) for tokens in (256, 4096))
    assert law.growth(256, 4096, 10).value == pytest.approx(long / short)
    assert law.candidates_exponent(10, 256).value == pytest.approx((short - A) / short)
    assert law.interval(3).value == pytest.approx(D)
