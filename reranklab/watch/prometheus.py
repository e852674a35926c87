"""A report in the text format of Prometheus, version 0.0.4: what is scraped, or put into a file for its node exporter.

Names, escapes and the order of lines are those of https://prometheus.io/docs/instrumenting/exposition_formats/, and units are
base units, as https://prometheus.io/docs/practices/naming/ asks. A log is read whole each time, so everything is a gauge. No
line has a time of its own: the node exporter refuses them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from reranklab.watch.log.reasons import LogCounts
from reranklab.watch.report import CAUSES, WatchReport, Window

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_PREFIX = "reranklab_watch"
_QUANTILES = {"p50": "0.5", "p95": "0.95", "p99": "0.99"}
_BOUNDS = ("value", "low", "high")

Sample = tuple[Mapping[str, str], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Metric:
    name: str
    words: str
    samples: Sequence[Sample]


def prometheus_text(report: WatchReport, counts: LogCounts) -> str:
    """Counts of the log, the figures of its last window with their intervals (label `bound`: value, low, high), and every cause
    with the number of its alerts, 0 for none, so that a rule can wait for the first."""
    return "".join(line for metric in _metrics(report, counts) if metric.samples for line in _lines(metric))


def _metrics(report: WatchReport, counts: LogCounts) -> Iterator[_Metric]:
    yield _Metric(name="log_lines", words="Lines of the log.", samples=[({}, counts.lines)])
    yield _Metric(name="requests", words="Requests that were read.", samples=[({}, counts.read)])
    yield _Metric(
        name="left_out",
        words="Entries of the log that are no requests, by the reason.",
        samples=[({"reason": each.what.name.lower()}, each.number) for each in counts.left_out],
    )
    yield _Metric(
        name="last_request_timestamp_seconds", words="Time of the last request, since 1970.", samples=[({}, report.end)]
    )
    yield from _window(report.windows[-1]) if report.windows else ()
    found = [cause for alert in report.alerts for cause in alert.causes]
    yield _Metric(
        name="alerts",
        words="Changes that were found in the log, by their cause.",
        samples=[({"cause": cause}, found.count(cause)) for cause in CAUSES],
    )
    latest: dict[str, float] = {cause: alert.since for alert in report.alerts for cause in alert.causes}
    yield _Metric(
        name="alert_since_timestamp_seconds",
        words="Since when the latest change of a cause is there, since 1970.",
        samples=[({"cause": cause}, since) for cause, since in latest.items()],
    )


def _window(window: Window) -> Iterator[_Metric]:
    yield _Metric(
        name="window_start_timestamp_seconds", words="Begin of the last window, since 1970.", samples=[({}, window.begin)]
    )
    yield _Metric(name="window_requests", words="Requests of the last window.", samples=[({}, window.requests)])
    yield _Metric(
        name="rerank_seconds",
        words="Quantiles of the time of reranking in the last window, with their 95 % intervals.",
        samples=[
            ({"quantile": _QUANTILES[name], "bound": bound}, value / 1000)
            for name, quantile in window.latency.items()
            for bound, value in zip(_BOUNDS, (quantile.value, quantile.low, quantile.high), strict=True)
            if value is not None
        ],
    )
    over = window.over_law
    yield _Metric(
        name="rerank_over_expected_ratio",
        words="Median of the time of reranking over the time that its size should take, in the last window.",
        samples=[]
        if over is None
        else [
            ({"bound": bound}, value)
            for bound, value in zip(_BOUNDS, (over.value, over.low, over.high), strict=True)
            if value is not None
        ],
    )
    for name, words, figures in (
        ("mean", "Means of the last window, with their 95 % intervals.", window.means),
        ("ratio", "Shares of the last window from 0 to 1, with their 95 % intervals.", window.shares),
    ):
        yield _Metric(
            name=name,
            words=words,
            samples=[
                ({"series": series, "bound": bound}, value)
                for series, figure in figures.items()
                for bound, value in zip(_BOUNDS, (figure.mean, figure.low, figure.high), strict=True)
            ],
        )


def _lines(metric: _Metric) -> Iterator[str]:
    name = f"{_PREFIX}_{metric.name}"
    yield f"# HELP {name} {_escaped(metric.words)}\n"
    yield f"# TYPE {name} gauge\n"
    for labels, value in metric.samples:
        told = ",".join(f'{label}="{_label(text)}"' for label, text in labels.items())
        yield f"{name}{{{told}}} {_number(value)}\n" if told else f"{name} {_number(value)}\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n")


def _label(text: str) -> str:
    return _escaped(text).replace('"', '\\"')


def _number(value: float) -> str:
    """As Go reads it: NaN, +Inf and -Inf for what is no number."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(float(value))
