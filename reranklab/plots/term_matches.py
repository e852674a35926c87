"""The terms that two texts share for a learned sparse ranker: what each adds to the score, and where it stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from reranklab.errors import InputError
from reranklab.plots.drawing import Drawing
from reranklab.plots.frame import CLEAR, frame
from reranklab.plots.labels import label, shorten
from reranklab.plots.palette import BLUE, GREY, HATCHES, ORANGE, SKY

_TERMS = 25
_COLOURS = (BLUE, SKY, ORANGE, GREY)


@dataclass(frozen=True, slots=True, kw_only=True)
class TermBar:
    """One term with what it adds to a score; `kind` says where it stands."""

    term: str
    kind: str
    contribution: float


def draw_term_matches(terms: Sequence[TermBar], *, kinds: Sequence[str], scale: str, title: str) -> Drawing:
    """A bar for each of the first 25 terms, in the order given. `kinds` has up to four kinds, each with a colour and a hatch of
    its own. `scale` is the name of the score's. Raises InputError for no terms.
    """
    if not terms:
        raise InputError("The document shares no term with the query. Choose a document with a score above 0.")
    drawn = terms[:_TERMS]
    sums = {kind: sum(term.contribution for term in terms if term.kind == kind) for kind in kinds}
    return Drawing(figure=_figure(drawn, kinds, sums, scale, title), words=_words(terms, drawn, sums, scale, title))


def _figure(drawn: Sequence[TermBar], kinds: Sequence[str], sums: Mapping[str, float], scale: str, title: str) -> go.Figure:
    figure = go.Figure()
    for number, kind in enumerate(kinds):
        rows = [row for row, term in enumerate(drawn) if term.kind == kind]
        if not rows:
            continue
        figure.add_trace(
            go.Bar(
                x=[drawn[row].contribution for row in rows],
                y=rows,
                orientation="h",
                width=0.72,
                name=f"{label(kind, 40)}: {sums[kind]:.3g}",
                marker={"color": _COLOURS[number], "pattern": {"shape": HATCHES[number], "fillmode": "overlay"}},
                text=[f"{drawn[row].contribution:.3g}" for row in rows],
                textposition="outside",
                cliponaxis=False,
                hovertext=[
                    f"<b>{label(drawn[row].term, 60)}</b><br>{label(kind, 40)}<br>adds {drawn[row].contribution:.4g}"
                    for row in rows
                ],
                hoverinfo="text",
            )
        )
    frame(
        figure,
        title=label(title, 100),
        height=130 + 23 * len(drawn),
        legend={"orientation": "h", "y": 1, "yanchor": "bottom", "x": 0},
        margin={"l": 8, "r": 8, "t": 76, "b": 8},
        showlegend=True,
    )
    largest = max((abs(term.contribution) for term in drawn), default=0.0) or 1.0
    figure.update_xaxes(title=f"contribution to the score ({label(scale)})", range=[0, 1.12 * largest], fixedrange=True)
    figure.update_yaxes(
        tickvals=list(range(len(drawn))),
        ticktext=[label(term.term) for term in drawn],
        range=[len(drawn) - 0.4, -0.6],
        ticks="outside",
        tickcolor=CLEAR,
        showgrid=False,
        zeroline=False,
        fixedrange=True,
    )
    return figure


def _words(terms: Sequence[TermBar], drawn: Sequence[TermBar], sums: Mapping[str, float], scale: str, title: str) -> str:
    first = ", ".join(f"{shorten(term.term)} ({term.contribution:.3g}, {term.kind})" for term in drawn[:3])
    parts = ", ".join(f"{kind} {value:.3g}" for kind, value in sums.items() if value)
    more = f" The first {len(drawn)} of {len(terms)} are drawn." if len(drawn) < len(terms) else ""
    return f"{shorten(title, 100)}: {scale} by term. Most: {first}. Sums: {parts}.{more}"
