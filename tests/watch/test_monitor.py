"""Known changes in made-up logs: found, at the right place, and named for what they are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.production import DAY, START, Change, World, simulate
from reranklab.errors import InputError
from reranklab.watch.detect.series import extra_series
from reranklab.watch.monitor import watch_columns
from reranklab.watch.report import WatchReport
from tests.watch import simulated as plain


def watched(*changes: Change, seed: int = 1, days: float = 16, per_day: float = 600) -> tuple[WatchReport, int]:
    """The report, and the place of the first request of day 10."""
    log = simulate(World(days=days, per_day=per_day, seed=seed, changes=changes))
    extra = [extra_series(name, log.columns, *values) for name, values in log.extra.items()]
    return watch_columns(log.columns, extra=extra), log.since(10)


CASES = {
    "longer_documents": (Change(documents=2.0), 600),
    "shorter_documents": (Change(documents=0.5), 600),
    "more_candidates": (Change(candidates=1.6), 600),
    "slower_machine": (Change(machine=1.5), 1500),
    "model_swapped": (Change(score_scale=0.7, score_shift=1.0), 600),
    "new_domain": (Change(queries=1.6, documents=1.2, score_shift=-0.7, unknown=3.0, disagreement=0.15), 600),
    "less_support": (Change(support=0.7), 2400),
}


@pytest.mark.parametrize("cause", CASES)
def test_a_change_is_found_and_named(cause: str) -> None:
    change, within = CASES[cause]
    report, at = watched(change)
    (alert,) = report.alerts
    assert alert.causes == (cause,)
    assert 0 <= alert.detected_place - at <= within
    assert alert.earliest - 0.25 * DAY <= START + 10 * DAY <= alert.latest + 0.25 * DAY
    assert alert.places.min() >= alert.since_place


def test_a_quiet_log_has_no_alert() -> None:
    report, _ = watched()
    assert report.alerts == ()
    assert report.requests == sum(window.requests for window in report.windows)
    assert len(report.windows) == 16


@pytest.mark.slow
@pytest.mark.parametrize("per_day", [20, 300])
def test_quiet_weeks_have_no_alert(per_day: float) -> None:
    """24 watched weeks of each kind, with cycles, deviations of hours and days, and a heavy tail."""
    for seed in range(6):
        assert watched(seed=300 + seed, days=35, per_day=per_day)[0].alerts == ()


def test_another_name_is_a_fact_at_its_first_request() -> None:
    report, at = watched(Change(ranker="reranker-b", score_scale=0.6))
    (alert,) = report.alerts
    assert alert.causes == ("model_swapped",)
    assert (alert.since_place, alert.delay) == (at, 9)
    assert "reranker-a before, reranker-b since" in alert.sentence


@pytest.mark.parametrize("number", [37.0, 41.0])
@pytest.mark.parametrize("name", ["candidates", "query_characters", "spread"])
def test_what_never_varies_never_changes(name: str, number: float) -> None:
    """Means of 37 or 41 in blocks differ in their last digits."""
    columns = simulate(World(days=16, per_day=600, seed=1)).columns
    assert watch_columns(replace(columns, **{name: np.full(len(columns), number)})).alerts == ()


def test_what_never_varied_is_seen_to_change() -> None:
    columns = simulate(World(days=16, per_day=600, seed=1)).columns
    at = int(np.searchsorted(columns.time, START + 10 * DAY))
    candidates = np.where(np.arange(len(columns)) < at, 37.0, 41.0)
    (alert,) = watch_columns(replace(columns, candidates=candidates)).alerts
    assert alert.cause == "more_candidates"
    assert abs(alert.since_place - at) <= 1


def test_two_changes_are_two_alerts() -> None:
    report, _ = watched(Change(day=9, documents=2.0), Change(day=14, documents=2.0, machine=2.0), days=18)
    assert [alert.causes for alert in report.alerts] == [("longer_documents",), ("slower_machine",)]


def test_longer_documents_beyond_the_window_are_no_faster_machine() -> None:
    """Documents are cut at 512 tokens there: three times as long is not three times as slow."""
    report = watch_columns(plain.simulate(days=16, per_day=400, changes=[plain.Change(day=10, documents=3.0)]))
    (alert,) = report.alerts
    assert alert.causes == ("longer_documents",)
    assert "truncated" in alert.follows


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (plain.LONGER_DOCUMENTS, "longer_documents"),
        (plain.MORE_CANDIDATES, "more_candidates"),
        (plain.SLOWER_MACHINE, "slower_machine"),
        (plain.SWAPPED_MODEL, "model_swapped"),
        (plain.NEW_DOMAIN, "new_domain"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_other_simulation_gives_the_same_names(change: plain.Change, cause: str) -> None:
    report = watch_columns(plain.simulate(days=16, per_day=200, changes=[change]))
    assert [alert.causes for alert in report.alerts] == [(cause,)]


def test_what_cannot_be_watched_is_said() -> None:
    log = simulate(World(days=1, per_day=40))
    report = watch_columns(log.columns)
    assert report.watched == ()
    assert "nothing is watched" in " ".join(report.notes)
    with pytest.raises(InputError, match="no requests"):
        watch_columns(log.columns.take(slice(0, 0)))
    with pytest.raises(InputError, match="order of time"):
        watch_columns(log.columns.take(np.arange(len(log.columns))[::-1]))
    with pytest.raises(InputError, match="weeks"):
        watch_columns(log.columns, weeks=0)
