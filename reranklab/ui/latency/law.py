"""The law of a sweep, and what a budget allows by it."""

from __future__ import annotations

import streamlit as st

from reranklab.latency.law import Law, held_out
from reranklab.latency.sweep import Sweep, group_lengths
from reranklab.plots.labels import milliseconds
from reranklab.ui.latency.opened import OpenSweep
from reranklab.ui.say import say


def show_law(opened: OpenSweep) -> None:
    """How good the law is, its exponents, and how deep and long lists may be."""
    law = opened.law
    if isinstance(law, str):
        say("info", law)
        return
    _show_law(opened.result, law, opened.budget)


def _show_law(result: Sweep, law: Law, budget: float | None) -> None:
    lengths = group_lengths(result.cells)
    sizes = sorted({cell.candidates for cell in result.cells})
    exponents = ", ".join(
        f"{each.value:.2f} ({each.low:.2f} to {each.high:.2f}) at {group:,} tokens"
        for group in (min(lengths), max(lengths))
        for each in [law.token_exponent(lengths[group])]
    )
    say(
        "note",
        f"The law is off by {held_out(result.cells).median:.1%} in the median for lists that the fit did not see. One more "
        f"document costs a power of its length: {exponents}; 1 is linear, 2 quadratic.",
    )
    if budget is None:
        return
    left, right = st.columns(2)
    with left:
        st.dataframe(
            [
                {"Tokens": group, f"Documents within {milliseconds(budget)}": law.deepest(budget, length)}
                for group, length in lengths.items()
            ],
            hide_index=True, width="stretch",
        )  # fmt: skip
    with right:
        st.dataframe(
            [{"Documents": size, f"Tokens each within {milliseconds(budget)}": law.longest(budget, size)} for size in sizes],
            hide_index=True, width="stretch",
        )  # fmt: skip
