"""How the ranker starts, what memory it takes, and the state of the machine meanwhile."""

from __future__ import annotations

import streamlit as st

from reranklab.latency.cold import ColdStart
from reranklab.latency.machine import machine_in_words
from reranklab.plots.labels import milliseconds
from reranklab.ui.latency.opened import OpenSweep
from reranklab.ui.latency.state import LatencyState
from reranklab.ui.say import say


def show_start(state: LatencyState, opened: OpenSweep) -> None:
    """A table of the start, one of the memory, and the machine."""
    result = opened.result
    if result.cold is None:
        say("info", f"The start and the memory were not measured. {result.cold_missing}")
    else:
        _show_times(result.cold)
        _show_memory(result.cold)
    say("note", f"The machine during the sweep: {'; '.join(machine_in_words(result.before, result.after))}.")


def _show_times(cold: ColdStart) -> None:
    rows = [
        ("Ready to rank, imports and loading", cold.ready),
        ("of that the model", cold.load),
        (f"First ranking of {cold.small:,} documents", cold.first),
        (f"Warm ranking of {cold.small:,} documents", cold.warm),
    ]
    st.dataframe(
        [{"In a fresh process": what, "Time": milliseconds(ms)} for what, ms in rows if ms is not None],
        hide_index=True, width="content",
    )  # fmt: skip
    say(
        "note",
        f"The first ranking takes {cold.first / max(cold.warm, 1e-6):,.1f} times as long as a warm one, the median of three. "
        "Files that the system still held in memory were read from there, not from the disk.",
    )


def _show_memory(cold: ColdStart) -> None:
    sentences = cold.memory_in_words()
    if not sentences:
        say("note", "This system does not tell how much memory a process took.")
        return
    for sentence in sentences:
        say("query", sentence)
    how = (
        "Resident memory of that process, whose peak was set back after loading."
        if cold.exact
        else "This system's peak cannot be set back, so the second number is a lower bound."
    )
    say("note", how)
