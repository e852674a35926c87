"""Following on the page: the sidebar's rankers told what counts as relevant, on a collection that judges by it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from reranklab.data.samples import sample_names
from reranklab.errors import InputError
from reranklab.evaluate.candidates import JUDGED, parse_candidates
from reranklab.evaluate.following import DEFAULT_MEASURE
from reranklab.evaluate.following_run import follow
from reranklab.evaluate.metrics import parse_measure
from reranklab.evaluate.task_set import prepare_tasks
from reranklab.progress import CancelSignal
from reranklab.rankers.base import MAX_CANDIDATES
from reranklab.ui import plain
from reranklab.ui.background import settle, show_work, start
from reranklab.ui.boundary import part
from reranklab.ui.evaluate.following_results import Followed, show_followed
from reranklab.ui.evaluate.form import RULES, collection_names
from reranklab.ui.jobs import Emit, Job
from reranklab.ui.resources import sample, store
from reranklab.ui.run import session_endpoints
from reranklab.ui.say import say
from reranklab.ui.state import SessionState, current_session
from reranklab.ui.widgets import among, field


@dataclass(slots=True, kw_only=True)
class FollowingState:
    """The form, the work, and what the last one gave. `margin` is in points."""

    collection: str = ""
    rule: str = JUDGED
    depth: int = 20
    measure: str = DEFAULT_MEASURE
    margin: float = 1.0
    problem: str = ""
    stopped: bool = False
    job: Job[Followed] | None = None
    done: Followed | None = None


def show_following(session: SessionState) -> None:
    """The form, the work, and the last results."""
    state = session.of(FollowingState)
    settle(state)
    _show_form(session, state)
    show_work(state, _job, "Following", key="cancel_following")
    if state.done is not None:
        part("The results")(show_followed)(session, state.done)
    elif state.job is None:
        say(
            "info",
            "Nothing is measured yet. Press Tell the rankers: each ranks every query with one instruction, with another and "
            "with none. One that takes no instruction reads it behind the query.",
        )


@part("The settings of the measurement")
def _show_form(session: SessionState, state: FollowingState) -> None:
    known = _collections()
    state.collection = among(state.collection, known, default=next(iter(known)))
    columns = st.columns([2.4, 1.6, 1, 1.2, 1], vertical_alignment="bottom")
    with columns[0]:
        field(
            plain.selectbox, "Collection", state, "collection", key="w_following_collection", options=list(known),
            format_func=known.__getitem__,
            help="Each query stands twice in it, with an instruction each: a key of its metadata in queries.jsonl.",
        )  # fmt: skip
    with columns[1]:
        field(
            plain.selectbox, "Candidates", state, "rule", key="w_following_rule", options=list(RULES),
            format_func=RULES.__getitem__,
        )  # fmt: skip
    with columns[2]:
        field(
            plain.number_input, "Depth", state, "depth", key="w_following_depth", min_value=1, max_value=MAX_CANDIDATES,
            disabled=state.rule == JUDGED,
        )  # fmt: skip
    with columns[3]:
        field(plain.text_input, "Measure", state, "measure", key="w_following_measure")
    with columns[4]:
        field(
            plain.number_input, "Margin", state, "margin", key="w_following_margin", min_value=0.1, max_value=50.0, step=0.5,
            help="In points. Two means whose difference is surely smaller count as equivalent.",
        )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="center"):
        if plain.button("Tell the rankers", type="primary", key="start_following", disabled=state.job is not None):
            start(state, "The start of the measurement", lambda: _work(session, state))
        say("note", f"With the rankers of the sidebar, on {session.device}. Rankings that are stored are not computed again.")


def _collections() -> dict[str, str]:
    """Those whose queries may have instructions: a sample is known to have none."""
    names = collection_names()
    here = set(sample_names())
    return {name: title for name, title in names.items() if name not in here or sample(name).instructions}


def _work(session: SessionState, state: FollowingState) -> Callable[[CancelSignal, Emit], Followed]:
    """What the thread does; it holds nothing of the session. Raises InputError for what does not work."""
    specs = session.specs()
    if not specs:
        raise InputError("No ranker is on. Switch one on in the sidebar.")
    rule = JUDGED if state.rule == JUDGED else f"{state.rule}:{state.depth}"
    parse_candidates(rule)
    measure = state.measure.strip() or DEFAULT_MEASURE
    parse_measure(measure)
    collection, margin = state.collection, state.margin / 100
    device, endpoints, kept = session.device, session_endpoints(session, specs), store()

    def work(cancel: CancelSignal, emit: Emit) -> Followed:
        warnings: list[str] = []
        tasks = prepare_tasks(collection, candidates=rule, device=device, cancel=cancel, progress=emit)
        report = follow(
            tasks,
            specs,
            measure=measure,
            margin=margin,
            device=device,
            endpoints=endpoints,
            store=kept,
            warn=warnings.append,
            cancel=cancel,
            progress=emit,
        )
        return Followed(collection=collection, report=report, warnings=tuple(warnings))

    return work


def _job() -> Job[Followed] | None:
    return current_session().of(FollowingState).job
