"""The predicted time over numbers of documents and their lengths, with the line at which a budget ends."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from reranklab.latency.forecast import At, Forecast
from reranklab.latency.sweep import Cell
from reranklab.plots.drawing import Drawing
from reranklab.plots.frame import frame
from reranklab.plots.labels import label, milliseconds
from reranklab.plots.log_axis import log_axis, log_ticks, short_time
from reranklab.plots.palette import SHARE_SCALE, VERMILION

_STEPS = 40
_FURTHER = 2.0
"""How far the map goes beyond what was measured."""


def draw_surface(told: Forecast, cells: Sequence[Cell], *, ranker: str, at: At = "p95", budget: float | None = None) -> Drawing:
    """Colour is the predicted time, to the power of ten; documents and tokens are on logarithmic axes. The line joins the lists
    that take the budget, and dots are the lists that were measured."""
    sizes = _steps(1, _FURTHER * told.sizes[1])
    lengths = _steps(max(1.0, told.lengths[0] / _FURTHER), _FURTHER * told.lengths[1])
    above = 1.0 if at == "p50" or told.tail is None else told.tail.value
    times = np.array([[told.law.predict_median(size, told.cost(length)) * above for size in sizes] for length in lengths])
    powers = np.log10(np.maximum(times, 1e-6))
    figure = go.Figure(
        go.Heatmap(
            x=sizes,
            y=lengths,
            z=powers,
            zsmooth="best",
            colorscale=SHARE_SCALE,
            colorbar=_bar(float(powers.min()), float(powers.max())),
            customdata=times,
            hovertemplate="%{x:,.0f} documents of %{y:,.0f} tokens<br>%{customdata:,.1f} ms<extra></extra>",
        )
    )
    if budget is not None:
        figure.add_trace(_edge(sizes, lengths, powers, budget))
    figure.add_trace(
        go.Scatter(
            x=[cell.candidates for cell in cells],
            y=[cell.asked_tokens or float(np.mean(cell.lengths)) for cell in cells],
            mode="markers",
            name="measured lists",
            marker={"size": 6, "color": "#FFFFFF", "line": {"color": "#000000", "width": 1}},
            hoverinfo="skip",
        )
    )
    frame(
        figure,
        title=f"{label(ranker, 60)}: predicted {at} of a list",
        height=420,
        margin={"l": 8, "r": 8, "t": 76, "b": 48},
        legend={"orientation": "h", "x": 0, "xanchor": "left", "y": 1.01, "yanchor": "bottom"},
    )
    figure.update_xaxes(title="documents in the list", showgrid=False, **log_axis(sizes[0], sizes[-1]))
    figure.update_yaxes(title="tokens of a document", showgrid=False, **log_axis(lengths[0], lengths[-1]))
    return Drawing(figure=figure, words=_words(told, powers, at, budget))


def _edge(sizes: list[float], lengths: list[float], powers: np.ndarray, budget: float) -> go.Contour:
    level = math.log10(budget)
    return go.Contour(
        x=sizes,
        y=lengths,
        z=powers,
        contours={"start": level, "end": level, "size": 1, "coloring": "none"},
        line={"color": VERMILION, "width": 3},
        showscale=False,
        name=f"budget {milliseconds(budget)}",
        showlegend=True,
        hoverinfo="skip",
    )


def _steps(least: float, most: float) -> list[float]:
    """Evenly on a logarithmic axis."""
    return [float(each) for each in np.geomspace(least, max(most, least + 1), _STEPS)]


def _bar(least: float, most: float) -> dict[str, object]:
    ticks = log_ticks(10**least, 10**most)
    names = [short_time(tick) for tick in ticks]
    values = [math.log10(tick) for tick in ticks]
    return {"title": {"text": "time"}, "tickvals": values, "ticktext": names, "thickness": 12, "outlinewidth": 0}


def _words(told: Forecast, powers: np.ndarray, at: At, budget: float | None) -> str:
    (least, most), (shortest, longest) = told.sizes, told.lengths
    first, last = (milliseconds(told.time(*each, at).value) for each in ((least, shortest), (most, longest)))
    words = (
        f"The predicted {at} goes from {first} for {least:,} x {shortest:,.0f} tokens to {last} for {most:,} x {longest:,.0f} "
        "tokens, the least and the most that were measured."
    )
    if budget is not None:
        depths = " and ".join(
            f"{told.deepest(budget, tokens, at):,} documents of {tokens:,.0f} tokens" for tokens in (shortest, longest)
        )
        words += f" Within {milliseconds(budget)} it reads {depths}."
        if not powers.min() <= math.log10(budget) <= powers.max():
            words += " The line lies beyond the map."
    return words
