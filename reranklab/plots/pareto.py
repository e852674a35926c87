"""Quality against time: which rankers no other one beats in both."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import plotly.graph_objects as go

from reranklab.errors import InputError
from reranklab.evaluate.pareto import Offer, pareto_front
from reranklab.plots.drawing import Drawing
from reranklab.plots.frame import frame
from reranklab.plots.labels import Titles, label, milliseconds, titles_for
from reranklab.plots.palette import GREY
from reranklab.rankers.titles import ranker_colour


def draw_pareto(
    offers: Mapping[str, Offer],
    *,
    measure: str,
    titles: Titles | None = None,
    time: str = "median time",
    budget: float | None = None,
    named: Collection[str] | None = None,
) -> Drawing:
    """A point for each ranker with its 95 % interval, time on a logarithmic axis, and a line through those of the front.

    `time` says what the offers' times are. `budget` in ms is drawn in. Only the `named` have their names beside them, all where
    it is None. Raises InputError for no rankers.
    """
    if not offers:
        raise InputError("There are no times to draw: no ranker of this run was measured.")
    names = titles_for(offers, titles)
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
        figure.add_trace(_point(name, offer, label(names[name], 40), shown=named is None or name in named))
    if budget is not None:
        figure.add_vline(x=budget, line={"color": GREY, "width": 1}, annotation={"text": f"budget {milliseconds(budget)}"})
    frame(
        figure,
        title=f"{label(measure)} against time",
        height=360,
        margin={"l": 8, "r": 8, "t": 56, "b": 48},
        legend={"orientation": "h", "x": 1, "xanchor": "right", "y": 1, "yanchor": "top", "yref": "container"},
    )
    figure.update_xaxes(title=f"{time} of a query in ms, logarithmic", type="log", dtick=1)
    figure.update_yaxes(title=f"mean {label(measure)}")
    told = "; ".join(f"{names[name]} {offers[name].quality.mean:.3f} in {milliseconds(offers[name].ms)}" for name in front)
    words = f"Means of {measure} against the {time} of a query. No other ranker is better and faster than: {told}."
    return Drawing(figure=figure, words=words)


def _point(ranker: str, offer: Offer, name: str, *, shown: bool) -> go.Scatter:
    return go.Scatter(
        x=[offer.ms],
        y=[offer.quality.mean],
        mode="markers+text" if shown else "markers",
        text=[name],
        textposition="top center",
        showlegend=False,
        marker={"size": 12, "color": ranker_colour(ranker)},
        error_y={
            "type": "data",
            "symmetric": False,
            "array": [offer.quality.high - offer.quality.mean],
            "arrayminus": [offer.quality.mean - offer.quality.low],
            "color": ranker_colour(ranker),
        },
        hovertext=[f"<b>{name}</b><br>{offer.quality.short}<br>{milliseconds(offer.ms)} a query"],
        hoverinfo="text",
    )
