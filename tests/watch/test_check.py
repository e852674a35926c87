"""Limits on the last days of a log: what passes, fails, and cannot be told."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from reranklab.errors import InputError
from reranklab.watch.check import judge_watch, watch_exit_status
from reranklab.watch.check_file import read_watch_check
from reranklab.watch.detect.series import extra_series
from reranklab.watch.monitor import watch_columns
from reranklab.watch.record import report_record
from reranklab.watch.report import CAUSES
from tests.watch.simulated import SLOWER_MACHINE, simulate

FILE = """
days = 5
[[limit]]
p50_ms = 1000
[[limit]]
p95_ms = 1
[[limit]]
share = "support"
at_least = 0.9
[[limit]]
share = "disagreement"
at_most = 0.5
[[limit]]
no_alert = "slower_machine"
days = 30
[[limit]]
no_alert = "model_swapped"
[[limit]]
no_alert = "less_support"
"""


@pytest.fixture(scope="module")
def log() -> tuple:  # type: ignore[type-arg]
    columns = simulate(days=16, per_day=150, changes=[SLOWER_MACHINE])
    places = np.arange(0, len(columns), 30)
    support = extra_series("support", columns, places, (np.arange(places.size) % 10 > 0).astype(np.float64))
    return columns, [support], watch_columns(columns, extra=[support])


def test_limits_are_judged_with_their_intervals(tmp_path: Path, log: tuple) -> None:  # type: ignore[type-arg]
    columns, extra, report = log
    (tmp_path / "watch.toml").write_text(FILE)
    limits = read_watch_check(tmp_path / "watch.toml")
    outcomes = judge_watch(limits, report, columns, extra)
    assert [each.state for each in outcomes] == ["pass", "fail", "undecided", "undecided", "fail", "pass", "undecided"]
    assert outcomes[6].words == "no series that would show it is watched"
    assert outcomes[3].words == "no request of these days tells the disagreement with the reference ranker"
    assert limits[4].words == "last 30 days: no alert of a slower machine"
    assert [watch_exit_status(part) for part in (outcomes, outcomes[2:3], outcomes[:1])] == [1, 3, 0]


def test_the_record_is_json(log: tuple) -> None:  # type: ignore[type-arg]
    columns, _, report = log
    record = json.loads(json.dumps(report_record(report), allow_nan=False))
    (alert,) = record["alerts"]
    assert alert["cause"] == "slower_machine" and alert["cause"] in CAUSES
    assert alert["latency"]["machine"]["interval"][0] < 1.5 < alert["latency"]["machine"]["interval"][1] * 1.05
    assert len(alert["places"]) == len(columns) - alert["since_place"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no limits"),
        ("[[limit]]\nshare = 'support'", "has the keys share"),
        ("[[limit]]\nshare = 'answers'\nat_least = 0.5", "Choose one of: truncated"),
        ("[[limit]]\nno_alert = 'rain'", "Choose one of: model_swapped"),
        ("[[limit]]\np95_ms = -1", "above 0"),
        ("[[limit]]\nshare = 'support'\nat_least = 2", "from 0 to 1"),
        ("day = 3\n[[limit]]\np95_ms = 1", "unknown key 'day'"),
        ("[[limit", "no TOML file"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "watch.toml").write_text(text)
    with pytest.raises(InputError, match=message):
        read_watch_check(tmp_path / "watch.toml")
