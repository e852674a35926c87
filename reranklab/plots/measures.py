"""Mean effectiveness of rankers on a collection, each with its interval."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from reranklab.errors import InputError
from reranklab.evaluate.experiment import RankerResult
from reranklab.plots.drawing import Drawing
from reranklab.plots.labels import Titles, label, titles_for, wrapped
from reranklab.plots.panels import panel_column
from reranklab.rankers.titles import ranker_colour

_ROW = 34


def draw_measures(results: Sequence[RankerResult], *, titles: Titles | None = None) -> Drawing:
    """One panel a measure, from 0 to the highest value or 1: a point at each ranker's mean, a whisker for its interval.

    Rankers without any query ranked are left out. Raises InputError where nothing is left.
    """
    shown = [result for result in results if result.intervals]
    if not shown:
        raise InputError("There are no results to draw. Evaluate at least one ranker that can rank.")
    names = titles_for((result.ranker for result in results), titles)
    measures = list(shown[0].intervals)
    panels = panel_column([label(measure) for measure in measures], heights=[_ROW * len(shown) + 20] * len(measures))
    ticks = [wrapped(names[result.ranker]) for result in shown]
    for measure, cell in zip(measures, panels.cells, strict=True):
        panels.figure.add_trace(_points(shown, measure, ticks), **cell)
        highest = max(1.0, *(result.intervals[measure].high for result in shown))
        panels.figure.update_xaxes(title=f"mean {label(measure)}", range=[0, highest * 1.02], **cell)
        panels.figure.update_yaxes(tickvals=list(range(len(shown))), ticktext=ticks, range=[len(shown) - 0.5, -0.5], **cell)
    figure = panels.frame("Mean effectiveness, 95 % interval", showlegend=False)
    return Drawing(figure=figure, words=_words(shown, names, measures))


def _points(results: Sequence[RankerResult], measure: str, names: Sequence[str]) -> go.Scatter:
    intervals = [result.intervals[measure] for result in results]
    return go.Scatter(
        x=[interval.mean for interval in intervals],
        y=list(range(len(results))),
        mode="markers",
        marker={"size": 10, "color": [ranker_colour(result.ranker) for result in results]},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [interval.high - interval.mean for interval in intervals],
            "arrayminus": [interval.mean - interval.low for interval in intervals],
            "color": "rgba(128,128,128,0.9)",
        },
        customdata=[result.ranker for result in results],
        hovertext=[f"<b>{name}</b><br>{interval.short}" for name, interval in zip(names, intervals, strict=True)],
        hoverinfo="text",
    )


def _words(results: Sequence[RankerResult], names: Titles, measures: Sequence[str]) -> str:
    parts = [
        f"{measure}: "
        + ", ".join(
            f"{names[result.ranker]} {result.intervals[measure].mean:.3f} "
            f"({result.intervals[measure].low:.3f} to {result.intervals[measure].high:.3f})"
            for result in results
        )
        for measure in measures
    ]
    return f"Means over queries with 95 % intervals. {'; '.join(parts)}."
