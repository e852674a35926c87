"""One ranker's times: the figure, the law, budgets, and every cell."""

from __future__ import annotations

import json

import streamlit as st

from reranklab.errors import InputError
from reranklab.latency.law import Law, fit_law, held_out
from reranklab.latency.record import sweep_record
from reranklab.latency.sweep import Sweep, group_lengths
from reranklab.plots.labels import milliseconds
from reranklab.plots.latency import draw_latency
from reranklab.ui import plain
from reranklab.ui.figures import show_figure
from reranklab.ui.say import say


def show_sweep(result: Sweep, *, title: str, budget: float | None) -> None:
    """`title` is the ranker's, `budget` in ms."""
    for note in result.notes:
        say("warning", note)
    try:
        law = fit_law(result.cells)
    except InputError as error:
        law = None
        say("info", str(error))
    show_figure(draw_latency(result.cells, ranker=title, law=law, budget=budget), key="latency")
    if law is not None:
        _show_law(result, law, budget)
    _show_cells(result)
    plain.download_button(
        "JSON", data=lambda: json.dumps(sweep_record(result, budget=budget), indent=2), file_name="latency.json",
        mime="application/json", key="latency_json", icon=":material/download:", on_click="ignore",
    )  # fmt: skip


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


def _show_cells(result: Sweep) -> None:
    timing = result.timing
    st.dataframe(
        [
            {
                "Documents": cell.candidates,
                "Tokens": round(cell.tokens),
                "p50": cell.quantile(0.5).short,
                "p95": cell.quantile(0.95).short,
                "p99": cell.quantile(0.99).short,
                "Tokenise": round(cell.median("tokenise"), 1),
                "Compute": round(cell.median("compute"), 1),
                "Runs": len(cell.runs),
            }
            for cell in result.cells
        ],
        hide_index=True,
        width="stretch",
    )
    load = "nothing to load" if timing.load is None else f"cold load {milliseconds(timing.load)}, apart from the times"
    memory = result.after.peak_memory
    state = [
        f"{timing.device_name}, {timing.precision}",
        f"warm-up: {timing.warmup}",
        load,
        *([f"load average {result.before.load:.1f} before"] if result.before.load is not None else []),
        *([f"{result.before.threads} threads"] if result.before.threads else []),
        *([f"peak memory of the process {memory:,.0f} MB"] if memory else []),
    ]
    say(
        "note",
        f"Times in ms, quantiles with the order statistics that hold them at 95 %; ? is what so few runs cannot tell. "
        f"{'; '.join(state)}.",
    )
