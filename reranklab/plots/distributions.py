"""How the scores of a list are distributed, each ranker on its own scale."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from reranklab.errors import InputError
from reranklab.explain.near_ties import has_sigmoid, sigmoid, sigmoid_in_words
from reranklab.plots.drawing import Drawing
from reranklab.plots.frame import check_drawable
from reranklab.plots.labels import Titles, label, placement, titles_for, wrapped
from reranklab.plots.palette import VERMILION
from reranklab.plots.panels import panel_grid
from reranklab.rankers.styles import RankerStyle, ranker_styles
from reranklab.types import RANK_ONLY, Ranking

_COLUMNS = 3
_PANEL = 200
_BINS = 30
_DOTS = 60


def draw_distribution(
    rankings: Sequence[Ranking], *, probability: bool = False, selected: str | None = None, titles: Titles | None = None
) -> Drawing:
    """One panel a ranker: score across, documents up. Up to 60 documents are a dot each, more are a histogram.

    With `probability`, the sigmoid of the score, for the scales on which it is one. Rankers without scores, or without
    probabilities, are left out, and named in the words. `selected` is marked. A dot carries its document id as
    customdata. Raises InputError where no ranker is left.
    """
    drawn, left_out = _sorted_out(rankings, probability=probability)
    names = titles_for((ranking.ranker for ranking in rankings), titles)
    styles = ranker_styles([*(titles or ()), *(ranking.ranker for ranking in rankings)])
    return Drawing(
        figure=_figure(drawn, names, styles, probability=probability, selected=selected),
        words=_words(drawn, left_out, names, probability=probability),
    )


def _figure(
    drawn: Sequence[Ranking], names: Titles, styles: Mapping[str, RankerStyle], *, probability: bool, selected: str | None
) -> go.Figure:
    panels = panel_grid([wrapped(names[ranking.ranker]) for ranking in drawn], columns=_COLUMNS, height=_PANEL)
    for ranking, cell in zip(drawn, panels.cells, strict=True):
        values = _values(ranking, probability=probability)
        bins = _bins(values, probability=probability)
        many = len(values) > _DOTS
        style = styles[ranking.ranker]
        dots = _bars(ranking, names, bins, style) if many else _dots(ranking, names, values, bins, style)
        panels.figure.add_trace(dots, **cell)
        heights = bins.counts if many else bins.heights
        for item, value, height in zip(ranking.items, values, heights, strict=True):
            if item.id == selected:
                panels.figure.add_trace(_mark(item.id, value, height), **cell)
        highest = max(*bins.counts, 4)
        panels.figure.update_xaxes(
            title={"text": _axis(ranking, probability=probability), "standoff": 6},
            range=[-0.03, 1.03] if probability else None,
            fixedrange=True,
            **cell,
        )
        panels.figure.update_yaxes(
            title="documents", range=[0, 1.08 * highest + 0.6], dtick=1 if highest <= 6 else None, fixedrange=True, **cell
        )
    title = "Distribution of probabilities" if probability else "Distribution of scores"
    return panels.frame(title, showlegend=False, bargap=0.05, hovermode="closest")


def _words(drawn: Sequence[Ranking], left_out: Sequence[Ranking], names: Titles, *, probability: bool) -> str:
    ranges = []
    for ranking in drawn:
        values = _values(ranking, probability=probability)
        scale = "" if probability else f" ({ranking.scale.name})"
        spread = f"{min(values):.3g} to {max(values):.3g}, median {statistics.median(values):.3g}{scale}"
        ranges.append(f"{names[ranking.ranker]} {spread}")
    what = "Probabilities, the sigmoid of the score" if probability else "Scores, each ranker on its own scale"
    text = f"{what}: {'; '.join(ranges)}."
    if left_out:
        reason = "no probabilities" if probability else "no scores"
        text += f" Left out, since they have {reason}: {', '.join(names[ranking.ranker] for ranking in left_out)}."
    return text


class _Bins:
    """Equal intervals from `low` to `high`, and for each value: the index of its interval, how many values are in there,
    and how many of them come no later than itself."""

    def __init__(self, values: Sequence[float], *, low: float, high: float) -> None:
        self.low = low
        self.width = (high - low) / _BINS or 1.0
        self.indexes = [min(int((value - low) / self.width), _BINS - 1) for value in values]
        self.filled = Counter(self.indexes)
        self.counts = [self.filled[index] for index in self.indexes]
        before: Counter[int] = Counter()
        self.heights: list[int] = []
        for index in self.indexes:
            before[index] += 1
            self.heights.append(before[index])


def _bins(values: Sequence[float], *, probability: bool) -> _Bins:
    return _Bins(values, low=0, high=1) if probability else _Bins(values, low=min(values), high=max(values))


def _sorted_out(rankings: Sequence[Ranking], *, probability: bool) -> tuple[list[Ranking], list[Ranking]]:
    """The rankings that can be drawn, and the others."""
    check_drawable(rankings)
    if probability:
        drawn = [ranking for ranking in rankings if has_sigmoid(ranking.scale)]
        refusal = "None of these rankers gives a probability. Show the raw scores, or add a cross-encoder."
    else:
        drawn = [ranking for ranking in rankings if ranking.scale != RANK_ONLY]
        refusal = "None of these rankers gives scores. Add one that does."
    if not drawn:
        raise InputError(refusal)
    return drawn, [ranking for ranking in rankings if ranking not in drawn]


def _values(ranking: Ranking, *, probability: bool) -> list[float]:
    return [sigmoid(item.score, scale=ranking.scale) if probability else item.score for item in ranking.items]


def _axis(ranking: Ranking, *, probability: bool) -> str:
    if probability:
        return f"probability (sigmoid of {label(sigmoid_in_words(ranking.scale))})"
    return f"score ({label(ranking.scale.name)})"


def _dots(ranking: Ranking, names: Titles, values: Sequence[float], bins: _Bins, style: RankerStyle) -> go.Scatter:
    """A dot a document at its value; those of one interval stand on each other."""
    return go.Scatter(
        x=list(values),
        y=bins.heights,
        mode="markers",
        name=label(names[ranking.ranker]),
        marker={"color": style.colour, "symbol": style.mark, "size": 9},
        unselected={"marker": {"opacity": 1}},
        customdata=[item.id for item in ranking.items],
        hovertext=[
            f"<b>{label(item.id, 60)}</b><br>{placement(item, ranking.scale)}"
            + ("" if value == item.score else f"<br>probability {value:.3g}")
            for item, value in zip(ranking.items, values, strict=True)
        ],
        hoverinfo="text",
    )


def _bars(ranking: Ranking, names: Titles, bins: _Bins, style: RankerStyle) -> go.Bar:
    starts = [bins.low + index * bins.width for index in range(_BINS)]
    return go.Bar(
        x=[start + bins.width / 2 for start in starts],
        y=[bins.filled[index] for index in range(_BINS)],
        width=bins.width,
        name=label(names[ranking.ranker]),
        marker={"color": style.colour},
        hovertext=[
            f"{start:.4g} to {start + bins.width:.4g}<br>documents: {bins.filled[index]}" for index, start in enumerate(starts)
        ],
        hoverinfo="text",
    )


def _mark(document: str, value: float, height: int) -> go.Scatter:
    """The selected document: on its dot, or on top of its bar."""
    return go.Scatter(
        x=[value],
        y=[height],
        mode="markers",
        name=label(document),
        marker={"color": VERMILION, "size": 14, "symbol": "diamond"},
        customdata=[document],
        hovertext=[f"<b>{label(document, 60)}</b><br>{value:.4g}"],
        hoverinfo="text",
    )
