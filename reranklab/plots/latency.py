"""The time of a list against the number of its documents, for each length, with the law and the budget."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from reranklab.errors import InputError
from reranklab.latency.claims import Answer
from reranklab.latency.law import Law
from reranklab.latency.sweep import Cell, group_lengths
from reranklab.plots.drawing import Drawing
from reranklab.plots.frame import frame
from reranklab.plots.labels import label, milliseconds
from reranklab.plots.latency_overlay import HEIGHT, claimed_sizes, draw_marks, marks_in_words, widened
from reranklab.plots.log_axis import log_axis, short_time
from reranklab.plots.palette import DOCUMENT_COLOURS, GREY

GROUP_SYMBOLS = ("circle", "square", "diamond", "triangle-up", "x", "cross")


def draw_latency(
    cells: Sequence[Cell],
    *,
    ranker: str,
    law: Law | None = None,
    budget: float | None = None,
    published: Sequence[Answer] = (),
) -> Drawing:
    """Both axes are logarithmic. A point is the median of a list's runs, its whisker the interval of that median, a line the
    law, and the horizontal line the budget in ms. With `published` times these are stars, to which the law is drawn on as a
    dotted line. `ranker` is a title. Raises InputError for no cells."""
    if not cells:
        raise InputError("There are no times to draw. Measure at least one list.")
    figure = go.Figure()
    for place, (group, length) in enumerate(group_lengths(cells).items()):
        own = sorted((cell for cell in cells if cell.group == group), key=lambda cell: cell.candidates)
        colour = DOCUMENT_COLOURS[place % len(DOCUMENT_COLOURS)]
        sizes = [cell.candidates for cell in own]
        figure.add_trace(draw_points(own, sizes, group_name(group), colour, GROUP_SYMBOLS[place % len(GROUP_SYMBOLS)]))
        if law is not None:
            figure.add_trace(_line(own, law, length, colour))
            if published:
                figure.add_trace(_further(own, law, length, colour, claimed_sizes(published, across="documents")))
    if published:
        draw_marks(figure, published, across="documents")
    if budget is not None:
        draw_budget(figure, budget)
    frame(
        figure,
        title=f"{label(ranker, 60)}: median time of a list",
        height=HEIGHT if published else 420,
        margin={"l": 8, "r": 8, "t": 76, "b": 48},
        legend={"orientation": "h", "x": 0, "xanchor": "left", "y": 1.01, "yanchor": "bottom"},
    )
    sizes = sorted({cell.candidates for cell in cells})
    figure.update_xaxes(title="documents in the list", type="log", tickvals=sizes, ticktext=[f"{size:,}" for size in sizes])
    if published:
        least, most = widened(sizes, published, across="documents")
        figure.update_xaxes(**log_axis(least, most))
    seen = [time for cell in cells for time in cell.times] + ([budget] if budget is not None else [])
    if published:
        seen += [time for trace in figure.data for time in trace.y]
    figure.update_yaxes(title="time, logarithmic", **log_axis(0.6 * max(min(seen), 1e-3), 1.6 * max(seen), name=short_time))
    words = _words(cells, ranker, law, budget)
    if published:
        words += f" {marks_in_words(published, across='documents')}"
    return Drawing(figure=figure, words=words)


def group_name(group: int) -> str:
    """The lists of a group of cells, for the legend."""
    return f"{group:,} tokens" if group else "documents as they are"


def draw_budget(figure: go.Figure, budget: float) -> None:
    """The line of a budget in ms across a figure with time on its logarithmic axis."""
    figure.add_hline(y=budget, line={"color": GREY, "dash": "dash"})
    # An annotation on a logarithmic axis is placed by the logarithm, a line by the value.
    figure.add_annotation(
        x=0, xref="paper", xanchor="left", y=math.log10(budget), yanchor="bottom", showarrow=False,
        text=f"budget {milliseconds(budget)}",
    )  # fmt: skip


def draw_points(cells: Sequence[Cell], places: Sequence[int], name: str, colour: str, symbol: str) -> go.Scatter:
    """The medians of cells with their intervals, at `places` across."""
    medians = [cell.quantile(0.5) for cell in cells]
    return go.Scatter(
        x=list(places),
        y=[each.value for each in medians],
        mode="markers",
        name=name,
        marker={"size": 9, "color": colour, "symbol": symbol},
        error_y={
            "type": "data",
            "symmetric": False,
            "array": [0 if each.high is None else each.high - each.value for each in medians],
            "arrayminus": [0 if each.low is None else each.value - each.low for each in medians],
            "color": colour,
            "thickness": 1,
        },
        hovertext=[
            f"{cell.candidates:,} documents of {cell.tokens:,.0f} tokens<br>{milliseconds(each.value)}, {len(cell.runs)} runs"
            for cell, each in zip(cells, medians, strict=True)
        ],
        hoverinfo="text",
    )


def _line(cells: Sequence[Cell], law: Law, length: float, colour: str) -> go.Scatter:
    sizes = sorted({cell.candidates for cell in cells})
    return go.Scatter(
        x=sizes,
        y=[law.predict_median(size, length) for size in sizes],
        mode="lines",
        line={"color": colour, "width": 1.5},
        showlegend=False,
        hoverinfo="skip",
    )


def _further(cells: Sequence[Cell], law: Law, length: float, colour: str, claimed: Sequence[int]) -> go.Scatter:
    """The law from the fewest to the most documents of all, beneath the line between those that were measured."""
    sizes = [*claimed, *(cell.candidates for cell in cells)]
    places = np.geomspace(min(sizes), max(sizes), 60).tolist()
    return go.Scatter(
        x=places,
        y=[law.predict_median(size, length) for size in places],
        mode="lines",
        line={"color": colour, "width": 1, "dash": "dot"},
        showlegend=False,
        hoverinfo="skip",
    )


def _words(cells: Sequence[Cell], ranker: str, law: Law | None, budget: float | None) -> str:
    smallest = min(cells, key=lambda cell: cell.candidates * cell.tokens)
    largest = max(cells, key=lambda cell: cell.candidates * cell.tokens)
    told = [
        f"{ranker} takes {milliseconds(cell.quantile(0.5).value)} for {cell.candidates:,} x {cell.tokens:,.0f} tokens"
        for cell in (smallest, largest)
    ]
    words = f"Medians of {len(smallest.runs)} runs of each list. {'; '.join(told)}."
    if law is not None:
        a, b, c, d = law.coefficients
        words += f" The lines are the law: {a:.3g} + N x ({b:.3g} + {c:.3g} L + {d:.3g} L²) ms."
        if budget is not None:
            length = round(largest.tokens)
            words += f" Within {milliseconds(budget)} it reads {law.deepest(budget, length):,} documents of {length:,} tokens."
    return words
