"""The tool for drift: the same rankers over several collections, and queries against reference queries."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from reranklab.engine.boundary import contained
from reranklab.errors import InputError, RerankLabError
from reranklab.evaluate.candidates import CandidateRule
from reranklab.evaluate.drift import DriftTable, measure_drift
from reranklab.evaluate.thresholds import CRITERIA, check_criterion
from reranklab.progress import CancelSignal
from reranklab.rankers.base import MAX_CANDIDATES
from reranklab.rankers.family import RankerSpec
from reranklab.rankers.titles import ranker_titles
from reranklab.ui import plain
from reranklab.ui.boundary import part
from reranklab.ui.evaluate.drift_queries import show_query_drift
from reranklab.ui.evaluate.drift_results import show_drift_table
from reranklab.ui.evaluate.drift_state import DriftState
from reranklab.ui.evaluate.drift_work import show_job
from reranklab.ui.evaluate.form import collection_names
from reranklab.ui.jobs import Emit, Job
from reranklab.ui.resources import store
from reranklab.ui.run import session_endpoints
from reranklab.ui.say import say
from reranklab.ui.state import SessionState, current_session
from reranklab.ui.widgets import among, field, path_field

_RULES = {False: "BM25 search", True: "Judged documents"}
_MOST_QUERIES = 1_000_000


def show_drift(session: SessionState) -> None:
    """The choice of a part, and the part."""
    state = session.of(DriftState)
    state.part = among(state.part, _PARTS, default=next(iter(_PARTS)))
    field(
        plain.segmented_control, "What is compared", state, "part", key="w_drift_part", options=list(_PARTS),
        format_func=lambda id_: _PARTS[id_][0], required=True, label_visibility="collapsed",
    )  # fmt: skip
    _PARTS[state.part][1](session)


@part("The drift over collections")
def _show_collections(session: SessionState) -> None:
    state = session.of(DriftState)
    _show_form(session, state)
    with st.container(horizontal=True, vertical_alignment="center"):
        pressed = plain.button("Compare collections", type="primary", key="drift_start")
        say("note", "Every ranking is stored: what is there already is not computed again.")
    if pressed:
        _start(session, state)
    if state.problem:
        say("error", state.problem)
    if state.table is None:
        say(
            "info",
            "Choose two or more collections, and switch on at least two rankers in the sidebar, one of them BM25. You then see "
            "where a ranker stops being better than BM25, whether its scores tell relevant documents from others there, and "
            "whether a threshold carries over.",
        )
        return
    table = show_job(lambda: current_session().of(DriftState).table, "Collections", key="drift_cancel")
    if table is not None:
        show_drift_table(state, table)


def _show_form(session: SessionState, state: DriftState) -> None:
    known = collection_names()
    state.collections = [name for name in state.collections if name in known]
    left, right = st.columns([3, 2])
    with left:
        field(
            plain.multiselect, "Collections", state, "collections", key="w_drift_collections", options=list(known),
            format_func=known.__getitem__, placeholder="Choose two or more",
        )  # fmt: skip
    with right:
        path_field("And a folder or zip archive", state, "path", key="w_drift_path", placeholder="its path; BEIR layout")
    columns = st.columns([1.3, 1, 1, 1.6, 1])
    with columns[0]:
        field(
            plain.selectbox, "Candidates", state, "judged", key="w_drift_rule", options=list(_RULES),
            format_func=_RULES.__getitem__,
        )  # fmt: skip
    with columns[1]:
        field(
            plain.number_input, "Depth", state, "depth", key="w_drift_depth", min_value=1, max_value=MAX_CANDIDATES,
            disabled=state.judged,
        )  # fmt: skip
    with columns[2]:
        field(
            plain.number_input, "Queries of each", state, "queries", key="w_drift_queries", min_value=0,
            max_value=_MOST_QUERIES, help="0 takes all. Otherwise so many are drawn, always the same ones.",
        )  # fmt: skip
    with columns[3]:
        titles = {"": "the first that counts words", **ranker_titles(spec.id for spec in _specs(session))}
        state.baseline = among(state.baseline, titles, default="")
        field(
            plain.selectbox, "Baseline", state, "baseline", key="w_drift_baseline", options=list(titles),
            format_func=titles.__getitem__,
        )  # fmt: skip
    with columns[4]:
        field(
            plain.selectbox, "Threshold by", state, "criterion", key="w_drift_criterion", options=list(CRITERIA),
            help="F1 depends on how rare relevant documents are, Youden's index does not.",
        )  # fmt: skip


def _start(session: SessionState, state: DriftState) -> None:
    state.problem = ""
    try:
        with contained("The start of the comparison"):
            state.table = Job(_work(session, state))
    except RerankLabError as error:
        state.problem = str(error)
        return
    state.table.wait(0.4)
    st.rerun()


def _work(session: SessionState, state: DriftState) -> Callable[[CancelSignal, Emit], DriftTable]:
    """Raises InputError, naming what is missing or does not work."""
    sources = tuple(dict.fromkeys([*state.collections, *filter(None, [state.path.strip()])]))
    if len(sources) < 2:
        raise InputError("Drift needs two collections or more. Choose another.")
    specs = session.specs()
    if len(specs) < 2:
        raise InputError("Drift needs two rankers or more. Switch another one on in the sidebar.")
    kept, device, endpoints = store(), session.device, session_endpoints(session, specs)
    baseline, criterion, queries = state.baseline or None, check_criterion(state.criterion), state.queries or None
    rule = CandidateRule(depth=0 if state.judged else state.depth)

    def work(cancel: CancelSignal, emit: Emit) -> DriftTable:
        return measure_drift(
            sources,
            specs,
            baseline=baseline,
            criterion=criterion,
            candidates=str(rule),
            queries=queries,
            device=device,
            endpoints=endpoints,
            store=kept,
            cancel=cancel,
            progress=emit,
        )

    return work


def _specs(session: SessionState) -> tuple[RankerSpec, ...]:
    try:
        return session.specs()
    except InputError:
        return ()


_PARTS: Mapping[str, tuple[str, Callable[[SessionState], None]]] = {
    "collections": ("Rankers over collections", _show_collections),
    "queries": ("New queries against old ones", show_query_drift),
}
