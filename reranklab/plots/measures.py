"""Mean effectiveness of rankers on a collection, each with its interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from reranklab.errors import InputError
from reranklab.evaluate.confidence import Interval
from reranklab.plots.drawing import Drawing
from reranklab.plots.labels import Titles, label, titles_for, wrapped
from reranklab.plots.panels import panel_column
from reranklab.rankers.styles import RankerStyle, ranker_styles

_ROW = 34


Means = Mapping[str, Mapping[str, Interval]]
"""Ranker to measure to the interval of its mean."""


def draw_measures(means: Means, *, titles: Titles | None = None) -> Drawing:
    """One panel a measure, from 0 to the highest value or 1: a point at each ranker's mean, a whisker for its interval.

    Rankers without any query ranked are left out. Raises InputError where nothing is left.
    """
    shown = {ranker: intervals for ranker, intervals in means.items() if intervals}
    if not shown:
        raise InputError("There are no results to draw. Evaluate at least one ranker that can rank.")
    names = titles_for(means, titles)
    styles = ranker_styles([*(titles or ()), *means])
    measures = list(next(iter(shown.values())))
    panels = panel_column([label(measure) for measure in measures], heights=[_ROW * len(shown) + 20] * len(measures))
    ticks = [wrapped(names[ranker]) for ranker in shown]
    for measure, cell in zip(measures, panels.cells, strict=True):
        panels.figure.add_trace(_points(shown, measure, ticks, [styles[ranker] for ranker in shown]), **cell)
        highest = max(1.0, *(intervals[measure].high for intervals in shown.values()))
        panels.figure.update_xaxes(title=f"mean {label(measure)}", range=[0, highest * 1.02], **cell)
        panels.figure.update_yaxes(tickvals=list(range(len(shown))), ticktext=ticks, range=[len(shown) - 0.5, -0.5], **cell)
    figure = panels.frame("Mean effectiveness, 95 % interval", showlegend=False)
    return Drawing(figure=figure, words=_words(shown, names, measures))


def _points(means: Means, measure: str, names: Sequence[str], styles: Sequence[RankerStyle]) -> go.Scatter:
    intervals = [each[measure] for each in means.values()]
    return go.Scatter(
        x=[interval.mean for interval in intervals],
        y=list(range(len(means))),
        mode="markers",
        marker={"size": 10, "color": [style.colour for style in styles], "symbol": [style.mark for style in styles]},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [interval.high - interval.mean for interval in intervals],
            "arrayminus": [interval.mean - interval.low for interval in intervals],
            "color": "rgba(128,128,128,0.9)",
        },
        customdata=list(means),
        hovertext=[f"<b>{name}</b><br>{interval.short}" for name, interval in zip(names, intervals, strict=True)],
        hoverinfo="text",
    )


def _words(means: Means, names: Titles, measures: Sequence[str]) -> str:
    parts = [
        f"{measure}: "
        + ", ".join(
            f"{names[ranker]} {each[measure].mean:.3f} ({each[measure].low:.3f} to {each[measure].high:.3f})"
            for ranker, each in means.items()
        )
        for measure in measures
    ]
    return f"Means over queries with 95 % intervals. {'; '.join(parts)}."
