"""One pair of rankers, query by query: how many gain, how many lose, and how much."""

from __future__ import annotations

from collections.abc import Mapping

import plotly.graph_objects as go

from reranklab.errors import InputError
from reranklab.plots.drawing import Drawing
from reranklab.plots.frame import frame
from reranklab.plots.labels import label
from reranklab.plots.palette import GREY, LOWERS, RAISES

_SAME = 1e-9


def draw_query_differences(differences: Mapping[str, float], *, measure: str, first: str, second: str) -> Drawing:
    """A bar for each query, the largest gain of `first` over `second` at the left. `differences` is query id to the first's
    value less the second's; a click on a bar gives the id. Raises InputError for no queries."""
    if not differences:
        raise InputError("There are no queries to draw: the two rankers share none.")
    ordered = sorted(differences.items(), key=lambda each: -each[1])
    values = [100 * value for _, value in ordered]
    colours = [RAISES if value > _SAME else LOWERS if value < -_SAME else GREY for value in values]
    figure = go.Figure(
        go.Bar(
            x=list(range(1, len(values) + 1)),
            y=values,
            marker={"color": colours},
            customdata=[query for query, _ in ordered],
            hovertext=[f"query {label(query, 60)}<br>{100 * value:+.1f} points" for query, value in ordered],
            hoverinfo="text",
        )
    )
    title = f"{label(first, 40)} less {label(second, 40)}, query by query"
    frame(figure, title=title, height=300, bargap=0.1 if len(values) < 100 else 0, margin={"l": 8, "r": 8, "t": 48, "b": 48})
    figure.update_xaxes(title="queries, largest gain first")
    figure.update_yaxes(title=f"difference in points of {label(measure)}")
    wins, losses = sum(value > _SAME for value in values), sum(value < -_SAME for value in values)
    words = (
        f"{first} is above {second} in {wins:,} of {len(values):,} queries, below it in {losses:,}, and equal in "
        f"{len(values) - wins - losses:,}. The largest gain is {max(values):+.1f} points, the largest loss {min(values):+.1f}."
    )
    return Drawing(figure=figure, words=words)
