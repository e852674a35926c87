"""How the ranker starts, what memory it takes, and the state of the machine meanwhile."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from reranklab.latency.cold import ColdStart
from reranklab.latency.machine import machine_in_words
from reranklab.plots.labels import milliseconds
from reranklab.ui.latency.opened import OpenSweep
from reranklab.ui.latency.state import LatencyState
from reranklab.ui.say import say


def show_start(state: LatencyState, opened: OpenSweep) -> None:
    """Two tables, of the start and of the memory, and the machine."""
    result = opened.result
    if result.cold is None:
        say("info", f"The start and the memory were not measured. {result.cold_missing}")
    else:
        _show_cold(result.cold)
    say("note", f"The machine during the sweep: {'; '.join(machine_in_words(result.before, result.after))}.")


def _show_cold(cold: ColdStart) -> None:
    length = "" if cold.tokens is None else f" of {cold.tokens:,} tokens"
    times = [
        ("Imports and loading, until it can rank", cold.ready),
        ("of that the model", cold.load),
        (f"First ranking of {cold.small:,} documents", cold.first),
        ("Warm ranking of them, median of 3", cold.warm),
    ]
    memory = [
        ("The process when the ranker is loaded", cold.loaded),
        (f"Peak above that, {cold.large:,} documents{length}", cold.above),
        ("GPU when the ranker is loaded", cold.gpu_loaded),
        ("GPU peak above that", cold.gpu_above),
    ]
    left, right = st.columns(2)
    with left:
        _table("In a fresh process", "Time", [(what, milliseconds(ms)) for what, ms in times if ms is not None])
    with right:
        _table("Memory of that process", "MB", [(what, f"{each:,.0f}") for what, each in memory if each is not None])
    if cold.above is None:
        how = "This system does not tell how much memory a process took."
    elif cold.exact:
        how = "Memory is resident memory, whose peak was set back after loading."
    else:
        how = "This system's peak cannot be set back after loading, so the peak above it is a lower bound."
    say("note", f"{how} Files that the system still held in memory were read from there, not from the disk.")


def _table(what: str, unit: str, rows: Sequence[tuple[str, str]]) -> None:
    if rows:
        st.dataframe([{what: name, unit: value} for name, value in rows], hide_index=True, width="stretch")
