"""What a budget allows: how many documents of a length, and how long so many may be."""

from __future__ import annotations

import streamlit as st

from reranklab.latency.forecast import Forecast
from reranklab.latency.record import USUAL_DEPTH
from reranklab.latency.sweep import group_lengths
from reranklab.plots.labels import milliseconds
from reranklab.plots.latency_surface import draw_surface
from reranklab.ui.figures import show_figure
from reranklab.ui.latency.opened import OpenSweep
from reranklab.ui.latency.state import LatencyState
from reranklab.ui.say import say

_MOST = 100_000
"""Where the law's search ends."""


def show_budget(state: LatencyState, opened: OpenSweep) -> None:
    """The map of times with the budget's line, and both answers as tables."""
    told = opened.told
    if isinstance(told, str):
        say("info", told)
        return
    at = told.levels[-1]
    show_figure(
        draw_surface(told, opened.result.cells, ranker=opened.title, at=at, budget=opened.budget), key="latency_surface"
    )
    if opened.budget is None:
        say("info", "There is no budget. Give one above, in ms, to see how deep and how long a list may be.")
        return
    _show_answers(opened, told, opened.budget)
    p95 = (
        f"p95 is predicted as {told.tail.value:.2f} times p50, the ratio over all lists of this measurement."
        if told.tail is not None
        else "So few runs do not tell p95: repeat each list more often."
    )
    say(
        "note",
        f"Times of one list alone on the device. {p95} Off by {told.held_out.median:.1%} in the median for unseen lists.",
    )


def _show_answers(opened: OpenSweep, told: Forecast, budget: float) -> None:
    groups = group_lengths(opened.result.cells)
    sizes = sorted({*(cell.candidates for cell in opened.result.cells), USUAL_DEPTH})
    say("query", f"The most that fits into {milliseconds(budget)}")
    left, right = st.columns(2)
    with left:
        st.dataframe(
            [
                {"Tokens of a document": f"{group or told.usual:,.0f}"}
                | {f"Documents, {at}": _most(told.deepest(budget, group or told.usual, at)) for at in told.levels}
                for group in groups
            ],
            hide_index=True, width="stretch",
        )  # fmt: skip
    with right:
        st.dataframe(
            [
                {"Documents": f"{size:,}"}
                | {f"Tokens each, {at}": _length(told.longest(budget, size, at)) for at in told.levels}
                for size in sizes
            ],
            hide_index=True, width="stretch",
        )  # fmt: skip


def _length(tokens: int | None) -> str:
    return "any: more is not read" if tokens is None else _most(tokens)


def _most(number: int) -> str:
    return f"{number:,}" if number < _MOST else f"{_MOST:,} or more"
