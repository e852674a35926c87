"""Behaviour probes on the page: which, by which rankers, and the run in the background."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from reranklab.errors import InputError
from reranklab.evaluate.probes.files import read_probes
from reranklab.evaluate.probes.run import ProbeReport, ProbeSet, run_probes
from reranklab.evaluate.probes.sources import GENERATE, SAMPLES, SAVED, load_source, with_unrelated
from reranklab.progress import CancelSignal
from reranklab.ui import plain
from reranklab.ui.background import settle, show_work, start
from reranklab.ui.boundary import part
from reranklab.ui.evaluate.form import collection_names
from reranklab.ui.evaluate.probe_results import open_asked, show_failures, show_rates
from reranklab.ui.jobs import Emit, Job
from reranklab.ui.resources import store
from reranklab.ui.run import session_endpoints
from reranklab.ui.say import say
from reranklab.ui.state import SessionState, current_session
from reranklab.ui.widgets import among, field

_SOURCES = {SAMPLES: "Written probes", SAVED: "Saved on Explain", GENERATE: "Made from a collection", "file": "A file"}
_ABOUT = {
    SAMPLES: "Minimal pairs over everyday subjects, written for this program: negation, exclusion, numbers, names, roles, time "
    "and more.",
    SAVED: "The edits that were saved on the Explain page with what they should do.",
    GENERATE: "Documented rules edit the relevant documents of a collection: a number or a name becomes another, the answer is "
    "taken out or buried, the query's words are repeated, a language model is told what to do.",
    "file": "JSON lines with id, capability, query, original, edited and expected: lower, higher, same or not-higher.",
}
_MOST_QUERIES = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Probed:
    """What a run of probes gave. `warnings` say what was not kept."""

    sets: tuple[ProbeSet, ...]
    report: ProbeReport
    warnings: tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class ProbesState:
    """The form, the run at work, and what the last one gave. `queries` 0 takes all."""

    source: str = SAMPLES
    collection: str = ""
    queries: int = 0
    seed: int = 0
    file_name: str = ""
    file: bytes = b""
    problem: str = ""
    stopped: bool = False
    job: Job[Probed] | None = None
    done: Probed | None = None


def show_probes(session: SessionState) -> None:
    """The form, the run at work, and the last results."""
    open_asked(session)
    state = session.of(ProbesState)
    settle(state)
    _show_form(session, state)
    show_work(state, _job, "Probes", key="cancel_probes")
    if state.done is None:
        if state.job is None:
            say("info", "Nothing is probed yet. Choose the probes and the rankers of the sidebar, and press Run probes.")
        return
    for warning in state.done.warnings:
        say("warning", warning)
    part("The pass rates")(show_rates)(state.done.report)
    part("The failures")(show_failures)(session, state.done.report, state.done.sets)


@part("The settings of the probes")
def _show_form(session: SessionState, state: ProbesState) -> None:
    field(
        plain.segmented_control, "Probes", state, "source", key="w_probes_source", options=list(_SOURCES),
        format_func=_SOURCES.__getitem__, required=True,
    )  # fmt: skip
    say("note", _ABOUT[state.source])
    if state.source == GENERATE:
        _show_collection(state)
    elif state.source == "file":
        _show_file(state)
    with st.container(horizontal=True, vertical_alignment="center"):
        if plain.button("Run probes", type="primary", key="run_probes", disabled=state.job is not None):
            start(state, "The start of the probes", lambda: _work(session, state))
        say("note", "With the rankers of the sidebar. What is stored is not computed again.")


def _show_collection(state: ProbesState) -> None:
    known = collection_names()
    state.collection = among(state.collection, known, default=next(iter(known)))
    left, middle, right = st.columns([3, 1, 1])
    with left:
        field(
            plain.selectbox, "Collection", state, "collection", key="w_probes_collection", options=list(known),
            format_func=known.__getitem__,
        )  # fmt: skip
    with middle:
        field(
            plain.number_input, "Queries", state, "queries", key="w_probes_queries", min_value=0, max_value=_MOST_QUERIES,
            help="0 takes all. One probe a rule and query is made, where the rule applies.",
        )  # fmt: skip
    with right:
        field(
            plain.number_input, "Seed", state, "seed", key="w_probes_seed", min_value=0, max_value=_MOST_QUERIES,
            disabled=state.queries == 0,
        )  # fmt: skip


def _show_file(state: ProbesState) -> None:
    key = "w_probes_file"

    def changed() -> None:
        file = st.session_state[key]
        state.file_name = file.name if file is not None else ""
        state.file = file.getvalue() if file is not None else b""

    plain.file_uploader("JSON lines", key=key, type=["jsonl"], on_change=changed)
    if state.file_name:
        say("note", f"{state.file_name} is read.")


def _work(session: SessionState, state: ProbesState) -> Callable[[CancelSignal, Emit], Probed]:
    """What the thread does; it holds nothing of the session. Raises InputError for what is missing."""
    specs = session.specs()
    if not specs:
        raise InputError("No ranker is on. Switch one on in the sidebar.")
    given = _uploaded(state) if state.source == "file" else None
    source = f"{GENERATE}{state.collection}" if state.source == GENERATE else state.source
    queries, seed, device = state.queries or None, state.seed, session.device
    endpoints, kept = session_endpoints(session, specs), store()

    def work(cancel: CancelSignal, emit: Emit) -> Probed:
        warnings: list[str] = []
        loaded = given or load_source(source, queries=queries, seed=seed, cancel=cancel, progress=emit)
        report = run_probes(
            [loaded],
            specs,
            device=device,
            endpoints=endpoints,
            store=kept,
            warn=warnings.append,
            cancel=cancel,
            progress=emit,
        )
        return Probed(sets=(loaded,), report=report, warnings=tuple(warnings))

    return work


def _uploaded(state: ProbesState) -> ProbeSet:
    """Raises InputError where nothing was uploaded, and with the line for what is no probe."""
    if not state.file_name:
        raise InputError("No file is chosen. Choose one of JSON lines.")
    with tempfile.TemporaryDirectory(prefix="reranklab-probes-") as folder:
        path = Path(folder) / "probes.jsonl"
        path.write_bytes(state.file)
        return ProbeSet(source=state.file_name, probes=with_unrelated(read_probes(path, source=state.file_name)))


def _job() -> Job[Probed] | None:
    return current_session().of(ProbesState).job
