"""Bets that are fair while nothing changes, whatever the distribution, and that win when something does."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kstest, norm

from reranklab.watch.detect.betting import evidence, rank_shares


def test_ranks_are_those_among_the_values_before() -> None:
    news = np.array([3.0, 1.0, 2.0, 5.0, 0.0, 4.0])
    places = np.ceil(rank_shares(news, 2, seed=0) * np.array([3, 4, 5, 6]))
    assert places.tolist() == [2, 4, 1, 5]


def test_ranks_of_many_are_those_of_one_at_a_time() -> None:
    news = np.random.default_rng(0).normal(size=700)
    shares = rank_shares(news, 20, seed=0)
    for place in (20, 275, 276, 531, 699):
        below = int((news[:place] < news[place]).sum())
        assert below < shares[place - 20] * (place + 1) <= below + 1


@pytest.mark.parametrize("draw", ["normal", "cauchy", "ties"])
def test_ranks_are_uniform_for_any_distribution(draw: str) -> None:
    generator = np.random.default_rng(1)
    news = {
        "normal": generator.normal(size=3000),
        "cauchy": generator.standard_cauchy(3000),
        "ties": generator.integers(0, 3, 3000).astype(np.float64),
    }[draw]
    shares = rank_shares(news, 30, seed=2)
    assert kstest(shares, "uniform").pvalue > 0.01
    assert abs(np.corrcoef(shares[1:], shares[:-1])[0, 1]) < 0.05


def test_the_worth_is_that_of_the_recursion() -> None:
    shares = np.random.default_rng(3).uniform(size=40)
    found = evidence(shares)
    won = np.exp(np.diff(found.logs, axis=1, prepend=0.0))
    worth = np.zeros(len(won))
    for place in range(shares.size):
        worth = (worth + 1) * won[:, place]
        assert np.exp(found.worth[place]) == pytest.approx(worth.mean(), rel=1e-9)


def test_a_bet_is_worth_one_in_the_mean() -> None:
    shares = (np.arange(200_000) + 0.5) / 200_000
    won = np.exp(np.diff(evidence(shares[:2000]).logs, axis=1))
    assert won.shape[0] == 18
    score = norm.ppf(shares)
    assert np.exp(0.9 * score - 0.9**2 / 2).mean() == pytest.approx(1, abs=2e-3)
    for each in np.exp(np.diff(evidence(np.random.default_rng(0).permutation(shares)).logs, axis=1)):
        assert each.mean() == pytest.approx(1, abs=0.02)


def test_false_alarms_are_rarer_than_the_bound() -> None:
    """Exchangeable news: of 400 runs of 500 blocks, at a threshold of 5,000 blocks, at most a tenth may alarm."""
    alarms = sum(
        bool((evidence(np.random.default_rng(seed).uniform(size=500)).worth > np.log(5000)).any()) for seed in range(400)
    )
    assert alarms <= 40


def test_what_won_begins_at_the_change() -> None:
    generator = np.random.default_rng(5)
    shares = np.concatenate([generator.uniform(size=100), generator.uniform(0.97, 1, size=8)])
    assert evidence(shares).began(107) in (99, 100, 101)
