"""Figures of windows against hand-made columns, scipy, and a dependent series whose mean is known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import lfilter
from scipy.stats import binomtest

from reranklab.errors import InputError
from reranklab.watch.windows import batch_mean, log_windows, share_or_mean
from tests.watch.simulated import DAY, simulate


def test_every_request_lies_in_one_window_of_its_day() -> None:
    columns = simulate(days=3, per_day=50)
    for span in ("day", "hour", 40):
        windows = log_windows(columns, span=span)  # type: ignore[arg-type]
        assert [window.first for window in windows[1:]] == [window.last for window in windows[:-1]]
        assert (windows[0].first, windows[-1].last) == (0, len(columns))
        assert all(
            window.begin <= columns.time[window.first] <= columns.time[window.last - 1] <= window.end for window in windows
        )
    assert [window.begin % DAY for window in log_windows(columns)] == [0, 0, 0]
    with pytest.raises(InputError, match="Windows of 0"):
        log_windows(columns, span=0)


def test_percentiles_have_the_intervals_of_order_statistics() -> None:
    columns = simulate(days=1, per_day=400)
    (window,) = log_windows(columns)
    ordered = np.sort(columns.milliseconds)
    found = window.latency["p50"]
    assert found.value == pytest.approx(np.median(ordered))
    assert found.low is not None and found.high is not None and found.low in ordered and found.high in ordered
    assert set(window.means) == {
        "top_score", "mean_score", "spread", "candidates", "document_characters", "query_characters",
    }  # fmt: skip


def test_a_share_of_yes_and_no_is_exact() -> None:
    values = np.array([1.0] * 18 + [0.0] * 2)
    found, exact = share_or_mean(values), binomtest(18, 20).proportion_ci(0.95)
    assert (found.low, found.high) == (pytest.approx(exact.low), pytest.approx(exact.high))


def test_batch_means_cover_the_mean_of_dependent_values() -> None:
    """Student's interval of single values covers it in far fewer than 95 % where neighbours go together."""
    covered = alone = 0
    for seed in range(200):
        values = lfilter([1.0], [1.0, -0.8], np.random.default_rng(seed).normal(size=2100))[100:]
        found = batch_mean(values)
        covered += found.low <= 0 <= found.high
        alone += abs(values.mean()) <= 1.96 * values.std() / values.size**0.5
    assert covered >= 180
    assert alone < 130
