"""Faithfulness by deletion curves: a score as words are deleted, in the order of an explanation and in others."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from reranklab.errors import InputError
from reranklab.explain.faithfulness import DeletionCurve
from reranklab.plots.drawing import Drawing
from reranklab.plots.labels import Titles, escape, label, titles_for
from reranklab.plots.palette import BLUE, GREY, GREY_BAND, VERMILION
from reranklab.plots.panels import legend_above, panel_grid

_COLUMNS = 3
_PANEL = 260


def draw_deletion(curves: Sequence[DeletionCurve], *, titles: Titles | None = None) -> Drawing:
    """One panel a curve: share of words deleted across, score up, on an axis that names the scale.

    The panel's heading has the deletion score. Random orders are a mean with a band from lowest to highest. Raises
    InputError for none.
    """
    if not curves:
        raise InputError("There are no deletion curves to draw. Choose a document and at least one explanation.")
    names = titles_for((curve.ranker for curve in curves), titles)
    return Drawing(figure=_figure(curves, names), words=_words(curves, names))


def _figure(curves: Sequence[DeletionCurve], names: Titles) -> go.Figure:
    across = min(len(curves), _COLUMNS)
    limit = 60 if across == 1 else 44 if across == 2 else 30
    panels = panel_grid([_heading(curve, names, limit) for curve in curves], columns=_COLUMNS, height=_PANEL)
    for panel, curve in enumerate(curves):
        cell = panels.cells[panel]
        panels.figure.add_traces(_band(curve, legend=panel == 0), rows=cell["row"], cols=cell["col"])
        for name, values, colour, dash, symbol in (
            ("least important first", curve.least, BLUE, "dash", "square"),
            ("random order, mean", curve.random_mean, GREY, "dot", "circle"),
            ("most important first", curve.most, VERMILION, "solid", "diamond"),
        ):
            line = _line(curve, name, values, colour=colour, dash=dash, symbol=symbol)
            panels.figure.add_trace(line.update(showlegend=panel == 0), **cell)
        panels.figure.update_xaxes(
            title={"text": "words deleted (%)", "standoff": 6}, range=[-3, 103], dtick=25, fixedrange=True, **cell
        )
        panels.figure.update_yaxes(title=f"score ({label(curve.scale.name)})", fixedrange=True, **cell)
    return panels.frame("Faithfulness by deletion", legend=legend_above(), hovermode="closest")


def _words(curves: Sequence[DeletionCurve], names: Titles) -> str:
    scores = "; ".join(
        f"{names[curve.ranker]} by {curve.method} {curve.deletion_score:+.2f} "
        f"(from {curve.most[0]:.4g} to {curve.most[-1]:.4g}, {curve.scale.name})"
        for curve in curves
    )
    return f"Faithfulness by the deletion score, where 0 is no better than random order and 1 cannot be exceeded: {scores}."


def _heading(curve: DeletionCurve, names: Titles, limit: int) -> str:
    return f"{label(names[curve.ranker], limit)}<br>{escape(curve.method)}<br>deletion score {curve.deletion_score:+.2f}"


def _percents(curve: DeletionCurve) -> list[float]:
    return [100 * fraction for fraction in curve.fractions]


def _band(curve: DeletionCurve, *, legend: bool) -> list[go.Scatter]:
    """Two invisible lines and the area between them."""
    across = list(zip(*curve.random, strict=True))
    shared = {"x": _percents(curve), "mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "legendgroup": "band"}
    return [
        go.Scatter(**shared, y=[min(values) for values in across], showlegend=False),
        go.Scatter(
            **shared,
            y=[max(values) for values in across],
            name="random orders, range",
            showlegend=legend,
            fill="tonexty",
            fillcolor=GREY_BAND,
        ),
    ]


def _line(curve: DeletionCurve, name: str, values: Sequence[float], *, colour: str, dash: str, symbol: str) -> go.Scatter:
    percents = _percents(curve)
    return go.Scatter(
        x=percents,
        y=list(values),
        mode="lines+markers" if len(percents) <= 25 else "lines",
        name=name,
        legendgroup=name,
        line={"color": colour, "dash": dash, "width": 2},
        marker={"color": colour, "symbol": symbol, "size": 6},
        hovertext=[
            f"{name}<br>{percent:.0f}% of words deleted<br>{label(curve.scale.name)} {value:.4g}"
            for percent, value in zip(percents, values, strict=True)
        ],
        hoverinfo="text",
    )
