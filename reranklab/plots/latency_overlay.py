"""Published times as marks on the curves of this device's law."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import plotly.graph_objects as go

from reranklab.latency.claims import Answer, Claim
from reranklab.plots.labels import label, milliseconds
from reranklab.plots.latency_claims import claimed
from reranklab.plots.palette import GREY

Across = Literal["documents", "tokens"]
HEIGHT = 560
"""Of a figure with marks: their names stand below one another."""
_ROOM = 0.3
"""Of the axis, on the right of the last mark, for its name."""


def draw_marks(figure: go.Figure, answers: Sequence[Answer], *, across: Across) -> None:
    """A star for each time, with the claim's name on its right, and a line between the least and the most of one. A claim
    without a length has no place across tokens."""
    placed = [(place, answer) for answer in answers if (place := _place(answer.claim, across)) is not None]
    for place, answer in placed:
        low, high = answer.claim.ms
        if low < high:
            figure.add_trace(
                go.Scatter(
                    x=[place, place], y=[low, high], mode="lines", line={"color": GREY, "width": 2}, showlegend=False,
                    hoverinfo="skip",
                )
            )  # fmt: skip
    marks = [(place, ms, answer) for place, answer in placed for ms in sorted(set(answer.claim.ms))]
    figure.add_trace(
        go.Scatter(
            x=[place for place, _, _ in marks],
            y=[ms for _, ms, _ in marks],
            mode="markers+text",
            name="published, elsewhere",
            marker={"symbol": "star", "size": 11, "color": GREY},
            text=[_name(answer.claim, across) if ms == max(answer.claim.ms) else "" for _, ms, answer in marks],
            textposition="middle right",
            textfont={"size": 11},
            cliponaxis=False,
            hovertext=[_hover(answer) for _, _, answer in marks],
            hoverinfo="text",
        )
    )


def widened(sizes: Sequence[float], answers: Sequence[Answer], *, across: Across) -> tuple[float, float]:
    """The ends of the axis of documents or tokens, both above 0, with room for the marks' names."""
    places = [place for answer in answers if (place := _place(answer.claim, across)) is not None]
    least, most = math.log10(min([*sizes, *places])), math.log10(max([*sizes, *places]))
    span = max(most - least, 0.5)
    return 10 ** (least - 0.03 * span), 10 ** (most + _ROOM * span)


def claimed_sizes(answers: Sequence[Answer], *, across: Across) -> list[int]:
    """The numbers of documents or of tokens that the claims are about, each once."""
    return sorted({place for answer in answers if (place := _place(answer.claim, across)) is not None})


def marks_in_words(answers: Sequence[Answer], *, across: Across) -> str:
    """What is claimed, on what, and what the law gives here."""
    shown = [answer for answer in answers if _place(answer.claim, across) is not None]
    told = "; ".join(
        f"{_named(answer.claim)}: {claimed(answer.claim)} ({answer.claim.conditions}), here {milliseconds(answer.here.value)}"
        for answer in shown
    )
    return f"The stars are published times, and the dotted lines the law beyond what was measured. {told}."


def _place(claim: Claim, across: Across) -> int | None:
    return claim.documents if across == "documents" else claim.tokens


def _name(claim: Claim, across: Across) -> str:
    return label(claim.name, 30) if across == "documents" else _documents(claim)


def _documents(claim: Claim) -> str:
    return "1 document" if claim.documents == 1 else f"{claim.documents:,} documents"


def _named(claim: Claim) -> str:
    """The list of a claim, with the claim's name where that is not the list's length."""
    return f"{_documents(claim)}, {claim.name}" if claim.tokens is None else _list(claim)


def _list(claim: Claim) -> str:
    return _documents(claim) if claim.tokens is None else f"{_documents(claim)} of {claim.tokens:,} tokens"


def _hover(answer: Answer) -> str:
    claim = answer.claim
    here = f"here {milliseconds(answer.here.value)} by the law" + (", cut to what it reads" if answer.cut else "")
    return (
        f"{label(claim.name, 60)}: {claimed(claim)} for {_list(claim)}<br>{label(claim.conditions, 90)}<br>"
        f"{label(claim.source, 90)}<br>{here}"
    )
