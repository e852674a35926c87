"""Scores by rank, each ranker on its own axis: scores of different rankers have different scales."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from reranklab.plots.drawing import Drawing
from reranklab.plots.frame import check_drawable, frame
from reranklab.plots.labels import Titles, label, placement, shorten, titles_for, wrapped
from reranklab.plots.palette import VERMILION
from reranklab.rankers.styles import RankerStyle, ranker_styles
from reranklab.types import RANK_ONLY, RankedDocument, Ranking

_COLUMNS = 4
# Pixels: a panel, and between two rows of panels the rank axis and the next heading.
_PANEL = 220
_GAP = 130


def draw_scores(rankings: Sequence[Ranking], *, selected: str | None = None, titles: Titles | None = None) -> Drawing:
    """One panel a ranker: rank across, score up, on an axis that names the scale.

    `selected` is marked in every panel. Every point carries its document id as customdata. Raises InputError for none.
    """
    check_drawable(rankings)
    names = titles_for((ranking.ranker for ranking in rankings), titles)
    styles = ranker_styles([*(titles or ()), *(ranking.ranker for ranking in rankings)])
    return Drawing(figure=_figure(rankings, names, styles, selected), words=_words(rankings, names, selected))


def _figure(rankings: Sequence[Ranking], names: Titles, styles: Mapping[str, RankerStyle], selected: str | None) -> go.Figure:
    columns = min(len(rankings), _COLUMNS)
    rows = -(-len(rankings) // columns)
    figure = make_subplots(
        rows=rows,
        cols=columns,
        subplot_titles=[wrapped(names[ranking.ranker]) for ranking in rankings],
        horizontal_spacing=0.08 if columns > 1 else 0,
        vertical_spacing=_GAP / (_PANEL * rows + _GAP * (rows - 1)),
    )
    for position, ranking in enumerate(rankings):
        cell = {"row": position // columns + 1, "col": position % columns + 1}
        figure.add_trace(_curve(ranking, names, styles[ranking.ranker]), **cell)
        for item in ranking.items:
            if item.id == selected:
                figure.add_trace(_mark(item, len(ranking.items)), **cell)
        last = len(ranking.items)
        figure.update_xaxes(title="rank", range=[0.5 - last / 20, last * 1.05 + 0.5], dtick=1 if last <= 5 else None, **cell)
        figure.update_yaxes(title=_axis_name(ranking), **cell)
    figure.update_annotations(font_size=13)
    return frame(
        figure,
        title="Scores by rank",
        height=_PANEL * rows + _GAP * (rows - 1) + 180,
        showlegend=False,
        margin={"l": 8, "r": 8, "t": 100, "b": 8},
    )


def _words(rankings: Sequence[Ranking], names: Titles, selected: str | None) -> str:
    ranges = "; ".join(f"{names[ranking.ranker]} {_range(ranking)}" for ranking in rankings)
    text = f"Scores from first to last rank, each on its own scale: {ranges}."
    if selected is not None and selected in rankings[0].rank_of():
        placements = ", ".join(
            f"{placement(item, ranking.scale)} at {names[ranking.ranker]}"
            for ranking in rankings
            for item in ranking.items
            if item.id == selected
        )
        text += f" The selected document {shorten(selected)} has {placements}."
    return text


def _range(ranking: Ranking) -> str:
    if ranking.scale == RANK_ONLY:
        return "has no scores"
    return f"from {ranking.items[0].score:.4g} to {ranking.items[-1].score:.4g} ({ranking.scale.name})"


def _axis_name(ranking: Ranking) -> str:
    return "1 / rank (no scores)" if ranking.scale == RANK_ONLY else f"score ({ranking.scale.name})"


def _curve(ranking: Ranking, names: Titles, style: RankerStyle) -> go.Scatter:
    return go.Scatter(
        x=[item.rank for item in ranking.items],
        y=[item.score for item in ranking.items],
        mode="lines+markers",
        name=label(names[ranking.ranker]),
        line={"color": style.colour, "width": 1.5},
        marker={"color": style.colour, "symbol": style.mark, "size": 7 if len(ranking.items) <= 50 else 4},
        unselected={"marker": {"opacity": 1}},
        customdata=[item.id for item in ranking.items],
        hovertext=[f"<b>{label(item.id, 60)}</b><br>{placement(item, ranking.scale)}" for item in ranking.items],
        hoverinfo="text",
    )


def _mark(item: RankedDocument, documents: int) -> go.Scatter:
    """The selected document. The curve falls, so above it to the right and below it to the left there is room."""
    return go.Scatter(
        x=[item.rank],
        y=[item.score],
        mode="markers+text",
        name=label(item.id),
        text=[f"<b>{label(item.id, 16)}</b>"],
        textposition="top right" if 2 * item.rank <= documents else "bottom left",
        marker={"color": VERMILION, "size": 14, "symbol": "diamond"},
        customdata=[item.id],
        hoverinfo="skip",
        cliponaxis=False,
    )
