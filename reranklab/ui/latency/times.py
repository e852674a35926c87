"""The times of a sweep: the figure, every cell, and the state of the machine."""

from __future__ import annotations

import json

import streamlit as st

from reranklab.latency.record import sweep_record
from reranklab.latency.sweep import Sweep
from reranklab.plots.latency import draw_latency
from reranklab.ui import plain
from reranklab.ui.figures import show_figure
from reranklab.ui.latency.opened import OpenSweep
from reranklab.ui.latency.state import LatencyState
from reranklab.ui.quality import show_quality
from reranklab.ui.say import say

_STAGES = {"tokenise": "Tokenise", "transfer": "Transfer", "compute": "Compute", "postprocess": "Post-process"}


def show_times(state: LatencyState, opened: OpenSweep) -> None:
    """The curves with the budget, the table, and the download."""
    told = opened.told
    if isinstance(told, str):
        say("info", told)
    law = None if isinstance(told, str) else told.law
    drawing = draw_latency(opened.result.cells, ranker=opened.title, law=law, budget=opened.budget)
    show_figure(drawing, key="latency")
    show_quality(opened.result.ranker)
    _show_cells(opened.result)
    number = opened.number if opened.number > 0 else None
    plain.download_button(
        "JSON", data=lambda: json.dumps(sweep_record(opened.result, number=number, budget=opened.budget), indent=2),
        file_name=f"latency-{number or 'new'}.json", mime="application/json", key="latency_json", icon=":material/download:",
        on_click="ignore",
    )  # fmt: skip


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
