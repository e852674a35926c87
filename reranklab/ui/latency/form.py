"""What to measure: sizes, lengths, repeats, and the budget that the results are read by."""

from __future__ import annotations

import streamlit as st

from reranklab.latency.sweep import MAX_REPEATS
from reranklab.ui import plain
from reranklab.ui.boundary import part
from reranklab.ui.evaluate.form import collection_names
from reranklab.ui.latency.state import LatencyState
from reranklab.ui.latency.work import start
from reranklab.ui.say import say
from reranklab.ui.state import SessionState
from reranklab.ui.widgets import among, field

_MOST_QUERIES = 100


@part("The sizes")
def show_form(session: SessionState, state: LatencyState) -> None:
    """The fields, and the button that measures."""
    known = {"": "Samples, cut to the lengths", **collection_names()}
    state.collection = among(state.collection, known, default="")
    columns = st.columns([1.9, 1.5, 1.6, 1, 1.2])
    with columns[0]:
        field(
            plain.selectbox, "Text", state, "collection", key="w_latency_collection", options=list(known),
            format_func=known.__getitem__,
            help="A collection's documents are timed as they are: those that a BM25 search finds for some of its queries. Your "
            "own can be uploaded on the Evaluate page.",
        )  # fmt: skip
    with columns[1]:
        field(
            plain.text_input, "Documents in a list", state, "candidates", key="w_latency_candidates",
            help="Whole numbers with commas.",
        )  # fmt: skip
    with columns[2]:
        if state.collection:
            field(
                plain.number_input, "Queries", state, "queries", key="w_latency_queries", min_value=1, max_value=_MOST_QUERIES,
                help="A seeded sample, with lists of each number of documents.",
            )  # fmt: skip
        else:
            field(
                plain.text_input, "Tokens of a document", state, "tokens", key="w_latency_tokens",
                help="By the ranker's own tokenizer. What it reads besides, such as the query, is counted and shown.",
            )  # fmt: skip
    with columns[3]:
        field(plain.number_input, "Runs of each", state, "repeats", key="w_latency_repeats", min_value=1, max_value=MAX_REPEATS)
    with columns[4]:
        field(
            plain.number_input, "Budget in ms", state, "budget", key="w_latency_budget", min_value=0, max_value=10_000_000,
            help="0 for none. The results say how deep and how long a list may be within it.",
        )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="center"):
        if plain.button("Measure", type="primary", key="measure_latency", disabled=state.job is not None):
            start(session, state)
        field(
            plain.checkbox, "Start and memory too", state, "cold", key="w_latency_cold",
            help="Each ranker is loaded once more in a process of its own, which takes some seconds.",
        )  # fmt: skip
        say("note", f"On {session.device}. All runs in random order, after one warm-up on the largest list.")
