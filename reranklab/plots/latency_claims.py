"""Published times beside what a law gives for the same lists here."""

from __future__ import annotations

import math
from collections.abc import Sequence

import plotly.graph_objects as go

from reranklab.errors import InputError
from reranklab.latency.claims import Answer, Claim
from reranklab.plots.drawing import Drawing
from reranklab.plots.frame import frame
from reranklab.plots.labels import label, milliseconds
from reranklab.plots.log_axis import log_axis, short_time
from reranklab.plots.palette import BLUE, ORANGE

_ROW = 34


def draw_claims(answers: Sequence[Answer], *, ranker: str) -> Drawing:
    """A row for each claim, time on a logarithmic axis: a diamond, or a line between two, is what is published, a point with a
    line what the law gives here, over the interval or over the lengths where none is stated. Raises InputError for none."""
    if not answers:
        raise InputError("There are no published times to draw. Name at least one.")
    rows = list(range(len(answers)))[::-1]
    figure = go.Figure()
    for answer, row in zip(answers, rows, strict=True):
        for (low, high), colour, shift in ((answer.claim.ms, ORANGE, 0.14), ((answer.here.low, answer.here.high), BLUE, -0.14)):
            figure.add_trace(
                go.Scatter(
                    x=[low, high], y=[row + shift] * 2, mode="lines", line={"color": colour, "width": 3}, showlegend=False,
                    hoverinfo="skip",
                )
            )  # fmt: skip
    published = [(ms, row, answer) for answer, row in zip(answers, rows, strict=True) for ms in sorted(set(answer.claim.ms))]
    figure.add_trace(
        go.Scatter(
            x=[ms for ms, _, _ in published],
            y=[row + 0.14 for _, row, _ in published],
            mode="markers",
            name="published",
            marker={"symbol": "diamond", "size": 10, "color": ORANGE},
            hovertext=[
                f"{label(answer.claim.name, 60)}: {milliseconds(ms)}<br>{label(answer.claim.conditions, 90)}"
                for ms, _, answer in published
            ],
            hoverinfo="text",
        )
    )
    figure.add_trace(
        go.Scatter(
            x=[answer.here.value for answer in answers],
            y=[row - 0.14 for row in rows],
            mode="markers",
            name="this device, by the law",
            marker={"size": 10, "color": BLUE},
            hovertext=[f"here: {milliseconds(answer.here.value)}" for answer in answers],
            hoverinfo="text",
        )
    )
    ends = [end for answer in answers for end in (*answer.claim.ms, answer.here.value, answer.here.low, answer.here.high)]
    frame(
        figure,
        title=f"{label(ranker, 60)}: published times and this device",
        height=150 + _ROW * len(answers),
        margin={"l": 8, "r": 8, "t": 76, "b": 48},
        legend={"orientation": "h", "x": 0, "xanchor": "left", "y": 1.01, "yanchor": "bottom"},
    )
    figure.update_xaxes(title="time, logarithmic", **log_axis(0.7 * max(min(ends), 1e-3), 1.4 * max(ends), name=short_time))
    figure.update_yaxes(
        tickvals=rows,
        ticktext=[label(_name(answer.claim), 60) for answer in answers],
        range=[-0.6, len(rows) - 0.4],
        zeroline=False,
    )
    return Drawing(figure=figure, words=_words(answers))


def claimed(claim: Claim) -> str:
    """The time, or the least and the most, that a claim gives."""
    return " to ".join(milliseconds(ms) for ms in sorted(set(claim.ms)))


def _name(claim: Claim) -> str:
    return claim.name if claim.documents == 1 else f"{claim.documents:,} documents, {claim.name}"


def _words(answers: Sequence[Answer]) -> str:
    ratios = sorted(_ratio(answer) for answer in answers)
    alike = sum(answer.claim.ms[0] <= answer.here.high and answer.here.low <= answer.claim.ms[1] for answer in answers)
    between = f"{_times(ratios[0])} to {_times(ratios[-1])}"
    return (
        f"{len(answers)} published times beside the law of this device, which takes {between} times as long. {alike} of them "
        "lie within what it gives here."
    )


def _times(ratio: float) -> str:
    return f"{ratio:,.0f}" if ratio >= 10 else f"{ratio:.2g}"


def _ratio(answer: Answer) -> float:
    """Of the time here to the middle of what is published."""
    low, high = answer.claim.ms
    return answer.here.value / math.sqrt(low * high)
