"""Forecasts of blocks: cycles are no news, what lasts is foretold, and a first weekend surprises nobody."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import lfilter

from reranklab.watch.detect import cycle
from reranklab.watch.detect.cycle import Persistence, fit_persistence, forecast_errors

MONDAY = 1_767_571_200.0


def hours(count: int) -> NDArray[np.float64]:
    """The five moments of blocks of an hour."""
    return MONDAY + 3600 * np.arange(count)[:, None] + np.linspace(0, 3599, 5)


def lasting(count: int, kept: float, seed: int) -> NDArray[np.float64]:
    return np.asarray(lfilter([1.0], [1.0, -kept], np.random.default_rng(seed).normal(size=count)))


@pytest.mark.parametrize("kept", [0.0, 0.6, 0.85])
def test_news_are_neither_related_nor_larger_than_foretold(kept: float) -> None:
    times = hours(600)
    angle = 2 * np.pi * (times[:, 0] - MONDAY) / 86_400
    values = 3 + 2 * np.sin(angle) + lasting(600, kept, seed=4)
    news = forecast_errors(values, times, fit_persistence(values[:168], times[:168]))[168:]
    assert 0.8 < news.std() < 1.25
    assert abs(np.corrcoef(news[1:], news[:-1])[0, 1]) < 0.17
    assert abs(np.corrcoef(news, np.sin(angle[168:]))[0, 1]) < 0.15


def test_a_first_weekend_is_no_surprise_and_the_second_is_foretold() -> None:
    times = hours(24 * 14)
    weekend = (times[:, 0] - MONDAY) // 86_400 % 7 >= 5
    values = np.where(weekend, -4.0, 0.0) + np.random.default_rng(0).normal(size=len(times))
    news = forecast_errors(values, times, fit_persistence(values[:120], times[:120]))
    assert abs(news[24 * 5]) < 3
    assert abs(news[24 * 12 : 24 * 14].mean()) < 0.5


def test_the_long_way_and_the_short_way_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    """After 1,500 blocks level and cycle count as known, and plain numbers are enough."""
    times, values = hours(900), lasting(900, 0.7, seed=1)
    persistence = Persistence(hours=4.0, quick=3.0, slow=0.3, scale=0.7)
    whole = forecast_errors(values, times, persistence)
    monkeypatch.setattr(cycle, "_LEARNT", 700)
    short = forecast_errors(values, times, persistence)
    assert short[:700] == pytest.approx(whole[:700])
    assert np.corrcoef(short[700:], whole[700:])[0, 1] > 0.995


def test_an_averaged_deviation_has_the_moments_of_the_exact_process() -> None:
    """Against sums of the covariance exp(-|t - s| / hours) over a fine grid."""
    grid = (np.arange(800) + 0.5) / 800 * 6.0
    covariance = 2.0 * np.exp(-np.abs(grid[:, None] - grid[None, :]) / 4.0)
    end = 2.0 * np.exp(-(6.0 - grid) / 4.0)
    kept, mean, inside, shared, last = cycle._averaged(np.array([6.0]), np.array([4.0]), np.array([2.0]))
    assert inside[0] + 2.0 * mean[0] ** 2 == pytest.approx(covariance.mean(), rel=1e-3)
    assert shared[0] + 2.0 * kept[0] * mean[0] == pytest.approx(end.mean(), rel=1e-3)
    assert last[0] + 2.0 * kept[0] ** 2 == pytest.approx(2.0)


def test_equal_blocks_have_no_news() -> None:
    times, values = hours(100), np.full(100, 50.0)
    persistence = fit_persistence(values, times)
    assert forecast_errors(values, times, persistence).tolist() == [0.0] * 100
    assert forecast_errors(np.append(values, 75.0), hours(101), persistence)[-1] == 25.0
