"""The times of a sweep: the figure, every cell, and the state of the machine."""

from __future__ import annotations

import json

import streamlit as st

from reranklab.latency.claims import answer_claim, published_claims
from reranklab.latency.record import sweep_record
from reranklab.latency.sweep import Sweep
from reranklab.plots.drawing import Drawing
from reranklab.plots.latency import draw_latency
from reranklab.plots.latency_lengths import draw_lengths, has_lengths
from reranklab.ui import plain
from reranklab.ui.figures import show_figure
from reranklab.ui.latency.opened import OpenSweep
from reranklab.ui.latency.state import LatencyState
from reranklab.ui.quality import show_quality
from reranklab.ui.say import say
from reranklab.ui.widgets import field

_ACROSS = {"documents": "Against documents", "tokens": "Against tokens"}
_STAGES = {"tokenise": "Tokenise", "transfer": "Transfer", "compute": "Compute", "postprocess": "Post-process"}


def show_times(state: LatencyState, opened: OpenSweep) -> None:
    """The curves with the budget, the table, and the download."""
    if isinstance(opened.told, str):
        say("info", opened.told)
    show_figure(_drawing(state, opened), key="latency")
    show_quality(opened.result.ranker)
    _show_cells(opened.result)
    number = opened.number if opened.number > 0 else None
    plain.download_button(
        "JSON", data=lambda: json.dumps(sweep_record(opened.result, number=number, budget=opened.budget), indent=2),
        file_name=f"latency-{number or 'new'}.json", mime="application/json", key="latency_json", icon=":material/download:",
        on_click="ignore",
    )  # fmt: skip


def _drawing(state: LatencyState, opened: OpenSweep) -> Drawing:
    """The curves, and what they show beside the times: what time is drawn against, and published times."""
    told, cells = opened.told, opened.result.cells
    if isinstance(told, str):
        return draw_latency(cells, ranker=opened.title, budget=opened.budget)
    lengths = has_lengths(cells)
    with st.container(horizontal=True, vertical_alignment="center"):
        if lengths:
            field(
                plain.segmented_control, "Time against", state, "across", key="w_latency_across", options=list(_ACROSS),
                format_func=_ACROSS.__getitem__, required=True, label_visibility="collapsed",
            )  # fmt: skip
        field(
            plain.checkbox, "Published times on the curves", state, "overlaid", key="w_latency_overlaid",
            help="What others measured, elsewhere and with other models. The section Published times has all conditions.",
        )  # fmt: skip
    published = [answer_claim(claim, told) for claim in published_claims()] if state.overlaid else []
    if lengths and state.across == "tokens":
        return draw_lengths(cells, told=told, ranker=opened.title, budget=opened.budget, published=published)
    return draw_latency(cells, law=told.law, ranker=opened.title, budget=opened.budget, published=published)


def _show_cells(result: Sweep) -> None:
    timing = result.timing
    stages = [stage for stage in _STAGES if stage != "transfer" or any(cell.median(stage) for cell in result.cells)]
    st.dataframe(
        [
            {
                "Documents": cell.candidates,
                "Tokens": round(cell.tokens),
                "p50": cell.quantile(0.5).short,
                "p95": cell.quantile(0.95).short,
                "p99": cell.quantile(0.99).short,
                **{_STAGES[stage]: round(cell.median(stage), 2) for stage in stages},
                "Runs": len(cell.runs),
            }
            for cell in result.cells
        ],
        hide_index=True,
        width="stretch",
    )
    say(
        "note",
        f"Times in ms, quantiles with the order statistics that hold them at 95 %; ? is what so few runs cannot tell. The "
        f"stages are medians. {timing.device_name}, {timing.precision}; warm-up: {timing.warmup}.",
    )
