import numpy as np
import pytest

from reranklab.errors import InputError
from reranklab.evaluate.confidence import bootstrap_columns, bootstrap_mean, paired_test


def test_interval_of_equal_values_is_a_point():
    interval = bootstrap_mean([0.25] * 8)
    assert (interval.mean, interval.low, interval.high, interval.level) == (0.25, 0.25, 0.25, 0.95)


def test_interval_of_two_values():
    # A resample of {0, 1} has mean 0, 1/2 or 1 with probability 1/4, 1/2, 1/4: the middle 95 % reach from 0 to 1,
    # the middle 40 % are 1/2.
    wide = bootstrap_mean([0.0, 1.0])
    assert (wide.mean, wide.low, wide.high) == (0.5, 0.0, 1.0)
    narrow = bootstrap_mean([0.0, 1.0], level=0.4)
    assert (narrow.low, narrow.high) == (0.5, 0.5)


def test_interval_shrinks_as_the_normal_approximation_says():
    # 100 values of 0 and 100 of 1: the standard error is 0.5 / sqrt(200) = 0.0354, so about 0.5 - and + 0.069
    interval = bootstrap_mean([0.0, 1.0] * 100)
    assert interval.low == pytest.approx(0.431, abs=0.01)
    assert interval.high == pytest.approx(0.569, abs=0.01)


def test_same_seed_same_interval():
    values = [0.1, 0.5, 0.9, 0.3]
    assert bootstrap_mean(values) == bootstrap_mean(values)
    assert "4 queries, 2000 resamples" in bootstrap_mean(values).method


def test_interval_refuses_what_it_cannot_use():
    with pytest.raises(InputError, match="no values"):
        bootstrap_mean([])
    with pytest.raises(InputError, match="level 95"):
        bootstrap_mean([1.0], level=95)
    with pytest.raises(InputError, match="resamples"):
        bootstrap_mean([1.0], resamples=0)


def test_paired_test_counts_all_sign_patterns():
    # Differences 1, 1, 1: of 8 patterns only +++ and --- sum to 3 or -3.
    result = paired_test([1.0, 1.0, 1.0], [0.0, 0.0, 0.0])
    assert (result.difference, result.p_value, result.queries) == (1.0, 0.25, 3)
    # Differences 3, -1: 2 observed; the sums are 2, 4, -4, -2, all at least as large.
    assert paired_test([3.0, 0.0], [0.0, 1.0]).p_value == 1.0
    assert paired_test([0.5], [0.5]).p_value == 1.0


def test_paired_test_is_two_sided():
    a, b = [0.9, 0.4, 0.7, 0.8], [0.1, 0.3, 0.2, 0.9]
    assert paired_test(a, b).p_value == paired_test(b, a).p_value
    assert paired_test(a, b).difference == pytest.approx(-paired_test(b, a).difference)


def test_paired_test_samples_patterns_of_many_queries():
    # 20 equal differences: 2 of 2^20 patterns are as extreme, so of 999 random ones none is.
    clear = paired_test([1.0] * 20, [0.0] * 20, resamples=999)
    assert clear.p_value == pytest.approx(1 / 1000)
    # 10 of each sign sum to 0: every pattern is as extreme.
    even = paired_test([1.0, 0.0] * 10, [0.0, 1.0] * 10, resamples=99)
    assert even.p_value == 1.0
    assert paired_test([1.0, 0.2] * 10, [0.0, 0.3] * 10) == paired_test([1.0, 0.2] * 10, [0.0, 0.3] * 10)


def test_paired_test_refuses_what_it_cannot_use():
    with pytest.raises(InputError, match="2 and 1 values"):
        paired_test([1.0, 2.0], [1.0])
    with pytest.raises(InputError, match="no values"):
        paired_test([], [])
    with pytest.raises(InputError, match="resamples"):
        paired_test([1.0], [1.0], resamples=0)


def test_columns_are_the_bootstrap_of_each():
    generator = np.random.default_rng(2)
    values = generator.random((80, 3))
    for column, interval in zip(values.T, bootstrap_columns(values, resamples=4000), strict=True):
        alone = bootstrap_mean(column.tolist(), resamples=4000)
        assert interval.mean == pytest.approx(alone.mean)
        assert (interval.low, interval.high) == pytest.approx((alone.low, alone.high), abs=0.006)
    with pytest.raises(InputError, match="no values"):
        bootstrap_columns(np.zeros((0, 2)))
