"""Quality against time: which rankers no other one beats in both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import plotly.graph_objects as go

from reranklab.errors import InputError
from reranklab.evaluate.confidence import Interval
from reranklab.plots.drawing import Drawing
from reranklab.plots.frame import frame
from reranklab.plots.labels import Titles, label, milliseconds, titles_for
from reranklab.plots.palette import GREY
from reranklab.rankers.titles import ranker_colour


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a ranker gives and costs: its mean, and the median time of a query in ms."""

    quality: Interval
    ms: float


def pareto_front(offers: Mapping[str, Offer]) -> tuple[str, ...]:
    """The rankers that no other one equals in both mean and time and beats in one, fastest first."""
    front: list[str] = []
    best = float("-inf")
    for name, offer in sorted(offers.items(), key=lambda each: (each[1].ms, -each[1].quality.mean)):
        if offer.quality.mean > best:
            front.append(name)
            best = offer.quality.mean
    return tuple(front)


def draw_pareto(offers: Mapping[str, Offer], *, measure: str, titles: Titles | None = None) -> Drawing:
    """A point for each ranker with its 95 % interval, time on a logarithmic axis, and a line through those of the front.

    Raises InputError for no rankers.
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
        figure.add_trace(_point(name, offer, label(names[name], 40)))
    frame(
        figure,
        title=f"{label(measure)} against time",
        height=360,
        margin={"l": 8, "r": 8, "t": 56, "b": 48},
        legend={"orientation": "h", "x": 1, "xanchor": "right", "y": 1, "yanchor": "top", "yref": "container"},
    )
    figure.update_xaxes(title="median time of a query in ms, logarithmic", type="log", dtick=1)
    figure.update_yaxes(title=f"mean {label(measure)}")
    told = "; ".join(f"{names[name]} {offers[name].quality.mean:.3f} in {milliseconds(offers[name].ms)}" for name in front)
    words = f"Means of {measure} against the median time of a query. No other ranker is better and faster than: {told}."
    return Drawing(figure=figure, words=words)


def _point(ranker: str, offer: Offer, name: str) -> go.Scatter:
    return go.Scatter(
        x=[offer.ms],
        y=[offer.quality.mean],
        mode="markers+text",
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
