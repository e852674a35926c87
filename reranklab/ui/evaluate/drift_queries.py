"""New queries against reference queries, without judgements."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from reranklab.data.beir import load_dataset
from reranklab.data.collection import Collection
from reranklab.data.queries import ParsedQueries, parse_queries
from reranklab.data.unjudged import unjudged_names
from reranklab.data.upload import ACCEPTED
from reranklab.engine.boundary import contained
from reranklab.errors import InputError, RerankLabError
from reranklab.evaluate.candidates import CandidateRule
from reranklab.evaluate.drift_warning import DriftWarning, QuerySample, warn_of_drift
from reranklab.evaluate.query_sources import load_queries, query_sample, run_number, stored_sample, told_apart
from reranklab.plots.drift_signals import draw_drift_signals
from reranklab.progress import CancelSignal
from reranklab.rankers.base import MAX_CANDIDATES
from reranklab.ui import plain
from reranklab.ui.boundary import part
from reranklab.ui.evaluate.drift_state import DriftState, SourceState
from reranklab.ui.evaluate.drift_work import show_job
from reranklab.ui.evaluate.form import collection_names
from reranklab.ui.evaluate.runs import evaluated_runs, run_in_words
from reranklab.ui.figures import show_figure
from reranklab.ui.jobs import Emit, Job
from reranklab.ui.resources import store
from reranklab.ui.say import say
from reranklab.ui.state import SessionState, current_session
from reranklab.ui.widgets import among, field

_RUNS = 30


@part("The drift of queries")
def show_query_drift(session: SessionState) -> None:
    """Choose two sets of queries, and see whether they differ."""
    state = session.of(DriftState)
    choices = _choices()
    left, right = st.columns(2)
    with left:
        _show_source(state.reference, "Reference queries", "reference", choices)
    with right:
        _show_source(state.new, "New queries", "new", choices)
    if not (state.reference.source and state.new.source):
        known = {"": "nothing: compare the words alone", **collection_names()}
        state.corpus = among(state.corpus, known, default="")
        field(
            plain.selectbox, "Rank the queries of files over", state, "corpus", key="w_drift_corpus", options=list(known),
            format_func=known.__getitem__, help="With documents, scores and agreement with BM25 are compared as well.",
        )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="bottom"):
        field(
            plain.number_input, "BM25 candidates", state, "depth", key="w_drift_query_depth", min_value=1,
            max_value=MAX_CANDIDATES, width=150,
        )  # fmt: skip
        pressed = plain.button("Compare queries", type="primary", key="drift_queries_start")
    if pressed:
        _start(session, state)
    if state.warning_problem:
        say("error", state.warning_problem)
    if state.warning is None:
        say(
            "info",
            "Give the queries of last month and of this month, or of two collections. No judgements are needed: words, scores "
            "and agreement with BM25 are compared, and the rankers are those of the sidebar.",
        )
        return
    warning = show_job(lambda: current_session().of(DriftState).warning, "Queries", key="drift_queries_cancel")
    if warning is not None:
        _show_warning(warning)


def _choices() -> dict[str, str]:
    """Source to title: a file, the collections, the latest runs."""
    runs = {f"run:{run.id}": f"Run {run_in_words(run)}" for run in evaluated_runs()[:_RUNS]}
    unjudged = {name: f"{name} (not judged)" for name in unjudged_names()}
    return {"": "A file of queries", **unjudged, **collection_names(), **runs}


def _show_source(source: SourceState, label: str, key: str, choices: dict[str, str]) -> None:
    source.source = among(source.source, choices, default="")
    field(
        plain.selectbox, label, source, "source", key=f"w_drift_{key}", options=list(choices), format_func=choices.__getitem__
    )
    if source.source:
        return
    upload = f"w_drift_{key}_file"

    def changed() -> None:
        file = st.session_state[upload]
        source.name, source.content = (file.name, file.getvalue()) if file is not None else ("", b"")

    file = plain.file_uploader(
        f"{label}, one a line, or a table with a column named query", type=[name.removeprefix(".") for name in ACCEPTED],
        key=upload, on_change=changed,
    )  # fmt: skip
    if source.name and file is None:
        say("note", f"{source.name} was uploaded before and is used.")


def _start(session: SessionState, state: DriftState) -> None:
    state.warning_problem = ""
    try:
        with contained("The start of the comparison"):
            state.warning = Job(_work(session, state))
    except RerankLabError as error:
        state.warning_problem = str(error)
        return
    state.warning.wait(0.4)
    st.rerun()


def _work(session: SessionState, state: DriftState) -> Callable[[CancelSignal, Emit], DriftWarning]:
    """Raises InputError for a file that is missing or cannot be used."""
    files: dict[str, ParsedQueries] = {}
    for source, what in ((state.reference, "reference queries"), (state.new, "new queries")):
        if not source.source:
            if not source.name:
                raise InputError(f"There is no file of {what}. Choose one, or a collection.")
            files[what] = parse_queries(source.name, source.content)
    names = {"reference queries": state.reference.source, "new queries": state.new.source}
    specs, device, kept, rule, over = (
        session.specs(),
        session.device,
        store(),
        str(CandidateRule(depth=state.depth)),
        state.corpus,
    )

    def work(cancel: CancelSignal, emit: Emit) -> DriftWarning:
        corpus = load_dataset(over, cancel=cancel, progress=emit) if over and files else None
        samples: list[QuerySample] = []
        for what, name in names.items():
            number = run_number(name)
            if number is not None:
                samples.append(stored_sample(kept, number))
                continue
            queries: Collection | ParsedQueries = (
                files[what] if what in files else load_queries(name, cancel=cancel, progress=emit)
            )
            samples.append(
                query_sample(
                    queries,
                    specs,
                    corpus=corpus,
                    candidates=next((each.candidates for each in samples if each.candidates), rule),
                    device=device,
                    store=kept,
                    cancel=cancel,
                    progress=emit,
                )
            )
        return warn_of_drift(*told_apart(samples))

    return work


@part("The warning")
def _show_warning(warning: DriftWarning) -> None:
    say("warning" if warning.drifted else "info", warning.sentence)
    show_figure(draw_drift_signals(warning), key="drift_signals")
    st.dataframe(
        [
            {
                "Signal": signal.title,
                "Reference, median": "–" if signal.reference is None else f"{signal.reference:.3g}",
                "New, median": "–" if signal.new is None else f"{signal.new:.3g}",
                "Distance": f"{signal.distance:.3g}",
                "By chance": f"{signal.chance:.3g}",
                "Unit": signal.unit,
                "p (Holm)": f"{signal.p_holm:.4f}",
                "Drifted": "yes" if signal.drifted else "no",
            }
            for signal in warning.signals
        ],
        hide_index=True,
        width="stretch",
    )
    if warning.unseen is not None:
        say(
            "note",
            f"{warning.unseen:.0%} of the words of the new queries are in no reference query; two random parts of all queries "
            f"would show {warning.unseen_by_chance:.0%}.",
        )
    for note in warning.notes:
        say("note", note)
