"""Quality against time: which rankers no other one beats in both."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go

from reranklab.errors import InputError
from reranklab.evaluate.pareto import Offer, pareto_front
from reranklab.plots.drawing import Drawing
from reranklab.plots.frame import frame
from reranklab.plots.labels import Titles, label, milliseconds, titles_for
from reranklab.plots.palette import GREY
from reranklab.rankers.styles import RankerStyle, ranker_styles


def draw_pareto(
    offers: Mapping[str, Offer],
    *,
    measure: str,
    titles: Titles | None = None,
    time: str = "median time",
    budget: float | None = None,
    marks: Mapping[str, str] | None = None,
) -> Drawing:
    """A point for each ranker with its 95 % interval, time on a logarithmic axis, and a line through those of the front.

    `time` says what the offers' times are. `budget` in ms is drawn in. `marks` stand beside the points in place of the names.
    Raises InputError for no rankers.
    """
    if not offers:
        raise InputError("There are no times to draw: no ranker of this run was measured.")
    names = titles_for(offers, titles)
    styles = ranker_styles([*(titles or ()), *offers])
    front = pareto_front(offers)
    figure = go.Figure(
        go.Scatter(
            x=[offers[name].ms for name in front],
            y=[offers[name].quality.mean for name in front],
            mode="lines",
            line={"color": GREY, "dash": "dot", "shape": "hv"},
            name="no ranker is better and faster",
            hoverinfo="skip",
        )
    )
    for name, offer in offers.items():
        full = label(names[name], 40 if marks is None else 120)
        figure.add_trace(_point(styles[name], offer, full, mark=full if marks is None else marks[name]))
    if budget is not None:
        _draw_budget(figure, budget)
    frame(
        figure,
        title=f"{label(measure)} against time",
        height=360,
        margin={"l": 8, "r": 8, "t": 56, "b": 48},
        legend={"orientation": "h", "x": 1, "xanchor": "right", "y": 1, "yanchor": "top", "yref": "container"},
    )
    figure.update_xaxes(title=f"{time} of a query in ms, logarithmic", type="log", **_ticks(offers))
    figure.update_yaxes(title=f"mean {label(measure)}")
    told = "; ".join(f"{names[name]} {offers[name].quality.mean:.3f} in {milliseconds(offers[name].ms)}" for name in front)
    words = f"Means of {measure} against the {time} of a query. No other ranker is better and faster than: {told}."
    return Drawing(figure=figure, words=words)


def _ticks(offers: Mapping[str, Offer]) -> dict[str, Any]:
    """A tick a decade, or where the times span less than two, at 1, 2 and 5 of each."""
    times = [max(offer.ms, 1e-6) for offer in offers.values()]
    low, high = math.floor(math.log10(min(times))), math.ceil(math.log10(max(times)))
    if max(times) >= 100 * min(times):
        return {"dtick": 1}
    values = [digit * 10.0**power for power in range(low - 1, high + 1) for digit in (1, 2, 5)]
    return {"tickvals": values, "ticktext": [f"{value:g}" for value in values]}


def _draw_budget(figure: go.Figure, budget: float) -> None:
    """A line from bottom to top. On a logarithmic axis shapes take the value, annotations its logarithm."""
    figure.add_shape(
        type="line", x0=budget, x1=budget, y0=0, y1=1, yref="paper", line={"color": GREY, "width": 1, "dash": "dash"}
    )
    figure.add_annotation(
        x=math.log10(budget), y=1, yref="paper", yanchor="bottom", showarrow=False, text=f"budget {milliseconds(budget)}"
    )


def _point(style: RankerStyle, offer: Offer, name: str, *, mark: str) -> go.Scatter:
    return go.Scatter(
        x=[offer.ms],
        y=[offer.quality.mean],
        mode="markers+text",
        text=[mark],
        textposition="top center" if mark == name else "middle right",
        showlegend=False,
        marker={"size": 12, "color": style.colour, "symbol": style.mark},
        error_y={
            "type": "data",
            "symmetric": False,
            "array": [offer.quality.high - offer.quality.mean],
            "arrayminus": [offer.quality.mean - offer.quality.low],
            "color": style.colour,
        },
        hovertext=[f"<b>{name}</b><br>{offer.quality.short}<br>{milliseconds(offer.ms)} a query"],
        hoverinfo="text",
    )
