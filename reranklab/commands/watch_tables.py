"""A watched log as lines and tables."""

from __future__ import annotations

from collections.abc import Iterator

from reranklab.commands.output import write_line, write_table
from reranklab.latency.quantiles import Quantile
from reranklab.watch.alert_words import SHIFT_HEADER, alert_title, excluded_words, shift_row, since_words, sure_words
from reranklab.watch.detect.series import TITLES
from reranklab.watch.log.columns import Columns
from reranklab.watch.report import Alert, WatchReport, Window
from reranklab.watch.windows import PERCENTILES, day_name


def write_report(report: WatchReport, columns: Columns) -> None:
    """The windows, what was watched, and the alerts with their evidence."""
    write_line()
    write_windows(report.windows)
    write_line()
    for line in _about(report):
        write_line(line)
    if not report.alerts:
        write_line()
        write_line("No alert: nothing changed for sure.")
    for number, alert in enumerate(report.alerts, start=1):
        write_line()
        write_alert(alert, columns, number=number, weeks=report.weeks)


def write_windows(windows: tuple[Window, ...]) -> None:
    """A row for each window; columns that no window has are left out."""
    means = [name for name in _MEANS if any(name in window.means for window in windows)]
    shares = list(dict.fromkeys(name for window in windows for name in window.shares))
    timed = [name for name in PERCENTILES if any(name in window.latency for window in windows)]
    lawful = any(window.over_law is not None for window in windows)
    rows = []
    for window in windows:
        row: list[object] = [day_name(window.begin), f"{window.requests:,}"]
        row += [_quantile(window.latency.get(name)) for name in timed]
        row += [_quantile(window.over_law)] if lawful else []
        row += [f"{window.means[name].mean:,.2f}" if name in window.means else "" for name in means]
        row += [f"{window.shares[name].mean:.1%}" if name in window.shares else "" for name in shares]
        rows.append(row)
    header = ["from (UTC)", "requests", *(f"{name} ms" for name in timed), *(["over law"] if lawful else [])]
    write_table([*header, *(_MEANS[name] for name in means), *(TITLES[name] for name in shares)], rows)


def write_alert(alert: Alert, columns: Columns, *, number: int, weeks: float) -> None:
    """An alert, its evidence, and what it is not."""
    write_line(f"Alert {number}: {alert_title(alert)}")
    write_line(alert.sentence)
    write_line(since_words(alert))
    write_line(sure_words(alert, weeks=weeks))
    for line in excluded_words(alert, columns):
        write_line(line)
    write_table(SHIFT_HEADER, [shift_row(shift) for shift in alert.shifts])
    write_line(f"Requests behind it: {alert.places.size:,}. --collect NAME keeps them as a collection to judge.")


def _about(report: WatchReport) -> Iterator[str]:
    yield f"Usual is what was before {day_name(report.baseline_until)}. {report.law}"
    yield f"Watched: {', '.join(TITLES.get(name, name) for name in report.watched) or 'nothing'}."
    yield from report.notes


def _quantile(quantile: Quantile | None) -> str:
    return "" if quantile is None else quantile.short


_MEANS = {
    "candidates": "candidates",
    "document_characters": "characters a document",
    "top_score": "top score",
    "spread": "spread of scores",
}
