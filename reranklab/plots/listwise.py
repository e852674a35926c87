"""What a listwise ranker attends to, passage by passage in the order of the prompt."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from reranklab.errors import InputError
from reranklab.llm.prompts import LETTERS
from reranklab.plots.drawing import Drawing
from reranklab.plots.labels import label, shorten
from reranklab.plots.palette import BLUE, GREY, LOWERS, RAISES
from reranklab.plots.panels import panel_column

_PANEL = 150


def draw_passage_attention(
    documents: Sequence[str],
    *,
    query: Sequence[float],
    no_query: Sequence[float],
    difference: Sequence[float],
    selected: str | None = None,
) -> Drawing:
    """Three panels over the passages in prompt order: attention from the query, from "N/A" in its place, and
    their difference, which is the calibrated attention.

    All sequences run along `documents`, the ids. The first two panels have one range, the third has its own. `selected` has
    a bold name. A bar carries its document id as customdata. Raises InputError for no passages or sequences of other
    lengths.
    """
    _check(documents, query, no_query, difference)
    return Drawing(
        figure=_figure(documents, query, no_query, difference, selected=selected),
        words=_words(documents, query, no_query, difference),
    )


def _figure(
    documents: Sequence[str],
    query: Sequence[float],
    no_query: Sequence[float],
    difference: Sequence[float],
    *,
    selected: str | None,
) -> go.Figure:
    panels = panel_column(
        ["for the query (calibration off)", "for “N/A” in place of the query", "query less “N/A” (calibration on)"],
        heights=[_PANEL] * 3,
    )
    positions = list(range(1, len(documents) + 1))
    for panel, (name, values, colours) in enumerate(
        (
            ("query", query, [BLUE] * len(query)),
            ("N/A", no_query, [GREY] * len(no_query)),
            ("difference", difference, [RAISES if value >= 0 else LOWERS for value in difference]),
        )
    ):
        bars = go.Bar(
            x=positions,
            y=list(values),
            name=name,
            marker={"color": colours},
            unselected={"marker": {"opacity": 1}},
            customdata=list(documents),
            hovertext=[
                f"{_letter(position)}: <b>{label(document, 60)}</b><br>{name}: {value:.4g}"
                for position, document, value in zip(positions, documents, values, strict=True)
            ],
            hoverinfo="text",
        )
        panels.figure.add_trace(bars, **panels.cells[panel])
    raw = [*query, *no_query]
    for panel in (0, 1):
        ends = [1.08 * min(*raw, 0), 1.08 * max(*raw, 0) or 1]
        panels.figure.update_yaxes(range=ends, **panels.cells[panel])
    panels.figure.update_yaxes(title="attention", fixedrange=True, nticks=5)
    panels.figure.update_yaxes(title="difference", **panels.cells[2])
    names = [
        _bold(f"{_letter(position)}  {label(document, 18)}", document == selected)
        for position, document in zip(positions, documents, strict=True)
    ]
    every = -(-len(positions) // 45)
    panels.figure.update_xaxes(
        tickvals=positions[::every],
        ticktext=[_bold(_letter(position), documents[position - 1] == selected) for position in positions[::every]],
        range=[0.4, len(positions) + 0.6],
        showgrid=False,
        zeroline=False,
        fixedrange=True,
    )
    panels.figure.update_xaxes(
        title={"text": "passage, in the order of the prompt", "standoff": 8},
        ticktext=names[::every],
        tickangle=0 if len(names) <= 4 else -90,
        **panels.cells[2],
    )
    figure = panels.frame("Attention by passage", showlegend=False, bargap=0.25, hovermode="closest")
    figure.update_yaxes(zerolinecolor=GREY)
    return figure.update_layout(height=panels.height + (20 if len(names) <= 4 else 120))


def _words(documents: Sequence[str], query: Sequence[float], no_query: Sequence[float], difference: Sequence[float]) -> str:
    parts = []
    for name, values in (("for the query", query), ("for N/A", no_query), ("calibrated", difference)):
        most = max(range(len(values)), key=values.__getitem__)
        parts.append(f"{name} at {_letter(most + 1)}, {shorten(documents[most])} ({values[most]:.3g})")
    passages = "1 passage" if len(documents) == 1 else f"{len(documents)} passages"
    return f"Attention to {passages} in the order of the prompt. Highest {'; '.join(parts)}."


def _check(documents: Sequence[str], *sequences: Sequence[float]) -> None:
    if not documents:
        raise InputError("There are no passages to draw. Rank at least one document with a listwise ranker.")
    if any(len(values) != len(documents) for values in sequences):
        lengths = ", ".join(str(len(values)) for values in sequences)
        raise InputError(f"There are {len(documents)} passages, and attention for {lengths}. Give a value for each passage.")


def _letter(position: int) -> str:
    """The label of a passage in the prompt; longer lists than one window are numbered."""
    return LETTERS[position - 1] if position <= len(LETTERS) else str(position)


def _bold(text: str, chosen: bool) -> str:
    return f"<b>{text}</b>" if chosen else text
