"""Starting, watching and stopping a ranking."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from reranklab.engine.comparison import Comparison, RankerRun, by_speed
from reranklab.engine.request import RunSettings
from reranklab.errors import InputError, RerankLabError
from reranklab.progress import Step
from reranklab.rankers.family import Capability, RankerSpec
from reranklab.rankers.titles import ranker_titles
from reranklab.ui.board import board_data, show_board
from reranklab.ui.escape import markdown
from reranklab.ui.inputs.draft import Draft
from reranklab.ui.page import say
from reranklab.ui.ranking import RankingJob
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
    view.comparison = job.comparison()
    if view.baseline not in {ranking.ranker for ranking in view.comparison.rankings}:
        first = next(iter(view.comparison.rankings), None)
        view.baseline = view.baseline if view.baseline == "input" else first.ranker if first else ""
    if view.selected not in {document.id for document in view.comparison.documents}:
        view.selected = ""


def show_progress() -> None:
    """The run so far, drawn again while it goes on; the whole page is drawn again at its end."""
    st.fragment(_show_progress, run_every=_POLL)()


def _start(view: View, draft: Draft) -> None:
    if draft.request is None:
        raise InputError(draft.problem)
    specs = view.specs()
    if not specs:
        raise InputError("No ranker is on. Switch one on in the sidebar.")
    if view.job is not None:
        view.job.cancel()
    settings = RunSettings(specs=specs, device=view.device, repeats=view.repeats, endpoint=_endpoint(view, specs))
    view.job = RankingJob(draft.request, settings, cache=results(), remeasure=view.measure_again)
    view.input_open = False
    view.job.wait(_PATIENCE)
    settle(view)


def _endpoint(view: View, specs: tuple[RankerSpec, ...]) -> Endpoint | None:
    """The session's chat endpoint, where a ranker uses one and an address was given; else the environment's is used."""
    if not any(spec.can(Capability.ENDPOINT) for spec in specs) or not view.endpoint_url.strip():
        return None
    from reranklab.llm.endpoint import Endpoint

    return Endpoint(url=view.endpoint_url.strip(), key=view.endpoint_key.strip(), model=view.endpoint_model.strip())


def _show_progress() -> None:
    view = current_view()
    job = view.job
    if job is None or not job.running:
        st.rerun()
    comparison = job.comparison()
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        say("query", comparison.request.query.text)
        if st.button("Stopping…" if job.cancelling else "Cancel", key="cancel", disabled=job.cancelling):
            job.cancel()
            st.rerun(scope="fragment")
    _show_collecting(job)
    _show_runs(comparison.runs)
    if comparison.rankings:
        _show_partial(view, comparison)


def _show_collecting(job: RankingJob) -> None:
    step = job.collecting()
    if step is not None:
        _show_step("Candidates", step)


def _show_runs(runs: tuple[RankerRun, ...]) -> None:
    """One line of times, fastest first, and a bar for the ranker at work."""
    titles = ranker_titles(run.ranker for run in runs)
    times = [
        f"{titles[run.ranker]} {milliseconds(run.ranking.timing.p50())}{' (cached)' if run.ranking.timing.cached else ''}"
        for run in by_speed(runs)
        if run.ranking is not None
    ]
    rest = [f"{titles[run.ranker]} {run.state}" for run in runs if run.state not in ("finished", "running")]
    say("note", " · ".join([*times, *rest]))
    for run in runs:
        if run.state == "running" and run.step is None:
            st.progress(0.0, text=f"{markdown(titles[run.ranker])}: loading and warming up")
        elif run.state == "running" and run.step is not None:
            _show_step(titles[run.ranker], run.step)


def _show_step(name: str, step: Step) -> None:
    where = f"{step.label}, " if step.label else ""
    st.progress(
        min(step.done / max(step.total, 1), 1.0), text=markdown(f"{name}: {where}{step.unit} {step.done:,} of {step.total:,}")
    )


def _show_partial(view: View, comparison: Comparison) -> None:
    def pick(document_id: str) -> None:
        view.selected = "" if view.selected == document_id else document_id

    baseline = view.baseline or comparison.rankings[0].ranker
    data = board_data(comparison, baseline=baseline, top=view.top, selected=view.selected)
    show_board(data, key="board_running", on_pick=pick)
