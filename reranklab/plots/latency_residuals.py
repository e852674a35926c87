"""By how much the law misses each list that it was fitted to."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from reranklab.errors import InputError
from reranklab.latency.law import Law
from reranklab.latency.sweep import Cell, group_lengths
from reranklab.plots.drawing import Drawing
from reranklab.plots.frame import frame
from reranklab.plots.labels import label, milliseconds
from reranklab.plots.latency import GROUP_SYMBOLS, group_name
from reranklab.plots.log_axis import log_axis, short_time
from reranklab.plots.palette import DOCUMENT_COLOURS, GREY, GREY_BAND

_NEAR = 10.0
"""Percent within which the band lies."""


def draw_residuals(cells: Sequence[Cell], law: Law, *, ranker: str) -> Drawing:
    """A point for each list: its median time on a logarithmic axis against (measured - fitted) / measured in percent. The band
    is 10 % to both sides. `law` is fitted to these cells. Raises InputError for others."""
    if not cells or len(cells) != len(law.residuals):
        raise InputError("The residuals are of other lists. Fit the law to these.")
    figure = go.Figure()
    figure.add_hrect(y0=-_NEAR, y1=_NEAR, fillcolor=GREY_BAND, line_width=0, layer="below")
    figure.add_hline(y=0, line={"color": GREY, "width": 1})
    pairs = list(zip(cells, law.residuals, strict=True))
    for place, group in enumerate(group_lengths(cells)):
        own = [(cell, 100 * residual) for cell, residual in pairs if cell.group == group]
        figure.add_trace(
            go.Scatter(
                x=[cell.quantile(0.5).value for cell, _ in own],
                y=[residual for _, residual in own],
                mode="markers",
                name=group_name(group),
                marker={
                    "size": 9,
                    "color": DOCUMENT_COLOURS[place % len(DOCUMENT_COLOURS)],
                    "symbol": GROUP_SYMBOLS[place % len(GROUP_SYMBOLS)],
                },
                hovertext=[
                    f"{cell.candidates:,} documents of {cell.tokens:,.0f} tokens<br>{milliseconds(cell.quantile(0.5).value)}, "
                    f"{residual:+.1f} %"
                    for cell, residual in own
                ],
                hoverinfo="text",
            )
        )
    frame(
        figure,
        title=f"{label(ranker, 60)}: what the law misses",
        height=320,
        margin={"l": 8, "r": 8, "t": 76, "b": 48},
        legend={"orientation": "h", "x": 0, "xanchor": "left", "y": 1.01, "yanchor": "bottom"},
        showlegend=True,
    )
    seen = [cell.quantile(0.5).value for cell in cells]
    figure.update_xaxes(
        title="measured, logarithmic", **log_axis(0.8 * max(min(seen), 1e-3), 1.25 * max(seen), name=short_time)
    )
    most = max(_NEAR, *(abs(100 * residual) for residual in law.residuals))
    figure.update_yaxes(title="measured less fitted, %", range=[-1.15 * most, 1.15 * most])
    return Drawing(figure=figure, words=_words(pairs))


def _words(pairs: Sequence[tuple[Cell, float]]) -> str:
    near = sum(abs(residual) <= _NEAR / 100 for _, residual in pairs)
    cell, worst = max(pairs, key=lambda pair: abs(pair[1]))
    return (
        f"The law is within {_NEAR:g} % of {near} of the {len(pairs)} lists that it was fitted to. It misses "
        f"{cell.candidates:,} documents of {cell.tokens:,.0f} tokens most, by {100 * worst:+.1f} %."
    )
