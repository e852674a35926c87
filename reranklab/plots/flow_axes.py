"""The axes of the rank flow: a column for each ranker, and the names of documents at both ends."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from reranklab.plots.frame import frame
from reranklab.plots.labels import Titles, column_labels, label
from reranklab.plots.palette import GREY
from reranklab.types import RankedDocument, Ranking

_BAND = 5
_APART = 0.9
"""Rows between two names in the band, so that they can be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Ranks 1 to `depth` have a row each; those down to `total` share a band below them."""

    depth: int
    total: int

    @property
    def has_band(self) -> bool:
        return self.depth < self.total

    @property
    def bottom(self) -> float:
        return self.depth + 1 + _BAND if self.has_band else self.depth

    def height(self, rank: int) -> float:
        if rank <= self.depth:
            return rank
        return self.depth + 1 + _BAND * (rank - self.depth) / (self.total - self.depth)


def lay_out_flow(
    figure: go.Figure,
    rankings: Sequence[Ranking],
    titles: Titles,
    rows: Rows,
    *,
    leading: Collection[str],
    selected: str | None,
) -> None:
    """Title, height and axes. The names of `leading` documents are of full colour, that of the selected one is bold."""
    # The name of the band stands below it.
    bottom = rows.bottom + (1.6 if rows.has_band else 0.6)
    row_height = 26 if bottom <= 30 else 20 if bottom <= 61 else 15
    headings = column_labels([titles[ranking.ranker] for ranking in rankings])
    heading_lines = max(heading.count("<br>") for heading in headings)
    frame(
        figure,
        title="Rank flow",
        height=max(300, round(130 + 16 * heading_lines + row_height * bottom)),
        legend={"orientation": "h", "x": 1, "xanchor": "right", "xref": "paper", "y": 1, "yanchor": "top", "yref": "container"},
    )
    figure.update_xaxes(
        title="ranker",
        side="top",
        tickvals=list(range(len(rankings))),
        ticktext=headings,
        tickangle=0,
        range=[-0.1, len(rankings) - 0.9],
        showgrid=False,
        zeroline=False,
        fixedrange=True,
    )
    axis = {
        "range": [bottom, 0.4],
        "tickfont": {"size": 12 if row_height > 15 else 10},
        "showgrid": False,
        "zeroline": False,
        "fixedrange": True,
        "automargin": True,
    }
    figure.update_layout(
        yaxis={**axis, **_ticks(rankings[0], rows, leading, selected, left=True), "title": "document and rank"},
        yaxis2={
            **axis,
            **_ticks(rankings[-1], rows, leading, selected, left=False),
            "title": "rank and document",
            "overlaying": "y",
            "side": "right",
        },
    )
    if rows.has_band:
        figure.add_hrect(y0=rows.depth + 0.6, y1=rows.bottom + 0.6, fillcolor=GREY, opacity=0.12, line_width=0, layer="below")
        figure.add_annotation(
            text=f"ranks {rows.depth + 1} to {rows.total}",
            xref="paper", x=0, xanchor="left", y=rows.bottom + 0.6, yanchor="top", showarrow=False,
        )  # fmt: skip


def _ticks(
    ranking: Ranking, rows: Rows, leading: Collection[str], selected: str | None, *, left: bool
) -> dict[str, list[float] | list[str]]:
    """A tick for every rank that has a row, and in the band for leading documents where there is room."""
    items = _named(ranking, rows, leading, selected)
    texts = [f"{label(item.id)}  {item.rank}" if left else f"{item.rank}  {label(item.id)}" for item in items]
    return {
        "tickvals": [rows.height(item.rank) for item in items],
        "ticktext": [
            f"<b>{text}</b>"
            if item.id == selected
            else f'<span style="fill-opacity: 0.7">{text}</span>'
            if leading and item.id not in leading
            else text
            for item, text in zip(items, texts, strict=True)
        ],
    }


def _named(ranking: Ranking, rows: Rows, leading: Collection[str], selected: str | None) -> list[RankedDocument]:
    named = [item for item in ranking.items if item.rank <= rows.depth or item.id == selected]
    for item in ranking.items[rows.depth :]:
        height = rows.height(item.rank)
        if item.id in leading and all(abs(height - rows.height(other.rank)) >= _APART for other in named):
            named.append(item)
    return sorted(named, key=lambda item: item.rank)
