"""A score that is a sum over terms, such as BM25's: what each query term adds to the score of each document."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from reranklab.errors import InputError
from reranklab.plots.drawing import Drawing
from reranklab.plots.frame import CLEAR, frame
from reranklab.plots.labels import label, shorten
from reranklab.plots.palette import DOCUMENT_COLOURS, GREY, HATCHES

_DOCUMENTS = 10
_TERMS = 12

Terms = Sequence[tuple[str, Sequence[tuple[str, float]]]]
Row = tuple[str, dict[str, float]]


def draw_term_contributions(terms_by_document: Terms, *, scale: str) -> Drawing:
    """Stacked bars: `terms_by_document` holds document ids with their (term, contribution) pairs; a row a document. `scale` is
    the name of the score's.

    The first 10 documents are drawn, and the 12 terms that add most to them; further terms share a bar. Raises InputError
    for no documents or no terms.
    """
    rows = _rows(terms_by_document)
    return Drawing(figure=_figure(rows, scale), words=_words(rows, scale))


def _figure(rows: Sequence[Row], scale: str) -> go.Figure:
    terms = _by_size(rows)
    named, rest = (terms, []) if len(terms) <= _TERMS else (terms[: _TERMS - 1], terms[_TERMS - 1 :])
    order = [term for term in _in_order(rows) if term in named]
    figure = go.Figure()
    for position, term in enumerate(order):
        colour = DOCUMENT_COLOURS[position % len(DOCUMENT_COLOURS)]
        hatch = HATCHES[position // len(DOCUMENT_COLOURS) % len(HATCHES)]
        figure.add_trace(_bars(rows, [term], name=label(term, 20), colour=colour, hatch=hatch))
    if rest:
        figure.add_trace(_bars(rows, rest, name=f"{len(rest)} other terms", colour=GREY, hatch=""))
    totals = [sum(values.values()) for _, values in rows]
    ends = [sum(value for value in values.values() if value > 0) for _, values in rows]
    figure.add_trace(
        go.Scatter(
            x=ends,
            y=list(range(len(rows))),
            mode="text",
            text=[f" {total:.3g}" for total in totals],
            textposition="middle right",
            cliponaxis=False,
            showlegend=False,
            hoverinfo="skip",
        )
    )
    entries = len(figure.data) - 1
    frame(
        figure,
        title=f"{label(scale)} score by query term",
        height=max(130 + 34 * len(rows), 80 + 21 * entries),
        barmode="relative",
        bargap=0.35,
        legend={"title": {"text": "query term"}, "traceorder": "normal"},
        showlegend=True,
    )
    lowest = min(sum(value for value in values.values() if value < 0) for _, values in rows)
    figure.update_xaxes(
        title=f"contribution to the score ({label(scale)})", range=[1.1 * lowest, 1.12 * max(*ends, 1e-9)], fixedrange=True
    )
    figure.update_yaxes(
        title={"text": "document", "standoff": 8},
        tickvals=list(range(len(rows))),
        ticktext=[label(document) for document, _ in rows],
        range=[len(rows) - 0.4, -0.6],
        ticks="outside",
        tickcolor=CLEAR,
        showgrid=False,
        zeroline=False,
        fixedrange=True,
    )
    return figure


def _words(rows: Sequence[Row], scale: str) -> str:
    parts = []
    for document, values in rows[:3]:
        term, most = max(values.items(), key=lambda item: abs(item[1]), default=("", 0.0))
        source = f", most from {shorten(term)} ({most:.3g})" if most else ""
        parts.append(f"{shorten(document)} {sum(values.values()):.3g}{source}")
    more = f" These are the first 3 of {len(rows)} documents drawn." if len(rows) > 3 else ""
    unused = [term for term in _in_order(rows) if not any(values.get(term) for _, values in rows)]
    none = f" No contribution to any of them: {', '.join(map(shorten, unused[:10]))}." if unused else ""
    return f"{scale} scores by query term: {'; '.join(parts)}.{more}{none}"


def _rows(terms_by_document: Terms) -> list[Row]:
    """The documents that are drawn, with the sum of each term's contributions."""
    rows = []
    for document, pairs in terms_by_document[:_DOCUMENTS]:
        values: dict[str, float] = {}
        for term, contribution in pairs:
            values[term] = values.get(term, 0.0) + contribution
        rows.append((document, values))
    if not any(values for _, values in rows):
        raise InputError("There are no query terms to draw. Choose a document, and a query with at least one word.")
    return rows


def _in_order(rows: Sequence[Row]) -> list[str]:
    return list(dict.fromkeys(term for _, values in rows for term in values))


def _by_size(rows: Sequence[Row]) -> list[str]:
    """Terms with any contribution, the largest first; all terms where none has one."""
    sizes = {term: sum(abs(values.get(term, 0.0)) for _, values in rows) for term in _in_order(rows)}
    used = [term for term in sizes if sizes[term]] or list(sizes)
    return sorted(used, key=lambda term: -sizes[term])


def _bars(rows: Sequence[Row], terms: Sequence[str], *, name: str, colour: str, hatch: str) -> go.Bar:
    values = [sum(contributions.get(term, 0.0) for term in terms) for _, contributions in rows]
    return go.Bar(
        x=values,
        y=list(range(len(rows))),
        orientation="h",
        name=name,
        marker={"color": colour, "pattern": {"shape": hatch, "fillmode": "overlay"}},
        hovertext=[
            f"<b>{label(document, 60)}</b><br>{name}: {value:.4g} of {sum(contributions.values()):.4g}"
            for (document, contributions), value in zip(rows, values, strict=True)
        ],
        hoverinfo="text",
    )
