"""Effectiveness against candidate depth: where reranking deeper stops helping, and what it costs."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from reranklab.evaluate.depth import CUTOFF, DepthCurve, DepthReplay
from reranklab.plots.drawing import Drawing
from reranklab.plots.labels import Titles, label, milliseconds, titles_for
from reranklab.plots.palette import GREY
from reranklab.plots.panels import legend_above, panel_column
from reranklab.rankers.styles import RankerStyle, ranker_styles

_QUALITY, _TIME = 300, 160


def draw_depth(replay: DepthReplay, *, titles: Titles | None = None) -> Drawing:
    """nDCG@10 of each ranker over the first d candidates with its 95 % interval, the first stage's own order, and the recall of
    the first d as what no reranker can pass; below it the time of a query, where times were measured. d is on a logarithmic
    axis."""
    names = titles_for((curve.ranker for curve in replay.curves), titles)
    timed = [curve for curve in replay.curves if curve.ms is not None]
    headings = [f"nDCG@{CUTOFF} of the first d candidates", *(["Time of a query"] if timed else [])]
    panels = panel_column(headings, heights=[_QUALITY, _TIME][: len(headings)])
    figure, cell = panels.figure, panels.cells[0]
    figure.add_trace(_line(replay.depths, replay.recall, "recall of the first d", GREY, "dot", suffix=""), **cell)
    figure.add_trace(_line(replay.depths, replay.first_stage, "first stage's order", GREY, "dash", suffix=""), **cell)
    styles = ranker_styles([*(titles or ()), *(curve.ranker for curve in replay.curves)])
    for curve in replay.curves:
        style = styles[curve.ranker]
        figure.add_trace(_curve(curve, label(names[curve.ranker]), style), **cell)
        if curve.ms is not None:
            time = _line(curve.depths, curve.ms, label(names[curve.ranker]), style.colour, style.dash, suffix=" ms")
            figure.add_trace(time.update(showlegend=False), **panels.cells[1])
    ticks = {"type": "log", "tickvals": list(replay.depths), "ticktext": [f"{depth:,}" for depth in replay.depths]}
    for each in panels.cells:
        figure.update_xaxes(title="d, candidates reranked", **ticks, **each)
    figure.update_yaxes(title=f"nDCG@{CUTOFF}", range=[0, 1.02], **cell)
    if timed:
        figure.update_yaxes(title="ms/query", rangemode="tozero", **panels.cells[1])
    return Drawing(
        figure=panels.frame(f"Reranking depth, {replay.queries:,} queries", legend=legend_above(), hovermode="closest"),
        words=_words(replay, names),
    )


def _line(depths: Sequence[int], values: Sequence[float], name: str, colour: str, dash: str, *, suffix: str) -> go.Scatter:
    return go.Scatter(
        x=list(depths),
        y=list(values),
        mode="lines+markers",
        name=name,
        line={"color": colour, "dash": dash, "width": 1.5},
        marker={"size": 4},
        hovertemplate=f"{name}<br>d %{{x:,}}: %{{y:.4g}}{suffix}<extra></extra>",
    )


def _curve(curve: DepthCurve, name: str, style: RankerStyle) -> go.Scatter:
    return go.Scatter(
        x=list(curve.depths),
        y=[interval.mean for interval in curve.means],
        mode="lines+markers",
        name=name,
        line={"color": style.colour, "dash": style.dash, "width": 2.5},
        marker={"size": 7, "symbol": style.mark},
        error_y={
            "type": "data",
            "symmetric": False,
            "array": [interval.high - interval.mean for interval in curve.means],
            "arrayminus": [interval.mean - interval.low for interval in curve.means],
            "color": style.colour,
            "thickness": 1,
            "width": 3,
        },
        customdata=[curve.ranker] * len(curve.depths),
        hovertext=[
            f"<b>{name}</b><br>d {depth:,}: {interval.short}" for depth, interval in zip(curve.depths, curve.means, strict=True)
        ],
        hoverinfo="text",
    )


def _words(replay: DepthReplay, names: Titles) -> str:
    parts = []
    for curve in replay.curves:
        means = [interval.mean for interval in curve.means]
        best = means.index(max(means))
        text = f"{names[curve.ranker]} is best over the first {curve.depths[best]:,} ({means[best]:.3f})"
        if round(means[-1], 3) < round(means[best], 3):
            text += f" and has {means[-1]:.3f} over {curve.depths[-1]:,}"
        if curve.ms is not None:
            text += f", {milliseconds(curve.ms[-1])} a query at full depth"
        parts.append(text)
    left_out = ""
    if replay.left_out:
        these = ", ".join(names.get(ranker, ranker) for ranker in replay.left_out)
        left_out = f" Left out, since their scores depend on the whole list or were not computed here: {these}."
    return (
        f"nDCG@{CUTOFF} against the number of candidates that are reranked, replayed from the scores of one run over "
        f"{replay.queries:,} queries. {'; '.join(parts)}. Of the relevant documents the first {replay.depths[-1]:,} candidates "
        f"hold {replay.recall[-1]:.0%}. A time at depth d is the measured one in proportion to the tokens read.{left_out}"
    )
