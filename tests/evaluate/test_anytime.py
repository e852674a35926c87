"""The interval that may be looked at after every query."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reranklab.errors import InputError
from reranklab.evaluate.anytime import confidence_sequence, running_intervals


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60))
def test_it_never_grows_and_stays_within_the_scale(values: list[float]):
    ends = running_intervals(values)
    assert len(ends) == len(values)
    assert all(0 <= low <= high <= 1 for low, high in ends)
    assert all(before[0] <= after[0] and after[1] <= before[1] for before, after in pairwise(ends))


def test_many_equal_values_close_in_on_their_mean():
    interval = confidence_sequence([0.2] * 500)
    assert interval.low <= 0.2 <= interval.high
    assert interval.high - interval.low < 0.05
    assert "500 queries so far" in interval.method


def test_the_scale_is_that_of_differences():
    generator = np.random.default_rng(3)
    values = generator.uniform(-0.3, 0.5, 400)
    interval = confidence_sequence(values.tolist(), low=-1, high=1)
    assert interval.mean == pytest.approx(values.mean())
    assert -0.05 < interval.low < 0.1 < interval.high < 0.25


def test_looking_after_every_query_misses_the_mean_in_at_most_five_of_a_hundred_runs():
    generator = np.random.default_rng(0)
    missed = 0
    for _ in range(300):
        sample = (generator.random(150) < 0.3).astype(float)
        missed += any(not low <= 0.3 <= high for low, high in running_intervals(sample.tolist()))
    assert missed <= 15


def test_what_it_cannot_use():
    with pytest.raises(InputError, match="no values"):
        confidence_sequence([])
    with pytest.raises(InputError, match="outside of 0"):
        confidence_sequence([0.5, 1.2])
