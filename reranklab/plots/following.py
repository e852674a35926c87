"""How far rankers follow instructions: p-MRR, and the measure with the right instruction, the wrong one and none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from reranklab.errors import InputError
from reranklab.evaluate.confidence import Interval
from reranklab.evaluate.following import NONE, RIGHT, TOLD, WRONG, RankerFollowing, Told
from reranklab.plots.drawing import Drawing
from reranklab.plots.labels import Titles, label, titles_for, wrapped
from reranklab.plots.palette import BLUE, GREY, VERMILION
from reranklab.plots.panels import panel_column
from reranklab.rankers.styles import RankerStyle, ranker_styles

_ROW = 44
_APART = 0.2
"""Rows between two marks of a ranker."""
_MARKS: Mapping[Told, tuple[str, str]] = {
    RIGHT: ("triangle-right", BLUE),
    NONE: ("circle-open", GREY),
    WRONG: ("triangle-left", VERMILION),
}


def draw_following(results: Sequence[RankerFollowing], *, measure: str, titles: Titles | None = None) -> Drawing:
    """Two panels with a row for each ranker: p-MRR from -1 to 1, and the measure's mean by what the ranker was told. Whiskers
    are 95 % intervals. Rankers without any topic ranked are left out; raises InputError where nothing is left."""
    shown = [each for each in results if each.topics]
    if not shown:
        raise InputError("There is nothing to draw. Tell at least one ranker that can rank.")
    names = titles_for([each.ranker for each in results], titles)
    ticks = [wrapped(names[each.ranker]) for each in shown]
    panels = panel_column(["p-MRR", label(measure)], heights=[_ROW * len(shown) + 20] * 2)
    first, second = panels.cells
    styles = ranker_styles([each.ranker for each in results])
    panels.figure.add_trace(_changes(shown, ticks, [styles[each.ranker] for each in shown]), **first)
    panels.figure.add_vline(x=0, line={"color": GREY, "width": 1}, **first)
    panels.figure.update_xaxes(title="mean p-MRR: 0 is not moved, 1 is followed to the end", range=[-1.02, 1.02], **first)
    for place, told in enumerate(_MARKS):
        panels.figure.add_trace(_means(shown, told, ticks, shift=(place - 1) * _APART), **second)
    panels.figure.update_xaxes(title=f"mean {label(measure)}", range=[0, 1.02], **second)
    for cell in panels.cells:
        panels.figure.update_yaxes(tickvals=list(range(len(shown))), ticktext=ticks, range=[len(shown) - 0.5, -0.5], **cell)
    figure = panels.frame(
        "Following of instructions, 95 % interval",
        legend={"orientation": "h", "x": 1, "xanchor": "right", "y": 1, "yanchor": "top", "yref": "container"},
    )
    return Drawing(figure=figure, words=_words(shown, names, measure))


def _changes(results: Sequence[RankerFollowing], names: Sequence[str], styles: Sequence[RankerStyle]) -> go.Scatter:
    intervals = [interval for each in results if (interval := each.p_mrr) is not None]
    marker = {"size": 10, "color": [style.colour for style in styles], "symbol": [style.mark for style in styles]}
    return _points(intervals, rows=list(range(len(results))), names=names, marker=marker)


def _means(results: Sequence[RankerFollowing], told: Told, names: Sequence[str], *, shift: float) -> go.Scatter:
    symbol, colour = _MARKS[told]
    trace = _points(
        [each.means[told] for each in results],
        rows=[row + shift for row in range(len(results))],
        names=[f"{name}, {TOLD[told]}" for name in names],
        marker={"size": 10, "color": colour, "symbol": symbol},
    )
    return trace.update(name=TOLD[told], showlegend=True)


def _points(
    intervals: Sequence[Interval], *, rows: Sequence[float], names: Sequence[str], marker: Mapping[str, object]
) -> go.Scatter:
    return go.Scatter(
        x=[interval.mean for interval in intervals],
        y=list(rows),
        mode="markers",
        marker=dict(marker),
        showlegend=False,
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [interval.high - interval.mean for interval in intervals],
            "arrayminus": [interval.mean - interval.low for interval in intervals],
            "color": "rgba(128,128,128,0.9)",
        },
        hovertext=[f"<b>{name}</b><br>{interval.short}" for name, interval in zip(names, intervals, strict=True)],
        hoverinfo="text",
    )


def _words(results: Sequence[RankerFollowing], names: Titles, measure: str) -> str:
    parts = []
    for each in results:
        p_mrr = each.p_mrr
        change = "" if p_mrr is None else f"p-MRR {p_mrr.mean:+.3f} ({p_mrr.low:+.3f} to {p_mrr.high:+.3f})"
        means = ", ".join(f"{each.means[told].mean:.3f} with {TOLD[told]}" for told in TOLD)
        parts.append(f"{names[each.ranker]} {change}, {measure} {means}")
    return f"How far rankers follow, with 95 % intervals over {len(results[0].topics)} topics. {'; '.join(parts)}."
