"""Stability on the page: one ranker in other precisions, batches and orders, and what changes on a collection."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import streamlit as st

from reranklab.errors import InputError
from reranklab.evaluate.candidates import JUDGED, parse_candidates
from reranklab.evaluate.metrics import parse_measure
from reranklab.evaluate.stability import DEFAULT_MEASURE, stability
from reranklab.evaluate.task_set import prepare_tasks
from reranklab.evaluate.variants import CHANGES, chosen_variants, default_variants, parse_variant
from reranklab.progress import CancelSignal
from reranklab.rankers.family import RankerSpec
from reranklab.rankers.titles import ranker_titles
from reranklab.ui import plain
from reranklab.ui.background import settle, show_work, start
from reranklab.ui.boundary import part
from reranklab.ui.evaluate.form import RULES, collection_names
from reranklab.ui.evaluate.stability_results import Compared, show_compared
from reranklab.ui.jobs import Emit, Job
from reranklab.ui.resources import store
from reranklab.ui.run import session_endpoints
from reranklab.ui.say import say
from reranklab.ui.state import SessionState, current_session
from reranklab.ui.widgets import among
from reranklab.ui.widgets import field as shown_field

_MOST_QUERIES = 1_000_000
_MOST_DEPTH = 1000


@dataclass(slots=True, kw_only=True)
class StabilityState:
    """The form, the work, and what the last one gave. `variants` belong to `ranker`; `own` is one as typed. `margin` is in
    points, `queries` 0 takes all."""

    ranker: str = ""
    variants: list[str] = field(default_factory=list)
    variants_of: str = ""
    own: str = ""
    collection: str = ""
    rule: str = JUDGED
    depth: int = 20
    queries: int = 0
    seed: int = 0
    measure: str = DEFAULT_MEASURE
    margin: float = 1.0
    problem: str = ""
    stopped: bool = False
    job: Job[Compared] | None = None
    done: Compared | None = None


def show_stability(session: SessionState) -> None:
    """The form, the work, and the last results."""
    state = session.of(StabilityState)
    settle(state)
    _show_form(session, state)
    show_work(state, _job, "Stability", key="cancel_stability")
    if state.done is not None:
        part("The results")(show_compared)(session, state.done)
    elif state.job is None:
        say(
            "info",
            "Nothing is compared yet. Choose a ranker of the sidebar, what should differ, and a collection; press Compare.",
        )


@part("The settings of the comparison")
def _show_form(session: SessionState, state: StabilityState) -> None:
    specs = {spec.id: spec for spec in session.specs()}
    if not specs:
        say("info", "No ranker is on. Switch one on in the sidebar.")
        return
    titles = ranker_titles(specs)
    state.ranker = among(state.ranker, specs, default=list(specs)[-1])
    left, middle, right = st.columns([1.2, 3, 1.6])
    with left:
        shown_field(
            plain.selectbox, "Ranker", state, "ranker", key="w_stability_ranker", options=list(specs),
            format_func=titles.__getitem__,
        )  # fmt: skip
    with middle:
        _show_variants(session, state, specs[state.ranker])
    with right:
        shown_field(
            plain.text_input, "Another variant", state, "own", key="w_stability_own", placeholder="OPTION=VALUE, words:50",
            help="An option of the ranker with another value, or one of the changes with another number.",
        )  # fmt: skip
    _show_collection(state)
    with st.container(horizontal=True, vertical_alignment="center"):
        if plain.button("Compare", type="primary", key="compare_variants", disabled=state.job is not None):
            start(state, "The start of the comparison", lambda: _work(session, state, specs[state.ranker]))
        say("note", f"On {session.device}. Rankings that are stored are not computed again.")


def _show_variants(session: SessionState, state: StabilityState, spec: RankerSpec) -> None:
    offered = {variant.name: variant.words for variant in default_variants(spec, device=session.device)}
    for change in CHANGES:
        variant = parse_variant(change, spec)
        offered[variant.name] = variant.words
    if state.variants_of != f"{spec.id} {session.device}":
        state.variants = [variant.name for variant in default_variants(spec, device=session.device)]
        state.variants_of = f"{spec.id} {session.device}"
    state.variants = [name for name in state.variants if name in offered]
    shown_field(
        plain.multiselect, "Variants", state, "variants", key="w_stability_variants", options=list(offered),
        placeholder="Choose one or more", help=". ".join(f"{name}: {words}" for name, words in offered.items()),
    )  # fmt: skip


def _show_collection(state: StabilityState) -> None:
    known = collection_names()
    state.collection = among(state.collection, known, default=next(iter(known)))
    columns = st.columns([2.4, 1.6, 1, 1, 1.2, 1], vertical_alignment="bottom")
    with columns[0]:
        shown_field(
            plain.selectbox, "Collection", state, "collection", key="w_stability_collection", options=list(known),
            format_func=known.__getitem__,
        )  # fmt: skip
    with columns[1]:
        shown_field(
            plain.selectbox, "Candidates", state, "rule", key="w_stability_rule", options=list(RULES),
            format_func=RULES.__getitem__,
        )  # fmt: skip
    with columns[2]:
        shown_field(
            plain.number_input, "Depth", state, "depth", key="w_stability_depth", min_value=1, max_value=_MOST_DEPTH,
            disabled=state.rule == JUDGED,
        )  # fmt: skip
    with columns[3]:
        shown_field(
            plain.number_input, "Queries", state, "queries", key="w_stability_queries", min_value=0, max_value=_MOST_QUERIES,
            help="0 takes all. Otherwise so many are drawn, always the same for a seed.",
        )  # fmt: skip
    with columns[4]:
        shown_field(plain.text_input, "Measure", state, "measure", key="w_stability_measure")
    with columns[5]:
        shown_field(
            plain.number_input, "Margin", state, "margin", key="w_stability_margin", min_value=0.1, max_value=50.0, step=0.5,
            help="In points. Two rankers whose difference is surely smaller count as equivalent.",
        )  # fmt: skip


def _work(session: SessionState, state: StabilityState, spec: RankerSpec) -> Callable[[CancelSignal, Emit], Compared]:
    """What the thread does; it holds nothing of the session. Raises InputError for what does not work."""
    names = [*state.variants, *filter(None, [state.own.strip()])]
    if not names:
        raise InputError("No variant is chosen. Choose one or more.")
    variants = chosen_variants(names, spec, device=session.device)
    rule = JUDGED if state.rule == JUDGED else f"{state.rule}:{state.depth}"
    parse_candidates(rule)
    measure = state.measure.strip() or DEFAULT_MEASURE
    parse_measure(measure)
    collection, queries, seed, margin = state.collection, state.queries or None, state.seed, state.margin / 100
    device, endpoints, kept = session.device, session_endpoints(session, [spec]), store()

    def work(cancel: CancelSignal, emit: Emit) -> Compared:
        warnings: list[str] = []
        tasks = prepare_tasks(
            collection, candidates=rule, queries=queries, seed=seed, device=device, cancel=cancel, progress=emit
        )
        report = stability(
            tasks,
            spec,
            variants,
            measure=measure,
            margin=margin,
            device=device,
            endpoints=endpoints,
            store=kept,
            warn=warnings.append,
            cancel=cancel,
            progress=emit,
        )
        title = f"{tasks.collection.name} ({tasks.collection.split}), {len(tasks.tasks):,} queries, {rule}"
        return Compared(title=title, report=report, warnings=tuple(warnings))

    return work


def _job() -> Job[Compared] | None:
    return current_session().of(StabilityState).job
