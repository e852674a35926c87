"""Before and after training on the page: which rankers over which collections, and the work."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Collection as Ids

import streamlit as st

from reranklab.errors import InputError
from reranklab.evaluate.candidates import JUDGED, WORDS, parse_candidates
from reranklab.evaluate.metrics import parse_measure
from reranklab.evaluate.probes.run import ProbeSet
from reranklab.evaluate.probes.sources import SAMPLES, load_source
from reranklab.evaluate.thresholds import CRITERIA, check_criterion
from reranklab.progress import CancelSignal
from reranklab.rankers.base import MAX_CANDIDATES
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.train.change.before_after import BeforeAfter, before_and_after
from reranklab.train.kept import TrainedRanker, trained_rankers
from reranklab.ui import plain
from reranklab.ui.background import settle, show_work, start
from reranklab.ui.boundary import part
from reranklab.ui.evaluate.form import RULES, collection_names
from reranklab.ui.evaluate.open_query import open_on_compare
from reranklab.ui.jobs import Emit, Job
from reranklab.ui.resources import samples, store
from reranklab.ui.run import session_endpoints
from reranklab.ui.say import say
from reranklab.ui.state import SessionState, current_session
from reranklab.ui.train.change_results import show_change
from reranklab.ui.train.state import ChangeState
from reranklab.ui.widgets import among, field

_MOST = 1_000_000
_SAMPLES = 3


def show_before_after(session: SessionState) -> None:
    """The form, the comparison at work, and what the last one gave."""
    state = session.of(ChangeState)
    settle(state)
    _open_asked(session, state)
    _show_form(session, state)
    show_work(state, _job, "Before and after", key="cancel_change")
    if state.done is not None:
        part("What changed")(show_change)(state, state.done)
    elif state.job is None:
        say(
            "info",
            "Choose a trained model and press Compare. You then see what it learned on its own collection beside what it "
            "forgot on others, whether old thresholds still hold, which probes changed, and the queries that changed most.",
        )


@part("The query that was asked for")
def _open_asked(session: SessionState, state: ChangeState) -> None:
    asked, state.asked = state.asked, None
    if asked is not None:
        open_on_compare(session, store().runs.get(asked[0]), asked[1])


@part("The settings of the comparison")
def _show_form(session: SessionState, state: ChangeState) -> None:
    models = {model.name: model for model in trained_rankers().rankers}
    newest = next(iter(models), "")
    state.model = among(state.model or (newest if state.of is None else ""), ("", *models), default=newest)
    known = collection_names()
    if state.of != state.model:
        _fill(state, models.get(state.model), known)
    state.collections = [name for name in state.collections if name in known]
    left, right = st.columns([1.3, 3])
    with left:
        field(
            plain.selectbox, "Model", state, "model", key="w_change_model", options=[*models, ""],
            format_func=lambda name: name or "Two rankers of my choice",
        )  # fmt: skip
    with right:
        field(
            plain.multiselect, "Collections", state, "collections", key="w_change_collections", options=list(known),
            format_func=known.__getitem__, placeholder="Choose one or more",
            help="Its own shows what was learned, the others what was forgotten. Queries that were trained on are left out.",
        )  # fmt: skip
    if not state.model:
        _show_rankers(state)
    with plain.expander("More settings"):
        _show_more(state, choose_rankers=bool(state.model))
    with st.container(horizontal=True, vertical_alignment="center"):
        if plain.button("Compare", type="primary", key="start_change", disabled=state.job is not None):
            start(state, "The start of the comparison", lambda: _work(session, state))
        say("note", _asked_in_words(state))


def _fill(state: ChangeState, model: TrainedRanker | None, known: Ids[str]) -> None:
    """What suits a model: its base and itself, its own collection and some of the samples."""
    state.of = state.model
    if model is None:
        return
    state.before, state.after = model.before, model.ranker
    own = model.collection
    others = [name for name in _FURTHER if name in known and name != own][:_SAMPLES]
    state.collections = [*([own] if own in known else []), *others]
    state.rule = JUDGED if own in samples() else WORDS


_FURTHER = ("novel-facts", "web-questions", "negation", "hard-negatives")
"""Samples that differ in what they ask."""


def _show_rankers(state: ChangeState) -> None:
    left, right = st.columns(2)
    for column, label, name in ((left, "Before", "before"), (right, "After", "after")):
        with column:
            field(
                plain.text_input, label, state, name, key=f"w_change_{name}", placeholder="a ranker id",
                help="With model and options as on the command line: cross-encoder?precision=int8",
            )  # fmt: skip


def _show_more(state: ChangeState, *, choose_rankers: bool) -> None:
    if choose_rankers:
        _show_rankers(state)
    columns = st.columns(3)
    with columns[0]:
        state.rule = among(state.rule, RULES, default=WORDS)
        field(
            plain.selectbox, "Candidates", state, "rule", key="w_change_rule", options=list(RULES),
            format_func=RULES.__getitem__,
        )  # fmt: skip
        field(plain.text_input, "Measure", state, "measure", key="w_change_measure")
    with columns[1]:
        field(
            plain.number_input, "Depth", state, "depth", key="w_change_depth", min_value=1, max_value=MAX_CANDIDATES,
            disabled=state.rule == JUDGED,
        )  # fmt: skip
        field(
            plain.number_input, "Margin in points", state, "margin", key="w_change_margin", min_value=0.1, max_value=50.0,
            step=0.5, help="A difference that is surely smaller counts as none.",
        )  # fmt: skip
    with columns[2]:
        field(
            plain.number_input, "Queries of each", state, "queries", key="w_change_queries", min_value=0, max_value=_MOST,
            help="0 takes all. Otherwise so many are drawn, always the same ones.",
        )  # fmt: skip
        field(
            plain.selectbox, "Threshold by", state, "criterion", key="w_change_criterion", options=list(CRITERIA),
            help="F1 depends on how rare relevant documents are, Youden's index does not.",
        )  # fmt: skip
    field(
        plain.toggle, "Behaviour probes", state, "probes", key="w_change_probes",
        help="Minimal pairs over negation, numbers, names, roles and more: which of them changed.",
    )  # fmt: skip


def _asked_in_words(state: ChangeState) -> str:
    rule = RULES.get(state.rule, state.rule)
    queries = f"up to {state.queries:,} queries of each" if state.queries else "all queries"
    return f"{rule}, {queries}. What is stored is not computed again."


def _work(session: SessionState, state: ChangeState) -> Callable[[CancelSignal, Emit], BeforeAfter]:
    """What the thread does; it holds nothing of the session. Raises InputError for what is missing or does not work."""
    if not state.before.strip() or not state.after.strip():
        raise InputError("A ranker is missing. Choose a trained model, or name both rankers.")
    before, after = parse_ranker_id(state.before.strip()), parse_ranker_id(state.after.strip())
    sources = tuple(state.collections)
    if not sources:
        raise InputError("No collection is chosen. Choose one or more.")
    rule = JUDGED if state.rule == JUDGED else f"{state.rule}:{state.depth}"
    parse_candidates(rule)
    measure = state.measure.strip()
    parse_measure(measure)
    kept, device, criterion = store(), session.device, check_criterion(state.criterion)
    endpoints, queries, margin = session_endpoints(session, (before, after)), state.queries or None, state.margin / 100
    with_probes = state.probes

    def work(cancel: CancelSignal, emit: Emit) -> BeforeAfter:
        probes: list[ProbeSet] = [load_source(SAMPLES, cancel=cancel, progress=emit)] if with_probes else []
        return before_and_after(
            before, after, sources, measure=measure, margin=margin,
            criterion=criterion, candidates=rule, queries=queries, probes=probes, device=device,
            endpoints=endpoints, store=kept, cancel=cancel, progress=emit,
        )  # fmt: skip

    return work


def _job() -> Job[BeforeAfter] | None:
    return current_session().of(ChangeState).job
