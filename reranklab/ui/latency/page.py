"""The sizes to measure, the work, and the last times of each ranker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import streamlit as st

from reranklab.engine.boundary import contained
from reranklab.engine.build import build_ranker
from reranklab.errors import Cancelled, InputError, RerankLabError
from reranklab.latency.lists import made_lists
from reranklab.latency.sweep import MAX_REPEATS, Sweep, sweep
from reranklab.progress import CancelSignal
from reranklab.rankers.family import RankerSpec
from reranklab.rankers.titles import ranker_titles
from reranklab.ui import plain
from reranklab.ui.boundary import part
from reranklab.ui.jobs import Emit, Job
from reranklab.ui.latency.results import show_sweep
from reranklab.ui.progress import watch
from reranklab.ui.run import session_endpoint
from reranklab.ui.say import say
from reranklab.ui.state import SessionState, current_session
from reranklab.ui.widgets import among
from reranklab.ui.widgets import field as shown_field

_PATIENCE = 0.4


@dataclass(slots=True, kw_only=True)
class LatencyState:
    """The form as it was typed, the work, and what it gave. `budget` is in ms, 0 for none; `shown` is a ranker's id."""

    candidates: str = "5, 10, 20, 50"
    tokens: str = "32, 64, 128, 256"
    repeats: int = 5
    budget: int = 200
    shown: str = ""
    problem: str = ""
    job: Job[None] | None = None
    found: dict[str, Sweep] = field(default_factory=dict)


def show_latency(session: SessionState) -> None:
    """The form, the work, and the results of one ranker at a time."""
    state = session.of(LatencyState)
    _settle(state)
    _show_form(session, state)
    if state.job is not None:
        watch(_job, "Measuring", key="cancel_latency", waiting="loading and warming up")
    if state.problem:
        say("error", state.problem)
    if state.found:
        _show_found(state)
    elif state.job is None:
        say(
            "info",
            "Nothing is measured yet. Choose numbers of documents and of tokens, and press Measure: each ranker of the sidebar "
            "is timed on lists of these sizes.",
        )


@part("The sizes")
def _show_form(session: SessionState, state: LatencyState) -> None:
    columns = st.columns([2, 2, 1, 1.2])
    with columns[0]:
        shown_field(
            plain.text_input, "Documents in a list", state, "candidates", key="w_latency_candidates",
            help="Whole numbers with commas.",
        )  # fmt: skip
    with columns[1]:
        shown_field(
            plain.text_input, "Tokens of a document", state, "tokens", key="w_latency_tokens",
            help="By the ranker's own tokenizer. What it reads besides, such as the query, is counted and shown.",
        )  # fmt: skip
    with columns[2]:
        shown_field(
            plain.number_input, "Runs of each", state, "repeats", key="w_latency_repeats", min_value=1, max_value=MAX_REPEATS
        )
    with columns[3]:
        shown_field(
            plain.number_input, "Budget in ms", state, "budget", key="w_latency_budget", min_value=0, max_value=10_000_000,
            help="0 for none. The results say how deep and how long a list may be within it.",
        )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="center"):
        if plain.button("Measure", type="primary", key="measure_latency", disabled=state.job is not None):
            _start(session, state)
        say("note", f"On {session.device}. All runs in random order, after one warm-up on the largest list.")


def _start(session: SessionState, state: LatencyState) -> None:
    state.problem = ""
    try:
        with contained("The start of the measurement"):
            specs = session.specs()
            if not specs:
                raise InputError("No ranker is on. Switch one on in the sidebar.")
            state.job = Job(_work(session, state, specs))
    except RerankLabError as error:
        state.problem = str(error)
        return
    state.job.wait(_PATIENCE)
    st.rerun()


def _work(session: SessionState, state: LatencyState, specs: tuple[RankerSpec, ...]) -> Callable[[CancelSignal, Emit], None]:
    candidates, tokens = _numbers(state.candidates, "Documents"), _numbers(state.tokens, "Tokens")
    repeats, device, endpoint = state.repeats, session.device, session_endpoint(session, specs)

    def work(cancel: CancelSignal, emit: Emit) -> None:
        for spec in specs:
            ranker = build_ranker(spec, device=device, endpoint=endpoint)
            ranker.load(cancel=cancel, progress=emit)
            lists = made_lists(ranker, candidates=candidates, tokens=tokens, cancel=cancel)
            emit(sweep(ranker, lists, repeats=repeats, cancel=cancel, progress=emit))

    return work


def _settle(state: LatencyState) -> None:
    """Take over what the work has measured so far, and how it ended."""
    if state.job is None:
        return
    state.found |= {event.ranker: event for event in state.job.events() if isinstance(event, Sweep)}
    if state.job.running:
        return
    error, state.job = state.job.error, None
    if error is not None:
        state.problem = "Stopped." if isinstance(error, Cancelled) else str(error)


@part("The times")
def _show_found(state: LatencyState) -> None:
    titles = ranker_titles(state.found)
    state.shown = among(state.shown, titles, default=list(titles)[-1])
    if len(titles) > 1:
        shown_field(
            plain.segmented_control, "Ranker", state, "shown", key="w_latency_shown", options=list(titles),
            format_func=titles.__getitem__, required=True, label_visibility="collapsed",
        )  # fmt: skip
    show_sweep(state.found[state.shown], title=titles[state.shown], budget=float(state.budget) or None)


def _job() -> Job[None] | None:
    return current_session().of(LatencyState).job


def _numbers(text: str, what: str) -> list[int]:
    try:
        numbers = [int(each) for each in text.replace(" ", "").split(",") if each]
    except ValueError as error:
        raise InputError(f"{what} {text!r} do not work. Write whole numbers with commas, such as 5, 10, 20.") from error
    return list(dict.fromkeys(numbers))
