"""The rank flow: one column a ranker, one line a document, rank 1 on top."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from reranklab.evaluate.agreement import check_same_candidates
from reranklab.plots.frame import check_drawable, frame
from reranklab.plots.labels import column_labels, label, placement, shorten
from reranklab.plots.palette import DOCUMENT_COLOURS, FADED, GRADE_STYLES, GREY, GradeStyle, grade_style
from reranklab.types import Ranking

_BAND = 5
_MANY = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rows:
    """Ranks 1 to `depth` have a row each; those down to `total` share a band below them."""

    depth: int
    total: int

    @property
    def has_band(self) -> bool:
        return self.depth < self.total

    @property
    def bottom(self) -> float:
        return self.depth + 1 + _BAND if self.has_band else self.depth

    def place(self, rank: int) -> float:
        if rank <= self.depth:
            return rank
        return self.depth + 1 + _BAND * (rank - self.depth) / (self.total - self.depth)


def rank_flow_figure(
    rankings: Sequence[Ranking],
    *,
    grades: Mapping[str, int] | None = None,
    selected: str | None = None,
    top: int | None = None,
) -> go.Figure:
    """A bump chart of rankings of the same candidates, in the order given.

    `grades` (document id to grade) colours the lines. `selected` is drawn bold and the others faded. `top` keeps the
    documents within the top n of any ranker, and the selected one; their ranks beyond n share a narrow band. Every point
    carries its document id as customdata. Raises InputError for no rankings or different candidates.
    """
    check_drawable(rankings)
    check_same_candidates(rankings)
    total = len(rankings[0].items)
    rows = _Rows(depth=total if top is None else max(1, min(top, total)), total=total)
    ranks = [ranking.rank_of() for ranking in rankings]
    shown = [item.id for item in rankings[0].items if item.id == selected or any(rank[item.id] <= rows.depth for rank in ranks)]
    hover = _hover_texts(rankings)
    figure = go.Figure()
    if grades is not None:
        present = {grade_style(grades.get(document)) for document in shown}
        figure.add_traces([_legend_entry(style) for style in GRADE_STYLES if style in present])
    lines = {
        document: _line(
            document,
            heights=[rows.place(rank[document]) for rank in ranks],
            text=hover[document],
            style=None if grades is None else grade_style(grades.get(document)),
            colour=DOCUMENT_COLOURS[position % len(DOCUMENT_COLOURS)],
            width=2 if len(shown) <= _MANY else 1.2,
            emphasis=None if selected not in ranks[0] else document == selected,
        )
        for position, document in enumerate(shown)
    }
    # The line drawn last lies on top: the higher grades, then the selected document.
    drawn = sorted(shown, key=lambda document: (document == selected, -1 if grades is None else grades.get(document, -1)))
    figure.add_traces([lines[document] for document in drawn])
    # The right axis shows only where a trace uses it.
    figure.add_trace(go.Scatter(x=[None], y=[None], yaxis="y2", showlegend=False, hoverinfo="skip"))
    _lay_out(figure, rankings, rows, selected)
    return figure


def describe_rank_flow(rankings: Sequence[Ranking], *, selected: str | None = None) -> str:
    """The figure in words. Plain text, not escaped."""
    check_drawable(rankings)
    firsts = ", ".join(f"{shorten(ranking.items[0].id)} at {ranking.ranker}" for ranking in rankings)
    text = f"Ranks of {len(rankings[0].items)} documents at {len(rankings)} rankers. First are {firsts}."
    if selected is not None and selected in rankings[0].rank_of():
        ranks = ", ".join(f"{ranking.rank_of()[selected]} at {ranking.ranker}" for ranking in rankings)
        text += f" The selected document {shorten(selected)} is ranked {ranks}."
    return text


def _hover_texts(rankings: Sequence[Ranking]) -> dict[str, str]:
    texts = {item.id: f"<b>{label(item.id, 60)}</b>" for item in rankings[0].items}
    for ranking in rankings:
        name = label(ranking.ranker, 60)
        for item in ranking.items:
            texts[item.id] += f"<br>{name}: {placement(item, ranking.scale)}"
    return texts


def _legend_entry(style: GradeStyle) -> go.Scatter:
    return go.Scatter(
        x=[None],
        y=[None],
        mode="lines+markers",
        name=style.name,
        legendgroup=style.name,
        line={"color": style.colour, "dash": style.dash},
        marker={"symbol": style.symbol, "size": 9},
        hoverinfo="skip",
    )


def _line(
    document: str,
    *,
    heights: Sequence[float],
    text: str,
    style: GradeStyle | None,
    colour: str,
    width: float,
    emphasis: bool | None,
) -> go.Scatter:
    """`emphasis` is None where no document is selected."""
    return go.Scatter(
        x=list(range(len(heights))),
        y=list(heights),
        mode="lines+markers",
        name=label(document),
        legendgroup=style.name if style else None,
        showlegend=False,
        opacity=FADED if emphasis is False else 1,
        line={
            "color": style.colour if style else colour,
            "dash": style.dash if style else "solid",
            "width": 5 if emphasis else width,
        },
        marker={"symbol": style.symbol if style else "circle", "size": 13 if emphasis else 8},
        # Streamlit marks a clicked point by fading all others, which `selected` already does, and for the whole line.
        unselected={"marker": {"opacity": 1}},
        customdata=[document] * len(heights),
        hovertext=text,
        hoverinfo="text",
    )


def _lay_out(figure: go.Figure, rankings: Sequence[Ranking], rows: _Rows, selected: str | None) -> None:
    # The name of the band stands below it.
    bottom = rows.bottom + (1.6 if rows.has_band else 0.6)
    row_height = 26 if bottom <= 30 else 20 if bottom <= 61 else 15
    headings = column_labels([ranking.ranker for ranking in rankings])
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
        yaxis={**axis, **_ticks(rankings[0], rows, selected, left=True), "title": "document and rank"},
        yaxis2={
            **axis,
            **_ticks(rankings[-1], rows, selected, left=False),
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


def _ticks(ranking: Ranking, rows: _Rows, selected: str | None, *, left: bool) -> dict[str, list[float] | list[str]]:
    """A tick for every rank that has a row, and for the selected document wherever it is."""
    items = [item for item in ranking.items if item.rank <= rows.depth or item.id == selected]
    texts = [f"{label(item.id)}  {item.rank}" if left else f"{item.rank}  {label(item.id)}" for item in items]
    return {
        "tickvals": [rows.place(item.rank) for item in items],
        "ticktext": [f"<b>{text}</b>" if item.id == selected else text for item, text in zip(items, texts, strict=True)],
    }
