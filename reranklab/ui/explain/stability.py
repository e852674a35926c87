"""How far the order depends on the order given."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from reranklab.explain.analyses.stability import (
    NO_MOVES,
    ORDER_FREE,
    Windows,
    own_window,
    repairs_in_words,
    spread_in_words,
    windows_in_text,
)
from reranklab.explain.analysis import Finding
from reranklab.explain.catalogue import find_analysis
from reranklab.explain.shuffles import OrderStability
from reranklab.explain.subject import Subject
from reranklab.plots.position_bias import draw_position_bias
from reranklab.plots.rank_spread import draw_rank_spread
from reranklab.rankers.family import Capability, RankerSpec
from reranklab.ui import plain
from reranklab.ui.explain.asking import ask_for
from reranklab.ui.explain.download import show_download
from reranklab.ui.figures import show_figure
from reranklab.ui.say import say
from reranklab.ui.state import SessionState
from reranklab.ui.widgets import among, field

_SHUFFLES = (2, 20)
_SMALLER = (10, 5)


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
            plain.selectbox, "Ranker", chosen, "ranker", key="w_shuffled_ranker", options=list(specs),
            format_func=subject.titles.__getitem__,
        )  # fmt: skip
    spec = specs[chosen.ranker]
    with middle:
        field(plain.number_input, "Shuffles", chosen, "shuffles", min_value=_SHUFFLES[0], max_value=_SHUFFLES[1], step=1)
    with right:
        plans = _choose_windows(chosen, spec)
    if spec.can(Capability.ORDER_FREE):
        say("note", ORDER_FREE)
    parameters = {"shuffles": str(int(chosen.shuffles)), "windows": windows_in_text(plans)}
    finding = ask_for(session, subject, find_analysis("stability"), spec.id, parameters, name="Shuffle and rank")
    if finding is not None:
        _show_trials(session, subject, spec, finding)
        show_download(subject, [finding], name="stability")


def _choose_windows(chosen: StabilityState, spec: RankerSpec) -> Windows:
    """The windows to try; none for a ranker without windows."""
    own = own_window(spec)
    if own is None:
        return ()
    if own[0] <= _SMALLER[0]:
        return (own,)
    field(
        plain.toggle, f"Also windows of {_SMALLER[0]}, step {_SMALLER[1]}", chosen, "smaller_windows",
        help=f"The run used windows of {own[0]} passages that move by {own[1]}. This tries each shuffle with both.",
    )  # fmt: skip
    return (own, _SMALLER) if chosen.smaller_windows else (own,)


def _show_trials(session: SessionState, subject: Subject, spec: RankerSpec, finding: Finding[OrderStability]) -> None:
    stability = finding.result
    say("info", spread_in_words(stability, subject.document.id, subject.ranking(spec.id)))
    spread = draw_rank_spread(stability, selected=subject.document.id, titles=subject.titles)
    show_figure(spread, key="rank_spread", session=session)
    if any(low != high for low, _, high in stability.spread().values()):
        show_figure(draw_position_bias(stability, titles=subject.titles), key="position_bias")
    else:
        say("note", NO_MOVES)
    if spec.can(Capability.WINDOWED):
        say("note", repairs_in_words(stability))
