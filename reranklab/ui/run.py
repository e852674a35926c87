"""Starting, watching and stopping a ranking."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from reranklab.errors import InputError, RerankLabError
from reranklab.progress import Step
from reranklab.rankers.base import check_input
from reranklab.rankers.titles import ranker_titles
from reranklab.ui.board import board_data, show_board
from reranklab.ui.escape import markdown
from reranklab.ui.inputs.draft import Draft
from reranklab.ui.page import say
from reranklab.ui.ranking import FreshResults, Lane, Outcome, RankingJob, Settings, by_speed
from reranklab.ui.resources import results
from reranklab.ui.state import View, current_view
from reranklab.ui.times import milliseconds
from reranklab.ui.widgets import field

if TYPE_CHECKING:
    from reranklab.llm.endpoint import Endpoint

_PATIENCE = 0.4
"""Seconds a page waits for a run before it shows progress: fast rankers then need no second drawing."""
_POLL = 0.5


def show_rank_bar(view: View, draft: Draft) -> None:
    """The button, and what keeps it from working. A link may press it once."""
    count = len(draft.preview)
    with st.container(horizontal=True, vertical_alignment="center"):
        label = f"Rank {count:,} {'document' if count == 1 else 'documents'}" if count else "Rank"
        pressed = st.button(label, type="primary", key="rank", disabled=view.job is not None)
        field(
            st.toggle, "Measure again", view, "measure_again",
            help="Off: a result measured before on the same input and device is shown again, and marked. On: always run.",
        )  # fmt: skip
    if pressed or (view.run_now and draft.request is not None):
        view.run_now = False
        view.problem = ""
        try:
            _start(view, draft)
        except RerankLabError as error:
            view.problem = "" if draft.shown else str(error)
            view.input_open = True
        else:
            st.rerun()
    if view.problem:
        say("error", view.problem)


def settle(view: View) -> None:
    """Turn a job that has ended into the session's results."""
    if view.job is None or view.job.running:
        return
    job, view.job = view.job, None
    if job.error is not None:
        view.problem = str(job.error)
        view.input_open = True
        return
    view.outcome = job.outcome()
    if view.baseline not in {ranking.ranker for ranking in view.outcome.rankings}:
        first = next(iter(view.outcome.rankings), None)
        view.baseline = view.baseline if view.baseline == "input" else first.ranker if first else ""
    if view.selected not in {document.id for document in view.outcome.documents}:
        view.selected = ""


def show_progress() -> None:
    """The run so far, drawn again while it goes on; the whole page is drawn again at its end."""
    st.fragment(_show_progress, run_every=_POLL)()


def _start(view: View, draft: Draft) -> None:
    if draft.request is None:
        raise InputError(draft.problem)
    if draft.preview or not draft.request.query.text.strip():
        check_input(draft.request.query, draft.preview or ())
    ranker_ids = view.ranker_ids()
    if not ranker_ids:
        raise InputError("No ranker is on. Switch one on in the sidebar.")
    if view.job is not None:
        view.job.cancel()
    settings = Settings(ranker_ids=ranker_ids, device=view.device, repeats=view.repeats, endpoint=_endpoint(view, ranker_ids))
    cache = FreshResults(results()) if view.measure_again else results()
    view.job = RankingJob(draft.request, settings, cache=cache)
    view.input_open = False
    view.job.wait(_PATIENCE)
    settle(view)


def _endpoint(view: View, ranker_ids: tuple[str, ...]) -> Endpoint | None:
    """The session's chat endpoint, where a ranker uses one and an address was given; else the environment's is used."""
    if not any("method=chat" in ranker_id for ranker_id in ranker_ids) or not view.endpoint_url.strip():
        return None
    from reranklab.llm.endpoint import Endpoint

    return Endpoint(url=view.endpoint_url.strip(), key=view.endpoint_key.strip(), model=view.endpoint_model.strip())


def _show_progress() -> None:
    view = current_view()
    job = view.job
    if job is None or not job.running:
        st.rerun()
    outcome = job.outcome()
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        say("query", outcome.request.query.text)
        if st.button("Stopping…" if job.cancelling else "Cancel", key="cancel", disabled=job.cancelling):
            job.cancel()
            st.rerun(scope="fragment")
    _show_collecting(job)
    _show_lanes(outcome.lanes)
    if outcome.rankings:
        _show_partial(view, outcome)


def _show_collecting(job: RankingJob) -> None:
    step = job.collecting()
    if step is not None:
        _show_step("Candidates", step)


def _show_lanes(lanes: tuple[Lane, ...]) -> None:
    """One line of times, fastest first, and a bar for the ranker at work."""
    titles = ranker_titles(lane.ranker for lane in lanes)
    times = [
        f"{titles[lane.ranker]} {milliseconds(lane.ranking.timing.p50())}{' (cached)' if lane.ranking.timing.cached else ''}"
        for lane in by_speed(lanes)
        if lane.ranking is not None
    ]
    rest = [f"{titles[lane.ranker]} {lane.state}" for lane in lanes if lane.state not in ("finished", "running")]
    say("note", " · ".join([*times, *rest]))
    for lane in lanes:
        if lane.state == "running" and lane.step is None:
            st.progress(0.0, text=f"{markdown(titles[lane.ranker])}: loading and warming up")
        elif lane.state == "running" and lane.step is not None:
            _show_step(titles[lane.ranker], lane.step)


def _show_step(name: str, step: Step) -> None:
    where = f"{step.label}, " if step.label else ""
    st.progress(
        min(step.done / max(step.total, 1), 1.0), text=markdown(f"{name}: {where}{step.unit} {step.done:,} of {step.total:,}")
    )


def _show_partial(view: View, outcome: Outcome) -> None:
    def pick(document_id: str) -> None:
        view.selected = "" if view.selected == document_id else document_id

    baseline = view.baseline or outcome.rankings[0].ranker
    data = board_data(outcome, baseline=baseline, top=view.top, selected=view.selected)
    show_board(data, key="board_running", on_pick=pick)
