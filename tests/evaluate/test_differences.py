"""Pairs of rankers: Holm by hand, BCa against scipy, verdicts on cases where the answer is plain."""

import numpy as np
import pytest
from scipy.stats import bootstrap

from reranklab.errors import InputError
from reranklab.evaluate.confidence import bca_mean
from reranklab.evaluate.differences import compare_all, equivalence_p, holm, verdict_in_words


def values(*columns: list[float]) -> dict[str, dict[str, float]]:
    return {
        name: {f"q{number}": value for number, value in enumerate(column)}
        for name, column in zip("abcd", columns, strict=False)
    }


def test_holm_by_hand():
    # sorted .01 x 3 = .03, .03 x 2 = .06, .04 x 1 = .04, which may not be below the .06 before it
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.6, 0.5]) == [1.0, 1.0]
    assert holm([]) == []


@pytest.mark.parametrize("size", [8, 20, 300])
def test_bca_equals_scipy(size: int):
    generator = np.random.default_rng(size)
    sample = np.where(generator.random(size) < 0.4, generator.exponential(0.3, size), 0.0)
    own = bca_mean(sample.tolist(), widen=False)
    other = bootstrap((sample,), np.mean, method="BCa", n_resamples=9999, rng=0).confidence_interval
    assert (own.low, own.high) == pytest.approx((other.low, other.high), abs=1e-12)


def test_few_values_get_a_wider_interval():
    sample = [0.1, 0.0, 0.3, -0.1, 0.2, 0.0, 0.4, 0.1]
    narrow, wide = bca_mean(sample, widen=False), bca_mean(sample)
    assert wide.low < narrow.low < narrow.mean < narrow.high < wide.high
    assert (bca_mean([0.25] * 5).low, bca_mean([0.25] * 5).high) == (0.25, 0.25)
    assert bca_mean([0.25]).high == 0.25


def test_wins_ties_losses_and_the_mean_by_hand():
    (pair,) = compare_all(values([0.5, 0.5, 1.0, 0.0], [0.5, 0.25, 0.5, 0.5]), measure="nDCG@10")
    # differences 0, 1/4, 1/2, -1/2
    assert (pair.wins, pair.ties, pair.losses, pair.queries, pair.differing) == (2, 1, 1, 4, 0.75)
    assert pair.difference == pytest.approx(0.0625)
    assert pair.effect == pytest.approx(0.0625 / 0.4269562)
    # of the 16 sign patterns 12 sum to 1/4 or more either way: with 1/4, 1/2 and 1/2 only the sums +-1/4 and more exist
    assert pair.p == 1.0
    assert pair.verdict == "undecided"


def test_better_and_worse_are_what_the_first_is():
    good, bad = [0.9] * 30, [0.5] * 15 + [0.6] * 15
    (pair,) = compare_all(values(good, bad), measure="RR")
    assert (pair.verdict, pair.queries_needed) == ("better", None)
    (pair,) = compare_all(values(bad, good), measure="RR")
    assert pair.verdict == "worse"
    assert verdict_in_words(pair, first="BM25", second="Cross-encoder") == (
        "BM25 is worse than Cross-encoder, by 35.0 points of RR."
    )


def test_a_small_sure_difference_is_no_difference():
    a = [0.5 + 0.002 * (number % 3) for number in range(300)]
    (pair,) = compare_all(values(a, [0.5] * 300), measure="AP", margin=0.01)
    assert pair.p < 0.05
    assert pair.verdict == "equivalent"
    assert "equal within 1 point of AP" in verdict_in_words(pair, first="a", second="b")


def test_equal_on_few_queries_proves_nothing():
    (few,) = compare_all(values([0.5] * 50, [0.5] * 50), measure="AP")
    assert (few.verdict, few.p, few.effect) == ("undecided", 1.0, None)
    assert verdict_in_words(few, first="a", second="b") == "50 queries cannot tell a and b apart: none differs."
    (many,) = compare_all(values([0.5] * 400, [0.5] * 400), measure="AP")
    assert many.verdict == "equivalent"


def test_undecided_names_the_queries_it_would_take():
    differences = [0.4, -0.3, 0.2, 0.0, -0.1, 0.3, 0.0, 0.1, -0.2, 0.1]
    (pair,) = compare_all(values([0.5 + each for each in differences], [0.5] * 10), measure="AP")
    deviation = float(np.std(differences, ddof=1))
    assert pair.verdict == "undecided"
    assert pair.queries_needed == int(np.ceil((2.8015852 * deviation / 0.05) ** 2))
    assert f"about {pair.queries_needed:,} would be needed" in verdict_in_words(pair, first="a", second="b")


def test_only_common_queries_are_compared_and_a_baseline_halves_the_table():
    table = {"a": {"q1": 1.0, "q2": 0.0}, "b": {"q2": 1.0, "q3": 1.0}, "c": {"q9": 1.0}}
    (pair,) = compare_all(table, measure="RR")
    assert (pair.first, pair.second, pair.queries, pair.difference) == ("a", "b", 1, -1.0)
    pairs = compare_all(values([0.1] * 5, [0.2] * 5, [0.3] * 5), measure="RR", baseline="b")
    assert [(pair.first, pair.second) for pair in pairs] == [("a", "b"), ("c", "b")]


def test_p_values_are_corrected_over_all_pairs():
    generator = np.random.default_rng(0)
    columns = [generator.random(20).tolist() for _ in range(4)]
    pairs = compare_all(values(*columns), measure="AP")
    assert len(pairs) == 6
    assert [pair.p_holm for pair in pairs] == pytest.approx(holm([pair.p for pair in pairs]))


def test_equivalence_by_hand():
    # 98 zeros, guarded by 1 and -1: 100 values of mean 0, variance 2/99, error sqrt(2/99)/10 = .014213; t = .05/.014213 = 3.518
    assert equivalence_p(np.zeros(98), margin=0.05) == pytest.approx(0.000331, abs=2e-6)


@pytest.mark.parametrize("margin", [0.0, 1.0, -0.1])
def test_a_margin_that_is_none_is_refused(margin: float):
    with pytest.raises(InputError, match="margin"):
        compare_all(values([0.1], [0.2]), measure="AP", margin=margin)


def test_an_unknown_baseline_is_refused():
    with pytest.raises(InputError, match="'x' is not among the rankers"):
        compare_all(values([0.1], [0.2]), measure="AP", baseline="x")
