"""Behaviour probes: the pass rate of each ranker by capability."""

from __future__ import annotations

import plotly.graph_objects as go

from reranklab.errors import InputError
from reranklab.evaluate.probes.run import CapabilityRate, ProbeReport
from reranklab.plots.drawing import Drawing
from reranklab.plots.frame import frame
from reranklab.plots.labels import Titles, label, titles_for, wrapped
from reranklab.plots.palette import GREY_BAND
from reranklab.plots.panels import legend_above
from reranklab.rankers.styles import RankerStyle, ranker_styles

_ROW = 22


def draw_probe_rates(report: ProbeReport, *, titles: Titles | None = None) -> Drawing:
    """A band for each capability, in it a point for each ranker at its pass rate, with the exact 95 % interval.

    Raises InputError where no probe could be judged.
    """
    cells = [[report.rate(ranker, capability) for ranker in report.rankers] for capability in report.capabilities]
    if not any(cell.rate for row in cells for cell in row):
        raise InputError("No probe could be judged by these rankers, so there is nothing to draw.")
    names = titles_for(report.rankers, titles)
    styles = ranker_styles([*(titles or ()), *report.rankers])
    step = 1 / (len(report.rankers) + 1)
    figure = go.Figure()
    for number in range(0, len(cells), 2):
        figure.add_hrect(y0=number - 0.5, y1=number + 0.5, fillcolor=GREY_BAND, line_width=0, layer="below")
    for position, ranker in enumerate(report.rankers):
        places = [number - 0.5 + step * (position + 1) for number in range(len(cells))]
        column = [row[position] for row in cells]
        figure.add_trace(_points(column, places, name=label(names[ranker], 32), style=styles[ranker]))
    frame(
        figure,
        title="Probes passed, exact 95 % interval",
        height=140 + len(cells) * (_ROW * len(report.rankers) + 12),
        legend=legend_above(),
        margin={"l": 8, "r": 8, "t": 64, "b": 48},
    )
    figure.update_xaxes(title="share of probes passed", range=[-0.02, 1.02], tickformat=".0%")
    figure.update_yaxes(
        tickvals=list(range(len(cells))),
        ticktext=[wrapped(capability) for capability in report.capabilities],
        range=[len(cells) - 0.5, -0.5],
        showgrid=False,
        zeroline=False,
    )
    return Drawing(figure=figure, words=_words(report, cells, names))


def _points(column: list[CapabilityRate], places: list[float], *, name: str, style: RankerStyle) -> go.Scatter:
    shown = [(cell, cell.rate, place) for cell, place in zip(column, places, strict=True) if cell.rate is not None]
    return go.Scatter(
        x=[rate.mean for _, rate, _ in shown],
        y=[place for _, _, place in shown],
        mode="markers",
        name=name,
        showlegend=True,
        marker={"size": 10, "color": style.colour, "symbol": style.mark},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [rate.high - rate.mean for _, rate, _ in shown],
            "arrayminus": [rate.mean - rate.low for _, rate, _ in shown],
            "color": "rgba(128,128,128,0.9)",
            "width": 3,
        },
        hovertext=[
            f"<b>{name}</b><br>{label(cell.capability)}: {cell.passed} of {cell.judged}, {rate.low:.0%} to {rate.high:.0%}"
            for cell, rate, _ in shown
        ],
        hoverinfo="text",
    )


def _words(report: ProbeReport, cells: list[list[CapabilityRate]], names: Titles) -> str:
    parts = [
        f"{row[0].capability}: "
        + ", ".join(f"{names[cell.ranker]} {cell.passed} of {cell.judged}" for cell in row if cell.rate is not None)
        for row in cells
        if any(cell.rate for cell in row)
    ]
    return f"Probes passed. {'; '.join(parts)}."
