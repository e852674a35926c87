"""Differences with their intervals, marked by what they show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import plotly.graph_objects as go

from reranklab.evaluate.differences import Difference, Verdict
from reranklab.plots.labels import label
from reranklab.plots.palette import BLUE, GREEN, GREY, VERMILION


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictStyle:
    """How the points of a verdict look."""

    colour: str
    symbol: str


VERDICTS: Mapping[Verdict, VerdictStyle] = MappingProxyType(
    {
        "better": VerdictStyle(colour=BLUE, symbol="triangle-right"),
        "worse": VerdictStyle(colour=VERMILION, symbol="triangle-left"),
        "equivalent": VerdictStyle(colour=GREEN, symbol="diamond"),
        "undecided": VerdictStyle(colour=GREY, symbol="circle-open"),
    }
)


def verdict_points(points: Sequence[tuple[int, str, Difference]], verdict: Verdict, *, shown: bool) -> go.Scatter:
    """A point for each row, name and difference of one verdict; `shown` in the legend. customdata: name and ranker."""
    pairs = [pair for _, _, pair in points]
    style = VERDICTS[verdict]
    return go.Scatter(
        x=[pair.difference for pair in pairs],
        y=[row for row, _, _ in points],
        mode="markers",
        name=verdict,
        legendgroup=verdict,
        showlegend=shown,
        marker={"color": style.colour, "symbol": style.symbol, "size": 11},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [pair.interval.high - pair.difference for pair in pairs],
            "arrayminus": [pair.difference - pair.interval.low for pair in pairs],
            "color": style.colour,
            "thickness": 1.5,
            "width": 3,
        },
        customdata=[[name, pair.first] for _, name, pair in points],
        hovertext=[
            f"<b>{label(name, 60)}</b><br>{pair.short}<br>p {pair.p_holm:.3f}, {pair.queries} queries: {pair.verdict}"
            for _, name, pair in points
        ],
        hoverinfo="text",
    )
