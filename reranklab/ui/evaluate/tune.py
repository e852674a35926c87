"""The tuner on the page: the best configuration of the sidebar's rankers within a budget of time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from reranklab.errors import InputError
from reranklab.evaluate.candidates import JUDGED, WORDS, parse_candidates
from reranklab.evaluate.metrics import parse_measure
from reranklab.evaluate.task_set import prepare_tasks
from reranklab.progress import CancelSignal
from reranklab.rankers.base import MAX_CANDIDATES
from reranklab.tune.tuner import DEFAULT_MEASURE, check_budget, tune
from reranklab.ui import plain
from reranklab.ui.background import settle, show_work, start
from reranklab.ui.boundary import part
from reranklab.ui.evaluate.form import RULES, collection_names
from reranklab.ui.evaluate.tune_results import Tuned, show_tuned
from reranklab.ui.jobs import Emit, Job
from reranklab.ui.resources import store
from reranklab.ui.run import session_endpoints
from reranklab.ui.say import say
from reranklab.ui.state import SessionState, current_session
from reranklab.ui.widgets import among, field

_MOST = 1_000_000
_MOST_FOLDS = 20


@dataclass(slots=True, kw_only=True)
class TuneState:
    """The form, the work, and what the last one gave. `budget` is in ms, `queries` 0 takes all."""

    collection: str = ""
    rule: str = WORDS
    depth: int = 100
    queries: int = 0
    seed: int = 0
    folds: int = 5
    budget: int = 200
    measure: str = DEFAULT_MEASURE
    problem: str = ""
    stopped: bool = False
    job: Job[Tuned] | None = None
    done: Tuned | None = None


def show_tune(session: SessionState) -> None:
    """The form, the search at work, and what the last one chose."""
    state = session.of(TuneState)
    settle(state)
    _show_form(session, state)
    stopped = "Stopped. What was scored is stored; the next search times anew and goes on from there."
    show_work(state, _job, "Tuning", key="cancel_tune", stopped=stopped)
    if state.done is not None:
        part("What was found")(show_tuned)(session, state.done)
    elif state.job is None:
        say(
            "info",
            "Nothing is tuned yet. Choose a judged collection and a budget, and press Tune: the rankers of the sidebar are "
            "tried in other precisions, behind each other at several depths, and on passages where they cut documents.",
        )


@part("The settings of the search")
def _show_form(session: SessionState, state: TuneState) -> None:
    known = collection_names()
    state.collection = among(state.collection, known, default=next(iter(known)))
    left, middle, right = st.columns([2.4, 1.6, 1.2], vertical_alignment="bottom")
    with left:
        field(
            plain.selectbox, "Collection", state, "collection", key="w_tune_collection", options=list(known),
            format_func=known.__getitem__,
        )  # fmt: skip
    with middle:
        field(
            plain.selectbox, "Candidates", state, "rule", key="w_tune_rule", options=list(RULES), format_func=RULES.__getitem__
        )
    with right:
        field(
            plain.number_input, "Budget in ms", state, "budget", key="w_tune_budget", min_value=1, max_value=10_000_000,
            help="The p95 of a query's time on the device, from the first stage to the last.",
        )  # fmt: skip
    columns = st.columns([1, 1, 1, 1, 1.2], vertical_alignment="bottom")
    with columns[0]:
        field(
            plain.number_input, "Depth", state, "depth", key="w_tune_depth", min_value=1, max_value=MAX_CANDIDATES,
            disabled=state.rule == JUDGED,
        )  # fmt: skip
    with columns[1]:
        field(
            plain.number_input, "Queries", state, "queries", key="w_tune_queries", min_value=0, max_value=_MOST,
            help="0 takes all. Otherwise so many are drawn, always the same for a seed.",
        )  # fmt: skip
    with columns[2]:
        field(plain.number_input, "Seed", state, "seed", key="w_tune_seed", min_value=0, max_value=_MOST)
    with columns[3]:
        field(
            plain.number_input, "Folds", state, "folds", key="w_tune_folds", min_value=2, max_value=_MOST_FOLDS,
            help="Of the cross-validation: each part of the queries is ranked by what a search on the others picks.",
        )  # fmt: skip
    with columns[4]:
        field(plain.text_input, "Measure", state, "measure", key="w_tune_measure")
    with st.container(horizontal=True, vertical_alignment="center"):
        if plain.button("Tune", type="primary", key="start_tune", disabled=state.job is not None):
            start(state, "The start of the search", lambda: _work(session, state))
        say("note", f"With the rankers of the sidebar, on {session.device}. Other work on this machine makes times longer.")


def _work(session: SessionState, state: TuneState) -> Callable[[CancelSignal, Emit], Tuned]:
    """What the thread does; it holds nothing of the session. Raises InputError for what does not work."""
    specs = session.specs()
    if not specs:
        raise InputError("No ranker is on. Switch one on in the sidebar.")
    check_budget(state.budget)
    rule = JUDGED if state.rule == JUDGED else f"{state.rule}:{state.depth}"
    parse_candidates(rule)
    measure = state.measure.strip() or DEFAULT_MEASURE
    parse_measure(measure)
    collection, queries, seed = state.collection, state.queries or None, state.seed
    folds, budget = state.folds, float(state.budget)
    device, endpoints, kept = session.device, session_endpoints(session, specs), store()

    def work(cancel: CancelSignal, emit: Emit) -> Tuned:
        warnings: list[str] = []
        tasks = prepare_tasks(
            collection, candidates=rule, queries=queries, seed=seed, device=device, cancel=cancel, progress=emit
        )
        tuning = tune(
            tasks,
            specs,
            budget=budget,
            folds=folds,
            measure=measure,
            seed=seed,
            device=device,
            endpoints=endpoints,
            store=kept,
            warn=warnings.append,
            cancel=cancel,
            progress=emit,
        )
        return Tuned(task_set=tasks, tuning=tuning, warnings=tuple(warnings))

    return work


def _job() -> Job[Tuned] | None:
    return current_session().of(TuneState).job
