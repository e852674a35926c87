"""The time of a list against the length of its documents, for each number of them, with the law and the budget."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from reranklab.errors import InputError
from reranklab.latency.claims import Answer
from reranklab.latency.forecast import Forecast
from reranklab.latency.sweep import Cell
from reranklab.plots.drawing import Drawing
from reranklab.plots.frame import frame
from reranklab.plots.labels import label, milliseconds
from reranklab.plots.latency import GROUP_SYMBOLS, draw_budget, draw_points
from reranklab.plots.latency_overlay import HEIGHT, claimed_sizes, draw_marks, marks_in_words, widened
from reranklab.plots.log_axis import log_axis, short_time
from reranklab.plots.palette import DOCUMENT_COLOURS, GREY

_PLACES = 60


def has_lengths(cells: Sequence[Cell]) -> bool:
    """Whether the documents were made of several lengths: without these there is nothing to draw time against."""
    return len({cell.asked_tokens for cell in cells if cell.asked_tokens}) > 1


def draw_lengths(
    cells: Sequence[Cell], *, told: Forecast, ranker: str, budget: float | None = None, published: Sequence[Answer] = ()
) -> Drawing:
    """As `draw_latency`, with the tokens that were asked for across. A line turns level where the ranker reads no further.

    Of `published` times those are shown that state a length, with a dotted line for as many documents. Raises InputError where
    there are not several lengths.
    """
    made = [cell for cell in cells if cell.asked_tokens]
    if not has_lengths(made):
        raise InputError("There are no times of several lengths to draw. Measure documents of at least two.")
    figure = go.Figure()
    sizes, lengths = sorted({cell.candidates for cell in made}), sorted({cell.asked_tokens or 0 for cell in made})
    published = [answer for answer in published if answer.claim.tokens is not None]
    claimed = claimed_sizes(published, across="tokens")
    further = sorted({answer.claim.documents for answer in published} - set(sizes))
    for place, size in enumerate([*sizes, *further]):
        colour = DOCUMENT_COLOURS[place % len(DOCUMENT_COLOURS)] if size in sizes else GREY
        name = "1 document" if size == 1 else f"{size:,} documents"
        if size in sizes:
            own = sorted((cell for cell in made if cell.candidates == size), key=lambda cell: cell.asked_tokens or 0)
            symbol = GROUP_SYMBOLS[place % len(GROUP_SYMBOLS)]
            figure.add_trace(draw_points(own, [cell.asked_tokens or 0 for cell in own], name, colour, symbol))
            figure.add_trace(_line(told, size, lengths, colour))
        if published:
            ends = [*lengths, *claimed]
            figure.add_trace(_line(told, size, ends, colour, name=name if size in further else ""))
    if published:
        draw_marks(figure, published, across="tokens")
    if budget is not None:
        draw_budget(figure, budget)
    frame(
        figure,
        title=f"{label(ranker, 60)}: median time of a list",
        height=HEIGHT if published else 420,
        margin={"l": 8, "r": 8, "t": 76, "b": 48},
        legend={"orientation": "h", "x": 0, "xanchor": "left", "y": 1.01, "yanchor": "bottom"},
    )
    figure.update_xaxes(
        title="tokens of a document", type="log", tickvals=lengths, ticktext=[f"{length:,}" for length in lengths]
    )
    if published:
        figure.update_xaxes(**log_axis(*widened(lengths, published, across="tokens")))
    seen = [time for cell in made for time in cell.times] + ([budget] if budget is not None else [])
    if published:
        seen += [time for trace in figure.data for time in trace.y]
    figure.update_yaxes(title="time, logarithmic", **log_axis(0.6 * max(min(seen), 1e-3), 1.6 * max(seen), name=short_time))
    return Drawing(figure=figure, words=_words(made, told, ranker, budget, published))


def _line(told: Forecast, size: int, lengths: Sequence[int], colour: str, *, name: str | None = None) -> go.Scatter:
    """The law between the ends of `lengths`; with a name, be it empty, a dotted one."""
    places = np.geomspace(min(lengths), max(lengths), _PLACES).tolist()
    return go.Scatter(
        x=places,
        y=[told.law.predict_median(size, told.cost(tokens)) for tokens in places],
        mode="lines",
        line={"color": colour, "width": 1.5} if name is None else {"color": colour, "width": 1, "dash": "dot"},
        name=name or None,
        showlegend=bool(name),
        hoverinfo="skip",
    )


def _words(cells: Sequence[Cell], told: Forecast, ranker: str, budget: float | None, published: Sequence[Answer]) -> str:
    most = max(cell.candidates for cell in cells)
    short, *_, long = sorted((cell for cell in cells if cell.candidates == most), key=lambda cell: cell.asked_tokens or 0)
    words = (
        f"{ranker} takes {milliseconds(short.quantile(0.5).value)} for {most:,} documents of {short.asked_tokens:,} tokens and "
        f"{milliseconds(long.quantile(0.5).value)} for as many of {long.asked_tokens:,}, "
        f"{(long.asked_tokens or 0) / (short.asked_tokens or 1):.3g} times as long."
    )
    if budget is not None:
        tokens = told.longest(budget, most)
        reads = "of any length, since it reads no more" if tokens is None else f"of {tokens:,} tokens"
        words += f" Within {milliseconds(budget)} it ranks {most:,} documents {reads}."
    if published and told.room is not None:
        words += f" The lines turn level at {told.room / told.scale:,.0f} tokens, since it reads no more."
    return f"{words} {marks_in_words(published, across='tokens')}" if published else words
