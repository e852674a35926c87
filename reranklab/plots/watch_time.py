"""What the figures of a watched log share: the axis of time, bands of intervals, and the changes marked on it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from reranklab.plots.palette import VERMILION
from reranklab.watch.alert_words import alert_title
from reranklab.watch.report import Alert, Window

_MARKERS = 60
"""Windows up to which each has a marker."""
_SOFT = 0.18


def moments(windows: Sequence[Window]) -> list[dt.datetime]:
    """The middle of each window, UTC."""
    return [_moment((window.begin + window.end) / 2) for window in windows]


def line_with_band(
    figure: go.Figure,
    cell: Mapping[str, int],
    *,
    name: str,
    windows: Sequence[Window],
    figures: Sequence[tuple[float, float | None, float | None] | None],
    colour: str,
    unit: str,
    dash: str = "solid",
    legend: bool = True,
) -> None:
    """A line through the values, with the band of their intervals; windows without a value are gaps. An end that is not known
    is drawn at the value."""
    times = moments(windows)
    values = [None if each is None else each[0] for each in figures]
    low = [None if each is None else each[0] if each[1] is None else each[1] for each in figures]
    high = [None if each is None else each[0] if each[2] is None else each[2] for each in figures]
    band: dict[str, Any] = {"mode": "lines", "line": {"width": 0, "color": colour}, "hoverinfo": "skip", "showlegend": False}
    figure.add_trace(go.Scatter(x=times, y=low, legendgroup=name, **band), **cell)
    figure.add_trace(go.Scatter(x=times, y=high, legendgroup=name, fill="tonexty", fillcolor=_soft(colour), **band), **cell)
    figure.add_trace(
        go.Scatter(
            x=times,
            y=values,
            mode="lines+markers" if len(windows) <= _MARKERS else "lines",
            name=name,
            legendgroup=name,
            showlegend=legend,
            line={"color": colour, "width": 2, "dash": dash},
            marker={"size": 5},
            hovertext=[_told(name, window, each, unit) for window, each in zip(windows, figures, strict=True)],
            hoverinfo="text",
        ),
        **cell,
    )


def mark_changes(figure: go.Figure, cells: Sequence[Mapping[str, int]], alerts: Sequence[Alert]) -> None:
    """A line at each change with the 95 % interval of its time behind it, on every panel; the first panel says which it is."""
    for number, alert in enumerate(alerts, start=1):
        for place, cell in enumerate(cells):
            figure.add_vrect(
                x0=_moment(alert.earliest), x1=_moment(alert.latest), fillcolor=VERMILION, opacity=0.12, line_width=0,
                layer="below", **cell,
            )  # fmt: skip
            figure.add_vline(x=_moment(alert.since), line={"color": VERMILION, "width": 2, "dash": "dash"}, **cell)
            if place == 0:
                figure.add_annotation(
                    x=_moment(alert.since), y=1, yref="y domain", yanchor="bottom", xanchor="left", showarrow=False,
                    text=f"{number}: {alert_title(alert)}", font={"size": 11, "color": VERMILION}, **cell,
                )  # fmt: skip


def changes_in_words(alerts: Sequence[Alert]) -> str:
    """The marks of a figure as a sentence; "" for none."""
    if not alerts:
        return ""
    told = "; ".join(f"{alert_title(alert).lower()} {_moment(alert.since):%Y-%m-%d %H:%M} UTC" for alert in alerts)
    return f" Marked, each with the 95 % interval of its time: {told}."


def _moment(seconds: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC).replace(tzinfo=None)


def _told(name: str, window: Window, figure: tuple[float, float | None, float | None] | None, unit: str) -> str:
    if figure is None:
        return ""
    ends = ", ".join("?" if end is None else f"{end:,.4g}" for end in figure[1:])
    requests = f"{window.requests:,} {'request' if window.requests == 1 else 'requests'}"
    return f"{_moment(window.begin):%Y-%m-%d %H:%M}, {requests}<br>{name}: {figure[0]:,.4g}{unit} [{ends}]"


def _soft(colour: str) -> str:
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red},{green},{blue},{_SOFT})"
