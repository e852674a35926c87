"""How far the order depends on the order given."""

from __future__ import annotations

import math
from dataclasses import dataclass

import streamlit as st

from reranklab.explain.shuffles import OrderStability, order_stability
from reranklab.plots.position_bias import draw_position_bias
from reranklab.plots.rank_spread import draw_rank_spread
from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.family import Capability, RankerSpec
from reranklab.types import Ranking
from reranklab.ui.explain.cost import ranker_name
from reranklab.ui.explain.subject import Subject
from reranklab.ui.explain.whole_list import cost_of, list_key
from reranklab.ui.explain.work import computed
from reranklab.ui.figures import show_figure
from reranklab.ui.page import say
from reranklab.ui.state import SessionState
from reranklab.ui.widgets import among, field

_SHUFFLES = (2, 20)
_SMALLER = (10, 5)

Windows = tuple[tuple[int, int], ...]


@dataclass(slots=True, kw_only=True)
class StabilityState:
    """Which ranker is tried, over how many shuffles, and whether with smaller windows as well."""

    ranker: str = ""
    shuffles: int = 5
    smaller_windows: bool = False


def show_stability(session: SessionState, subject: Subject) -> None:
    """The choice of a ranker and of the trials, and what they show."""
    chosen = session.of(StabilityState)
    specs = {spec.id: spec for spec in subject.specs}
    listwise = next((name for name, spec in specs.items() if spec.can(Capability.WINDOWED)), subject.specs[0].id)
    chosen.ranker = among(chosen.ranker, specs, default=listwise)
    left, middle, right = st.columns([3, 1.4, 2.4], vertical_alignment="bottom")
    with left:
        field(
            st.selectbox, "Ranker", chosen, "ranker", key="w_shuffled_ranker", options=list(specs),
            format_func=lambda name: ranker_name(subject, name),
        )  # fmt: skip
    spec = specs[chosen.ranker]
    with middle:
        field(st.number_input, "Shuffles", chosen, "shuffles", min_value=_SHUFFLES[0], max_value=_SHUFFLES[1], step=1)
    with right:
        plans = _choose_windows(chosen, spec)
    if spec.can(Capability.ORDER_FREE):
        say("note", "This ranker scores each document by itself: only documents with equal scores can change places.")
    found = _trials(session, subject, spec, plans)
    if found is not None:
        _show_trials(session, subject, spec, found)


def _choose_windows(chosen: StabilityState, spec: RankerSpec) -> Windows:
    """The windows to try; none for a ranker without windows."""
    if not spec.can(Capability.WINDOWED):
        return ()
    own = (int(spec.option("window")), int(spec.option("step")))
    if own[0] <= _SMALLER[0]:
        return (own,)
    field(
        st.toggle, f"Also windows of {_SMALLER[0]}, step {_SMALLER[1]}", chosen, "smaller_windows",
        help=f"The run used windows of {own[0]} passages that move by {own[1]}. This tries each shuffle with both.",
    )  # fmt: skip
    return (own, _SMALLER) if chosen.smaller_windows else (own,)


def _trials(session: SessionState, subject: Subject, spec: RankerSpec, plans: Windows) -> OrderStability | None:
    shuffles = int(session.of(StabilityState).shuffles)

    def compute(cancel: CancelSignal, progress: Progress) -> OrderStability:
        return order_stability(
            subject.build, spec, subject.query, subject.documents,
            shuffles=shuffles, windows=plans, cancel=cancel, progress=progress,
        )  # fmt: skip

    ranking = subject.ranking(spec.id)
    runs = shuffles * max(len(plans), 1)
    lists = shuffles * sum(_share(plan, plans[0], len(subject.documents)) for plan in plans) if plans else float(runs)
    return computed(
        session,
        list_key(subject, "shuffles", spec.id, shuffles, plans),
        "Shuffle and rank",
        compute,
        at_once=False,
        cost=cost_of(spec, ranking, lists, what=f"{runs} runs over {len(subject.documents):,} documents"),
    )


def _share(plan: tuple[int, int], own: tuple[int, int], documents: int) -> float:
    """How many of the run's own lists one list with the window and step of `plan` amounts to, by passages read."""
    return _passages(plan, documents) / _passages(own, documents)


def _passages(plan: tuple[int, int], documents: int) -> int:
    window, step = plan
    if documents <= window:
        return documents
    return window * (1 + math.ceil((documents - window) / step))


def _show_trials(session: SessionState, subject: Subject, spec: RankerSpec, found: OrderStability) -> None:
    ranking = subject.ranking(spec.id)
    say("info", _of_document(subject.document.id, ranking, found))
    spread = draw_rank_spread(found, selected=subject.document.id, titles=subject.titles)
    show_figure(spread, key="rank_spread", session=session)
    if any(low != high for low, _, high in found.spread().values()):
        show_figure(draw_position_bias(found, titles=subject.titles), key="position_bias")
    else:
        say("note", "No document changed its rank, so no position is favoured.")
    if spec.can(Capability.WINDOWED):
        say("note", _repairs(found))


def _of_document(document_id: str, ranking: Ranking, found: OrderStability) -> str:
    low, mean, high = found.spread()[document_id]
    runs = len(found.trials)
    own = f"In the order of the input it was at {ranking.rank_of()[document_id]}."
    if low == high:
        return f"{document_id} is at rank {low} in all {runs} runs. {own}"
    return f"{document_id} lies between rank {low} and {high} over {runs} runs, at {mean:.1f} on average. {own}"


def _repairs(found: OrderStability) -> str:
    repaired = [trial for trial in found.trials if trial.repairs]
    if not repaired:
        return "No reply had to be repaired: each was a full order of its window."
    number = sum(trial.repairs for trial in repaired)
    return (
        f"{number:,} {'place' if number == 1 else 'places'} repaired in {len(repaired)} of {len(found.trials)} runs: passages "
        "that a reply repeated, invented or left out. Those left out follow in the order in which they were given."
    )
