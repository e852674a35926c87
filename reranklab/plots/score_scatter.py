"""The scores of two rankers against each other, with the documents named on which they disagree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from reranklab.evaluate.agreement import check_same_candidates
from reranklab.plots.drawing import Drawing
from reranklab.plots.frame import frame
from reranklab.plots.labels import Titles, label, placement, shorten, titles_for
from reranklab.plots.palette import BLUE, GRADE_STYLES, grade_style
from reranklab.plots.panels import legend_above
from reranklab.types import RANK_ONLY, Ranking

_HEIGHT = 480
# What the points have of it, on a page of the usual width, to keep names apart.
_PLOT = (850.0, 370.0)
_CHARACTER, _LINE = 6.6, 15.0
_POSITIONS = {
    "top right": (6, -6), "bottom right": (6, 6), "top left": (-6, -6), "bottom left": (-6, 6),
    "top center": (0, -6), "bottom center": (0, 6), "middle right": (8, 0), "middle left": (-8, 0),
}  # fmt: skip

Box = tuple[float, float, float, float]


def draw_score_scatter(
    first: Ranking,
    second: Ranking,
    *,
    labelled: Sequence[str],
    grades: Mapping[str, int] | None = None,
    titles: Titles | None = None,
) -> Drawing:
    """A point a document: its score from `first` across, from `second` up, each on its own scale; better is right and up.

    A ranker without scores has its ranks on the axis. The documents of `labelled` are named, the most important first; the
    others have hover texts. `grades` (document id to grade) gives colour and symbol. A point carries its document id as
    customdata. Raises InputError for rankings of different documents.
    """
    check_same_candidates([first, second])
    names = titles_for((first.ranker, second.ranker), titles)
    return Drawing(
        figure=_figure(first, second, names, labelled=labelled, grades=grades),
        words=_words(first, second, names, labelled=labelled),
    )


def _figure(
    first: Ranking, second: Ranking, names: Titles, *, labelled: Sequence[str], grades: Mapping[str, int] | None
) -> go.Figure:
    points = _points(first, second)
    # Ranks rise to the left and down.
    signs = [-1 if ranking.scale == RANK_ONLY else 1 for ranking in (first, second)]
    coordinates = {document: (signs[0] * x, signs[1] * y) for document, (x, y) in points.items()}
    positions = _positions(coordinates, [document for document in dict.fromkeys(labelled) if document in points])
    hover = _hover_texts(first, second, names)
    styles = [None] if grades is None else list(GRADE_STYLES)
    figure = go.Figure()
    for style in styles:
        shown = [document for document in points if style is None or grade_style((grades or {}).get(document)) == style]
        if not shown:
            continue
        figure.add_trace(
            go.Scatter(
                x=[points[document][0] for document in shown],
                y=[points[document][1] for document in shown],
                mode="markers+text",
                name=style.name if style else "document",
                text=[label(document) if document in positions else "" for document in shown],
                textposition=[positions.get(document, "top center") for document in shown],
                marker={
                    "color": style.colour if style else BLUE,
                    "symbol": style.symbol if style else "circle",
                    "size": [12 if document in positions else 8 for document in shown],
                    # Plotly would make points of several sizes pale, with an outline.
                    "opacity": 1,
                    "line": {"width": 0},
                },
                unselected={"marker": {"opacity": 1}},
                customdata=shown,
                hovertext=[hover[document] for document in shown],
                hoverinfo="text",
                cliponaxis=False,
            )
        )
    frame(
        figure,
        title="Score against score",
        height=_HEIGHT,
        showlegend=grades is not None,
        legend={**legend_above(), "itemsizing": "constant"},
        hovermode="closest",
        margin={"l": 8, "r": 8, "t": 56, "b": 8},
    )
    figure.update_xaxes(**_axis(first, names, 60))
    figure.update_yaxes(**_axis(second, names, 38))
    return figure


def _words(first: Ranking, second: Ranking, names: Titles, *, labelled: Sequence[str]) -> str:
    text = (
        f"Scores of {len(first.items)} documents: {names[first.ranker]} on the x axis {_range(first)}, "
        f"{names[second.ranker]} on the y axis {_range(second)}."
    )
    ranks = first.rank_of(), second.rank_of()
    named = [
        f"{shorten(document)} (rank {ranks[0][document]} and {ranks[1][document]})"
        for document in dict.fromkeys(labelled)
        if document in ranks[0]
    ]
    return f"{text} Named, with the rank at each: {', '.join(named)}." if named else text


def _points(first: Ranking, second: Ranking) -> dict[str, tuple[float, float]]:
    across, up = (
        {item.id: item.rank if ranking.scale == RANK_ONLY else item.score for item in ranking.items}
        for ranking in (first, second)
    )
    return {document: (across[document], up[document]) for document in across}


def _hover_texts(first: Ranking, second: Ranking, names: Titles) -> dict[str, str]:
    texts = {item.id: f"<b>{label(item.id, 60)}</b>" for item in first.items}
    for ranking in (first, second):
        for item in ranking.items:
            texts[item.id] += f"<br>{label(names[ranking.ranker], 60)}: {placement(item, ranking.scale)}"
    return texts


def _axis(ranking: Ranking, names: Titles, limit: int) -> dict[str, Any]:
    what = "rank (no scores)" if ranking.scale == RANK_ONLY else f"score ({label(ranking.scale.name)})"
    return {
        "title": {"text": f"{label(names[ranking.ranker], limit)}: {what}", "standoff": 8},
        "autorange": "reversed" if ranking.scale == RANK_ONLY else True,
        "zeroline": False,
    }


def _range(ranking: Ranking) -> str:
    if ranking.scale == RANK_ONLY:
        return "by rank, since it has no scores"
    return f"from {ranking.items[-1].score:.4g} to {ranking.items[0].score:.4g} ({ranking.scale.name})"


def _positions(points: Mapping[str, tuple[float, float]], labelled: Sequence[str]) -> dict[str, str]:
    """For each name, the side of its point where it covers the least of what is there already."""
    pixels = _in_pixels(points)
    taken: list[Box] = [(x - 5, y - 5, x + 5, y + 5) for x, y in pixels.values()]
    chosen = {}
    for document in labelled:
        boxes = {name: _box(pixels[document], label(document), name) for name in _POSITIONS}
        chosen[document] = min(boxes, key=lambda name: _outside(boxes[name]) + sum(_common(boxes[name], box) for box in taken))
        taken.append(boxes[chosen[document]])
    return chosen


def _in_pixels(points: Mapping[str, tuple[float, float]]) -> dict[str, tuple[float, float]]:
    """Where the points are about to be, y downwards."""
    lows = [min(point[axis] for point in points.values()) for axis in (0, 1)]
    spans = [max(point[axis] for point in points.values()) - lows[axis] or 1.0 for axis in (0, 1)]
    return {
        document: (_PLOT[0] * (x - lows[0]) / spans[0], _PLOT[1] * (1 - (y - lows[1]) / spans[1]))
        for document, (x, y) in points.items()
    }


def _box(point: tuple[float, float], text: str, position: str) -> Box:
    vertical, horizontal = position.split()
    width = _CHARACTER * len(text)
    x, y = point[0] + _POSITIONS[position][0], point[1] + _POSITIONS[position][1]
    left = x - width if horizontal == "left" else x if horizontal == "right" else x - width / 2
    top = y - _LINE if vertical == "top" else y if vertical == "bottom" else y - _LINE / 2
    return left, top, left + width, top + _LINE


def _common(one: Box, other: Box) -> float:
    """The area of two boxes that is the same."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return width * height if width > 0 and height > 0 else 0.0


def _outside(box: Box) -> float:
    """The area of a box outside the plot, with a little room around it."""
    plot = (-20.0, -15.0, _PLOT[0] + 20, _PLOT[1] + 15)
    return (box[2] - box[0]) * (box[3] - box[1]) - _common(box, plot)
