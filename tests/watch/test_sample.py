"""As many requests from each stretch of time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reranklab.watch.sample import sample_evenly
from tests.watch.simulated import DAY, START, Change, simulate

COLUMNS = simulate(days=10, per_day=100, changes=[Change(day=0, until=3, traffic=8.0)])


def days(chosen: np.ndarray) -> list[int]:
    return np.bincount(((COLUMNS.time[chosen] - START) // DAY).astype(int), minlength=10).tolist()


def test_every_day_gives_as_many_however_busy_it_was() -> None:
    chosen = sample_evenly(COLUMNS, 200)
    assert days(chosen) == [20] * 10
    assert (np.diff(chosen) > 0).all()


@given(st.integers(-5, 4000), st.integers(0, 2**70))
def test_the_number_is_kept_and_no_day_gives_less_than_another_while_it_has_more(number: int, seed: int) -> None:
    chosen = sample_evenly(COLUMNS, number, seed=seed)
    assert len(set(chosen.tolist())) == len(chosen) == min(max(number, 0), len(COLUMNS))
    given, had = days(chosen), days(np.arange(len(COLUMNS)))
    assert all(one >= max(given) - 1 or one == all_of_it for one, all_of_it in zip(given, had, strict=True))


def test_a_log_that_has_grown_gives_the_same_of_the_days_before() -> None:
    part = COLUMNS.take(COLUMNS.time < START + 5 * DAY)
    before, after = part.key[sample_evenly(part, 100)], COLUMNS.key[sample_evenly(COLUMNS, 200)]
    assert set(before.tolist()) <= set(after.tolist())


def test_another_seed_chooses_others_and_each_request_as_often() -> None:
    counts = np.zeros(len(COLUMNS))
    for seed in range(300):
        counts[sample_evenly(COLUMNS, 500, seed=seed)] += 1
    for day in range(10):
        mine = counts[(COLUMNS.time - START) // DAY == day]
        share = mine.mean() / 300
        deviation = np.abs(mine - mine.mean()).max() / np.sqrt(max(300 * share * (1 - share), 1e-9))
        assert share == pytest.approx(50 / len(mine), rel=0.02)
        assert deviation < 5
