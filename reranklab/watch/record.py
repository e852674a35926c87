"""A report of a log as plain values, for JSON. Times are UTC in ISO 8601, intervals [low, high] at 95 %."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from reranklab.evaluate.confidence import Interval
from reranklab.latency.quantiles import Quantile
from reranklab.watch.check import WatchOutcome
from reranklab.watch.log.reading import ReadLog
from reranklab.watch.report import Alert, Decomposition, Part, Shift, WatchReport, Window
from reranklab.watch.sampled import Sampled
from reranklab.watch.support.measured import agreement_words


def watch_record(
    log: ReadLog, report: WatchReport, sampled: Sampled | None = None, outcomes: Sequence[WatchOutcome] = ()
) -> dict[str, Any]:
    """What was read, computed for a sample and found, and what became of limits."""
    judge = sampled.support.judge if sampled and sampled.support else None
    return {
        "log": _log(log),
        "sampled": list(sampled.sentences()) if sampled else [],
        "judge": None if judge is None else {"id": judge, "agreement": agreement_words(judge)},
        "check": [{"limit": each.limit.words, "state": each.state, "measured": each.words} for each in outcomes],
        **report_record(report),
    }


def report_record(report: WatchReport) -> dict[str, Any]:
    """`false_alarms` says in how many weeks all series together raise one at most."""
    return {
        "requests": report.requests,
        "begin": iso(report.begin),
        "end": iso(report.end),
        "baseline_until": iso(report.baseline_until),
        "false_alarms": {"most": 1, "weeks": report.weeks},
        "law": report.law,
        "watched": list(report.watched),
        "unwatched": dict(report.unwatched),
        "notes": list(report.notes),
        "alerts": [alert_record(alert) for alert in report.alerts],
        "windows": [_window(window) for window in report.windows],
    }


def alert_record(alert: Alert) -> dict[str, Any]:
    """`places` are requests of the log in the order of time, from 0."""
    return {
        "cause": alert.cause,
        "also": list(alert.also),
        "follows": list(alert.follows),
        "sentence": alert.sentence,
        "since": iso(alert.since),
        "since_interval": [iso(alert.earliest), iso(alert.latest)],
        "since_place": alert.since_place,
        "detected": iso(alert.detected),
        "detected_place": alert.detected_place,
        "requests_to_detection": alert.delay,
        "trigger": alert.trigger,
        "series": [_shift(shift) for shift in alert.shifts],
        "latency": None if alert.latency is None else _decomposition(alert.latency),
        "places": alert.places.tolist(),
    }


def iso(time: float) -> str:
    """Seconds since 1970, UTC, in ISO 8601."""
    return dt.datetime.fromtimestamp(time, dt.UTC).isoformat(timespec="seconds")


def _log(log: ReadLog) -> dict[str, Any]:
    counts = log.counts
    return {
        "files": [path.name for path in log.paths],
        "lines": counts.lines,
        "entries": counts.entries,
        "read": counts.read,
        "left_out": {each.what.name.lower(): each.number for each in counts.left_out},
        "remarks": {each.what.name.lower(): each.number for each in counts.remarks},
        "sentences": list(counts.sentences()),
    }


def _window(window: Window) -> dict[str, Any]:
    return {
        "begin": iso(window.begin),
        "end": iso(window.end),
        "requests": window.requests,
        "latency_ms": {name: _quantile(value) for name, value in window.latency.items()},
        "over_law": None if window.over_law is None else _quantile(window.over_law),
        "means": {name: _interval(value) for name, value in window.means.items()},
        "shares": {name: _interval(value) for name, value in window.shares.items()},
    }


def _quantile(quantile: Quantile) -> dict[str, Any]:
    return {"value": quantile.value, "interval": [quantile.low, quantile.high]}


def _interval(interval: Interval) -> dict[str, Any]:
    return {"mean": interval.mean, "interval": [interval.low, interval.high], "method": interval.method}


def _shift(shift: Shift) -> dict[str, Any]:
    return {
        "series": shift.series,
        "title": shift.title,
        "changed": shift.changed,
        "before": shift.before,
        "after": shift.after,
        "by": "factor" if shift.kind == "positive" else "difference",
        "change": shift.change,
        "interval": [shift.low, shift.high],
    }


def _decomposition(parts: Decomposition) -> dict[str, Any]:
    return {
        "before_ms": parts.before_ms,
        "after_ms": parts.after_ms,
        "verdict": parts.verdict,
        "sentence": parts.sentence,
        **{name: _part(getattr(parts, name)) for name in ("total", "candidates", "length", "machine")},
    }


def _part(part: Part) -> dict[str, Any]:
    return {"factor": part.factor, "interval": [part.low, part.high]}
