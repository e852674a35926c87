"""The law of a sweep: its numbers, what it misses, and the time of any list by it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import streamlit as st

from reranklab.latency.forecast import Forecast
from reranklab.latency.law import Between
from reranklab.latency.sweep import group_lengths
from reranklab.plots.labels import milliseconds
from reranklab.plots.latency_residuals import draw_residuals
from reranklab.ui import plain
from reranklab.ui.figures import show_figure
from reranklab.ui.latency.opened import OpenSweep
from reranklab.ui.latency.state import LatencyState
from reranklab.ui.say import say
from reranklab.ui.widgets import field

_MEANINGS = {"a": "once a list", "b": "for each document", "c": "for each token", "d": "for each pair of tokens"}
_MOST = 100_000


def show_law(state: LatencyState, opened: OpenSweep) -> None:
    """The prediction first, then what it rests on."""
    told = opened.told
    if isinstance(told, str):
        say("info", told)
        return
    _show_prediction(state, told)
    _show_numbers(opened, told)
    show_figure(draw_residuals(opened.result.cells, told.law, ranker=opened.title), key="latency_residuals")


def _show_prediction(state: LatencyState, told: Forecast) -> None:
    columns = st.columns([1, 1, 2.6], vertical_alignment="bottom")
    with columns[0]:
        field(
            plain.number_input, "Documents", state, "candidates_asked", key="w_latency_candidates_asked", min_value=1,
            max_value=_MOST,
        )  # fmt: skip
    with columns[1]:
        field(
            plain.number_input, "Tokens of each", state, "tokens_asked", key="w_latency_tokens_asked", min_value=1,
            max_value=_MOST,
        )  # fmt: skip
    candidates, tokens = state.candidates_asked, state.tokens_asked
    with columns[2]:
        for at in told.levels:
            say("query", f"{at}: {_between(told.time(candidates, tokens, at), milliseconds)}")
    if told.is_cut(tokens):
        say("note", f"It reads {told.room:,} tokens of a document at most, and this time is of documents cut to them.")
    if not told.is_measured(candidates, tokens):
        say("note", "This list lies beyond those that were measured: the law is extrapolated.")


def _show_numbers(opened: OpenSweep, told: Forecast) -> None:
    law, lengths = told.law, group_lengths(opened.result.cells)
    sizes = sorted({cell.candidates for cell in opened.result.cells})
    middle = float(np.median(list(lengths.values())))
    left, right = st.columns(2)
    with left:
        st.dataframe(
            [
                {"Coefficient": f"{name}, {meaning}", "ms": _between(law.interval(place), _three)}
                for place, (name, meaning) in enumerate(_MEANINGS.items())
            ],
            hide_index=True, width="stretch",
        )  # fmt: skip
    with right:
        rows = [
            (f"length, at {group:,} tokens" if group else "length", law.token_exponent(at)) for group, at in lengths.items()
        ]
        rows += [(f"documents, at {size:,}", law.candidates_exponent(size, middle)) for size in sizes]
        st.dataframe(
            [{"Time grows by a power of the": what, "Exponent": _between(each, _two)} for what, each in rows],
            hide_index=True, width="stretch",
        )  # fmt: skip
    tail = "" if told.tail is None else f" p95 is {_between(told.tail, _two)} times p50, measured over all lists together."
    say(
        "note",
        f"time = a + N x (b + c L + d L²), L with the {told.overhead:,.0f} tokens that are read besides each document. The law "
        f"is off by {told.held_out.median:.1%} in the median for lists that the fit did not see.{tail} An exponent of 1 is "
        f"linear, of 2 quadratic; below 1 what is paid once weighs. In parentheses are 95 % intervals.",
    )


def _between(each: Between, name: Callable[[float], str]) -> str:
    return f"{name(each.value)} ({name(each.low)} to {name(each.high)})"


def _three(value: float) -> str:
    return f"{value:.3g}"


def _two(value: float) -> str:
    return f"{value:.2f}"
