"""A watched log over time: percentiles of the time, lengths and candidates, scores, and what was computed for a sample."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from reranklab.errors import InputError
from reranklab.plots.drawing import Drawing
from reranklab.plots.palette import BLUE, GREEN, GREY, ORANGE, PURPLE, SKY
from reranklab.plots.panels import legend_above, panel_column
from reranklab.plots.watch_time import changes_in_words, line_with_band, mark_changes
from reranklab.watch.detect.series import TITLES
from reranklab.watch.report import WatchReport, Window
from reranklab.watch.windows import PERCENTILES

_MAIN, _SMALL = 280, 150
_COLOURS = (BLUE, ORANGE, GREEN, PURPLE, SKY)
_MEANS = {
    "document_characters": ("Length of a document", "characters"),
    "query_characters": ("Length of a query", "characters"),
    "candidates": ("Candidates of a request", "candidates"),
    "top_score": ("Best score of a request", "score"),
    "mean_score": ("Mean score of a request", "score"),
    "spread": ("Spread of a request's scores", "score"),
}
LENGTHS = ("document_characters", "candidates", "query_characters")
SCORES = ("top_score", "mean_score", "spread")

Figure = tuple[float, float | None, float | None]


def draw_watch_latency(report: WatchReport) -> Drawing:
    """Median, p95 and p99 of the reranking's time in each window with their 95 % intervals, and below them the median over what
    the requests' sizes should take, where a law is known. Raises InputError where no window has a time."""
    windows = report.windows
    names = [name for name in PERCENTILES if any(name in window.latency for window in windows)]
    if not names:
        raise InputError("The log tells no times. Log rerank_ms with each request.")
    lawful = any(window.over_law is not None for window in windows)
    headings = ["Percentiles", *(["Median of the time over that of the law for the same sizes"] if lawful else [])]
    panels = panel_column(headings, heights=[_MAIN, _SMALL][: len(headings)])
    figure, cell = panels.figure, panels.cells[0]
    for name, colour, dash in zip(names, _COLOURS, ("solid", "dash", "dot"), strict=False):
        line_with_band(
            figure, cell, name=name, windows=windows, figures=[_latency(window, name) for window in windows],
            colour=colour, unit=" ms", dash=dash,
        )  # fmt: skip
    figure.update_yaxes(title="ms a request", rangemode="tozero", **cell)
    if lawful:
        below = panels.cells[1]
        line_with_band(
            figure, below, name="over the law", windows=windows, figures=[_over(window) for window in windows],
            colour=GREEN, unit=" times", legend=False,
        )  # fmt: skip
        figure.add_hline(y=1, line={"color": GREY, "width": 1, "dash": "dot"}, **below)
        figure.update_yaxes(title="times as long", **below)
    mark_changes(figure, panels.cells, report.alerts)
    figure.update_xaxes(title="time, UTC", **panels.cells[-1])
    last = windows[-1]
    told = ", ".join(f"{name} {last.latency[name].short} ms" for name in names if name in last.latency)
    law = f" {report.law} 1 is the time that the sizes of the requests should take." if lawful else ""
    return Drawing(
        figure=panels.frame("Time of reranking", legend=legend_above(), hovermode="closest"),
        words=(
            f"{_windows(windows)} In the last one: {told or 'no times'}. Bands are 95 % intervals of order statistics; an end "
            f"that so few requests cannot tell is drawn at the value.{law}{changes_in_words(report.alerts)}"
        ),
    )


def draw_watch_means(report: WatchReport, names: Sequence[str], *, title: str) -> Drawing:
    """Means of the named figures in each window with their 95 % intervals, a panel each. Raises InputError where the log tells
    none of them."""
    told = [name for name in names if any(name in window.means for window in report.windows)]
    if not told:
        raise InputError(f"The log tells none of: {', '.join(_MEANS[name][0].lower() for name in names)}. Log them.")
    return _panels(report, told, title=title, of=_mean, heading=lambda name: _MEANS[name][0], unit=lambda name: _MEANS[name][1])


def draw_watch_shares(report: WatchReport, *, title: str) -> Drawing:
    """Shares in each window with their 95 % intervals, a panel each. Raises InputError where there is none."""
    told = list(dict.fromkeys(name for window in report.windows for name in window.shares))
    if not told:
        raise InputError("There is no share to draw. Compute something for a sample first.")
    return _panels(report, told, title=title, of=_share, heading=_title, unit=lambda name: "share")


def _lengths(report: WatchReport) -> Drawing:
    return draw_watch_means(report, LENGTHS, title="Lengths and candidates")


def _scores(report: WatchReport) -> Drawing:
    return draw_watch_means(report, SCORES, title="Scores of the logged ranker")


def _shares(report: WatchReport) -> Drawing:
    return draw_watch_shares(report, title="Disagreement, support and cuts")


WATCH_FIGURES: Mapping[str, tuple[str, Callable[[WatchReport], Drawing]]] = {
    "latency": ("Time", draw_watch_latency),
    "lengths": ("Lengths and candidates", _lengths),
    "scores": ("Scores", _scores),
    "sample": ("Disagreement and support", _shares),
}
"""Id to a short title, and what draws it, raising InputError where the log does not tell it."""


def _panels(
    report: WatchReport,
    names: Sequence[str],
    *,
    title: str,
    of: Callable[[Window, str], Figure | None],
    heading: Callable[[str], str],
    unit: Callable[[str], str],
) -> Drawing:
    windows, alerts = report.windows, report.alerts
    panels = panel_column([heading(name) for name in names], heights=[_SMALL] * len(names))
    for name, cell, colour in zip(names, panels.cells, _COLOURS, strict=False):
        figures = [of(window, name) for window in windows]
        line_with_band(
            panels.figure, cell, name=heading(name), windows=windows, figures=figures, colour=colour, unit="", legend=False
        )
        panels.figure.update_yaxes(title=unit(name), **cell)
    panels.figure.update_xaxes(title="time, UTC", **panels.cells[-1])
    mark_changes(panels.figure, panels.cells, alerts)
    courses = (_course(heading(name), [of(window, name) for window in windows]) for name in names)
    return Drawing(
        figure=panels.frame(title, showlegend=False, hovermode="closest"),
        words=(f"{_windows(windows)} {' '.join(courses)} Bands are 95 % intervals.{changes_in_words(alerts)}"),
    )


def _course(name: str, figures: Sequence[Figure | None]) -> str:
    told = [each[0] for each in figures if each is not None]
    return f"{name}: {told[0]:,.4g} in the first and {told[-1]:,.4g} in the last, from {min(told):,.4g} to {max(told):,.4g}."


def _latency(window: Window, name: str) -> Figure | None:
    found = window.latency.get(name)
    return None if found is None else (found.value, found.low, found.high)


def _over(window: Window) -> Figure | None:
    return None if window.over_law is None else (window.over_law.value, window.over_law.low, window.over_law.high)


def _mean(window: Window, name: str) -> Figure | None:
    found = window.means.get(name)
    return None if found is None else (found.mean, found.low, found.high)


def _share(window: Window, name: str) -> Figure | None:
    found = window.shares.get(name)
    return None if found is None else (found.mean, found.low, found.high)


def _title(name: str) -> str:
    title = TITLES.get(name, name)
    return title[:1].upper() + title[1:]


def _windows(windows: Sequence[Window]) -> str:
    return f"{len(windows):,} {'window' if len(windows) == 1 else 'windows'} of time."
