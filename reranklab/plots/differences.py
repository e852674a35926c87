"""Pairs of rankers: the difference of each, its interval, and what follows from it."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from reranklab.errors import InputError
from reranklab.evaluate.differences import Difference
from reranklab.plots.drawing import Drawing
from reranklab.plots.frame import frame
from reranklab.plots.labels import Titles, label, titles_for
from reranklab.plots.palette import BLUE, GREEN, GREY, GREY_BAND, VERMILION

_ROW = 40
_COLOURS = {"better": BLUE, "worse": VERMILION, "equivalent": GREEN, "undecided": GREY}
_SYMBOLS = {"better": "triangle-right", "worse": "triangle-left", "equivalent": "square", "undecided": "circle-open"}


def draw_differences(differences: Sequence[Difference], *, titles: Titles | None = None) -> Drawing:
    """A row for each pair of one measure: the first less the second in points, with its 95 % interval. The band is the margin
    within which two rankers are equivalent. Raises InputError for no pairs."""
    if not differences:
        raise InputError("There are no pairs to draw. Evaluate two rankers or more.")
    names = titles_for((name for pair in differences for name in (pair.first, pair.second)), titles)
    measure = label(differences[0].measure)
    rows = [f"{label(names[pair.first], 28)}<br>less {label(names[pair.second], 28)}" for pair in differences]
    figure = go.Figure()
    margin = 100 * differences[0].margin
    figure.add_vrect(x0=-margin, x1=margin, fillcolor=GREY_BAND, line_width=0, layer="below")
    figure.add_vline(x=0, line={"color": GREY, "width": 1})
    for verdict in _COLOURS:
        chosen = [position for position, pair in enumerate(differences) if pair.verdict == verdict]
        if chosen:
            figure.add_trace(_points([differences[position] for position in chosen], chosen, rows, verdict))
    frame(
        figure,
        title=f"Differences in {measure}, 95 % interval",
        height=130 + _ROW * len(differences),
        legend={"orientation": "h", "x": 1, "xanchor": "right", "y": 1, "yanchor": "top", "yref": "container"},
        margin={"l": 8, "r": 8, "t": 56, "b": 48},
    )
    figure.update_xaxes(title=f"difference in points of {measure} (band: the margin)")
    figure.update_yaxes(tickvals=list(range(len(rows))), ticktext=rows, range=[len(rows) - 0.5, -0.5])
    return Drawing(figure=figure, words=_words(differences, names))


def _points(pairs: Sequence[Difference], rows: Sequence[int], names: Sequence[str], verdict: str) -> go.Scatter:
    return go.Scatter(
        x=[100 * pair.difference for pair in pairs],
        y=list(rows),
        mode="markers",
        name=verdict,
        showlegend=True,
        marker={"size": 12, "color": _COLOURS[verdict], "symbol": _SYMBOLS[verdict]},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [100 * (pair.interval.high - pair.difference) for pair in pairs],
            "arrayminus": [100 * (pair.difference - pair.interval.low) for pair in pairs],
            "color": _COLOURS[verdict],
        },
        hovertext=[
            f"<b>{names[row]}</b><br>{100 * pair.difference:+.1f} points "
            f"[{100 * pair.interval.low:+.1f}, {100 * pair.interval.high:+.1f}]<br>{verdict}, p {pair.p_holm:.3g}"
            for row, pair in zip(rows, pairs, strict=True)
        ],
        hoverinfo="text",
    )


def _words(differences: Sequence[Difference], names: Titles) -> str:
    rows = "; ".join(
        f"{names[pair.first]} less {names[pair.second]} {100 * pair.difference:+.1f} points "
        f"({100 * pair.interval.low:+.1f} to {100 * pair.interval.high:+.1f}), {pair.verdict}"
        for pair in differences
    )
    return (
        f"Differences in {differences[0].measure} with 95 % BCa intervals: {rows}. Better and worse follow from a paired "
        f"randomisation test with Holm's correction over {len(differences)} {'pair' if len(differences) == 1 else 'pairs'}, "
        f"equivalent from two one-sided tests against a margin of {100 * differences[0].margin:g} points."
    )
