"""Starting, watching and stopping a ranking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import streamlit as st

from reranklab.engine.boundary import contained
from reranklab.engine.comparison import Comparison, RankerRun, by_speed
from reranklab.engine.request import RunSettings
from reranklab.errors import InputError, RerankLabError
from reranklab.plots.labels import milliseconds
from reranklab.rankers.family import RankerSpec, services_of
from reranklab.rankers.titles import ranker_titles
from reranklab.services.endpoint import Endpoint, usual_address
from reranklab.services.service import CHAT_ID
from reranklab.ui import plain
from reranklab.ui.board import board_data, show_board
from reranklab.ui.boundary import part
from reranklab.ui.compare_state import INPUT_ORDER, CompareState
from reranklab.ui.escape import shorten
from reranklab.ui.estimates import show_estimates
from reranklab.ui.inputs.draft import Draft
from reranklab.ui.progress import poll, show_progress
from reranklab.ui.ranking import start_ranking
from reranklab.ui.resources import results
from reranklab.ui.say import say
from reranklab.ui.state import SessionState, current_session
from reranklab.ui.steering import compared_with, steered_specs
from reranklab.ui.widgets import field

_PATIENCE = 0.4
"""Seconds a page waits for a run before it shows progress: fast rankers then need no second drawing."""


@part("The start of the run")
def show_rank_bar(session: SessionState, draft: Draft) -> None:
    """The button, and what keeps it from working. A link may press it once."""
    compare = session.of(CompareState)
    count = len(draft.preview)
    with st.container(horizontal=True, vertical_alignment="center"):
        label = f"Rank {count:,} {'document' if count == 1 else 'documents'}" if count else "Rank"
        pressed = plain.button(label, type="primary", key="rank", disabled=session.pending is not None)
        field(
            plain.toggle, "Measure again", compare, "measure_again",
            help="Off: a result measured before on the same input and device is shown again, and marked. On: always run.",
        )  # fmt: skip
    if draft.request is not None and draft.preview and session.pending is None:
        show_estimates(session, draft.request.query, draft.preview)
    if pressed or (compare.run_now and draft.request is not None):
        compare.run_now = False
        compare.problem = ""
        try:
            with contained("The start of the run"):
                _start(session, draft)
        except RerankLabError as error:
            compare.problem = "" if draft.shown else str(error)
            compare.input_open = True
        else:
            st.rerun()
    if compare.problem:
        say("error", compare.problem)


@part("The end of the run")
def settle(session: SessionState) -> None:
    """Turn a run that has ended into the session's results."""
    if session.pending is None or session.pending.job.running:
        return
    pending, session.pending = session.pending, None
    compare = session.of(CompareState)
    if pending.job.error is not None:
        compare.problem = str(pending.job.error)
        compare.input_open = True
        return
    is_first = session.comparison is None
    session.comparison, session.origin = pending.comparison(), pending.origin
    if compare.baseline not in {ranking.ranker for ranking in session.comparison.rankings}:
        first = next(iter(session.comparison.rankings), None)
        compare.baseline = compare.baseline if compare.baseline == INPUT_ORDER else first.ranker if first else ""
    if session.selected and session.selected not in {document.id for document in session.comparison.documents}:
        if is_first:
            session.notices.append(f"The list has no document {shorten(session.selected, limit=60)}, which the link names.")
        session.selected = ""


def show_run(*, board: bool = True) -> None:
    """The run so far, on a `board` as well; the whole page is drawn again at its end."""
    poll(partial(_show_run, board=board), _is_running)


def start(session: SessionState, draft: Draft, specs: Sequence[RankerSpec]) -> None:
    """Rank the draft's request in the background. A run that goes on is stopped. Raises InputError for settings."""
    if draft.request is None:
        raise InputError(draft.problem)
    if session.pending is not None:
        session.pending.job.cancel()
    settings = RunSettings(
        specs=tuple(specs), device=session.device, repeats=session.repeats, endpoints=session_endpoints(session, specs)
    )
    remeasure = session.of(CompareState).measure_again
    session.pending = start_ranking(draft.request, settings, cache=results(), remeasure=remeasure, origin=draft.origin)
    session.pending.job.wait(_PATIENCE)
    settle(session)


def _start(session: SessionState, draft: Draft) -> None:
    if draft.request is None:
        raise InputError(draft.problem)
    specs = session.specs()
    if not specs:
        raise InputError("No ranker is on. Switch one on in the sidebar.")
    compare = session.of(CompareState)
    compare.input_open = False
    _hold_against(session, compare, specs)
    start(session, draft, steered_specs(session, specs))


def _hold_against(session: SessionState, compare: CompareState, specs: Sequence[RankerSpec]) -> None:
    """Count moves from the column without the instruction, where there was none in the last run."""
    other = compared_with(session, specs)
    known = {ranking.ranker for ranking in session.comparison.rankings} if session.comparison is not None else set()
    told = {spec.id for spec in steered_specs(session, specs)}
    if other and not told <= known:
        compare.baseline = other


def session_endpoints(session: SessionState, specs: Sequence[RankerSpec]) -> tuple[Endpoint, ...]:
    """The session's endpoints of the services that these rankers ask, where an address or a key was typed; for the others the
    environment's is used. Raises InputError for an address or a key that cannot be used."""
    asked = {service for spec in specs for service in services_of(spec)}
    return tuple(
        Endpoint(
            service=service,
            url=typed.url.strip() or usual_address(service),
            key=typed.key.strip(),
            model=typed.model.strip() if service == CHAT_ID else "",
        )
        for service, typed in session.endpoints.items()
        if service in asked and (typed.url.strip() or (typed.key.strip() and service != CHAT_ID))
    )


def _is_running() -> bool:
    pending = current_session().pending
    return pending is not None and pending.job.running


def _show_run(*, board: bool) -> None:
    session = current_session()
    pending = session.pending
    if pending is None:
        return
    comparison = pending.comparison()
    say("query", comparison.request.query.text)
    titles = ranker_titles(run.ranker for run in comparison.runs)
    at_work = next((titles[run.ranker] for run in comparison.runs if run.state == "running"), "Candidates")
    waiting = "searching" if at_work == "Candidates" else "loading and warming up"
    show_progress(pending.job, "" if pending.waiting else at_work, key="cancel", waiting=waiting)
    say("note", _times(comparison.runs, titles))
    if board and comparison.rankings and session.of(CompareState).view == "rankings":
        _show_partial(session, comparison)


def _times(runs: tuple[RankerRun, ...], titles: Mapping[str, str]) -> str:
    """What is done on a line, fastest first, and what is still to come."""
    times = [
        f"{titles[run.ranker]} {milliseconds(run.ranking.timing.p50())}{' (cached)' if run.ranking.timing.cached else ''}"
        for run in by_speed(runs)
        if run.ranking is not None
    ]
    rest = [f"{titles[run.ranker]} {run.state}" for run in runs if run.state not in ("finished", "running")]
    return " · ".join([*times, *rest])


def _show_partial(session: SessionState, comparison: Comparison) -> None:
    def pick(document_id: str) -> None:
        session.selected = "" if session.selected == document_id else document_id

    compare = session.of(CompareState)
    baseline = compare.baseline or comparison.rankings[0].ranker
    data = board_data(comparison, baseline=baseline, rows=compare.rows, selected=session.selected, hidden=compare.hidden)
    show_board(data, key="board_running", on_pick=pick)
