"""Horizontal bars of signed shares, one for each part of a text: what attributions and contrasts are drawn with."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from reranklab.explain.attribution import Attribution
from reranklab.plots.labels import escape, label, shorten
from reranklab.plots.palette import GREY
from reranklab.plots.panels import Panels

_LABEL = 60
_ROW = 23
_ROOM = 1.25


def strongest(values: Sequence[float], count: int) -> list[int]:
    """The positions of the `count` largest absolute values, in order of position."""
    return sorted(sorted(range(len(values)), key=lambda position: -abs(values[position]))[:count])


def percent(share: float) -> str:
    """A signed share, with its unit."""
    return f"{100 * share:+.1f}%"


def panel_height(rows: float) -> int:
    """Pixels for so many bars."""
    return round(_ROW * max(rows, 1)) + 8


def share_range(shares: Sequence[float]) -> list[float]:
    """One range in percent for all panels, with room for the numbers; without negative shares it starts at 0."""
    largest = 100 * _ROOM * (max(map(abs, shares), default=0) or 1)
    return [-largest if min(shares, default=0) < 0 else 0, largest]


def share_bars(
    shares: Sequence[float], rows: Sequence[float], hover: Sequence[str], *, colour: str | Sequence[str], hatch: str = ""
) -> go.Bar:
    """A bar in percent at each row."""
    return go.Bar(
        x=[100 * share for share in shares],
        y=list(rows),
        width=0.72,
        orientation="h",
        marker={"color": colour, "pattern": {"shape": hatch, "fillmode": "overlay"}},
        text=[percent(share) for share in shares],
        textposition="outside",
        textangle=0,
        cliponaxis=False,
        hovertext=list(hover),
        hoverinfo="text",
    )


def part_name(attribution: Attribution, part: int, *, before: str = "") -> str:
    """A part of the text at its bar."""
    return label(before + attribution.units[part].label, _LABEL)


def part_text(attribution: Attribution, part: int) -> str:
    """A part of the text, its value in the ranker's scale and its share, for a hover text."""
    unit = attribution.units[part]
    text = "<br>".join(escape(line) for line in textwrap.wrap(shorten(unit.label, 400), 70))
    scale = "share of attention" if attribution.method == "attention" else label(attribution.scale.name)
    share = f"{percent(attribution.shares[part])} in this document"
    occurrences = f", {len(unit.spans)} occurrences" if len(unit.spans) > 1 else ""
    return f"{text}<br>{attribution.values[part]:+.4g} ({scale}), {share}{occurrences}"


def lay_out_bars(
    panels: Panels, panel: int, *, names: Sequence[str], rows: Sequence[float], ends: Sequence[float], axis: str
) -> None:
    """Names at the bars, the first on top, and the name of the share axis."""
    panels.figure.update_yaxes(
        tickvals=list(rows),
        ticktext=list(names),
        range=[max(rows, default=0) + 0.6, -0.6],
        showgrid=False,
        zeroline=False,
        fixedrange=True,
        **panels.cells[panel],
    )
    panels.figure.update_xaxes(
        range=list(ends), nticks=9, fixedrange=True, title={"text": axis, "standoff": 6}, **panels.cells[panel]
    )


def frame_bars(panels: Panels, title: str, **layout: Any) -> go.Figure:
    """The finished figure. Names of parts are long: its title stands above them, not above the bars, and names their axis."""
    figure = panels.frame(f"{title}, by part of the text", **layout)
    figure.update_layout(title={"xref": "container", "pad": {"t": 8, "l": 8}})
    figure.update_xaxes(zerolinecolor=GREY, zerolinewidth=1.5)
    return figure
