"""The scores of the whole list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from reranklab.errors import InputError
from reranklab.explain.near_ties import disagreements, has_sigmoid
from reranklab.explain.subject import Subject
from reranklab.plots.distributions import draw_distribution
from reranklab.plots.score_scatter import draw_score_scatter
from reranklab.ui import plain
from reranklab.ui.explain.near_ties import show_gaps
from reranklab.ui.figures import show_figure
from reranklab.ui.say import say
from reranklab.ui.state import SessionState
from reranklab.ui.widgets import among, field, kept

_LABELLED = 8


@dataclass(slots=True, kw_only=True)
class ScoresState:
    """The id of the open view, whether logits are shown as probabilities, and the scatter's rankers on x and y."""

    view: str = ""
    as_probability: bool = False
    scatter: tuple[str, str] = ("", "")


def show_score_views(session: SessionState, subject: Subject) -> None:
    """One view of the scores at a time. A click on a document chooses it."""
    shown = session.of(ScoresState)
    shown.view = among(shown.view, VIEWS, default=next(iter(VIEWS)))
    field(
        plain.segmented_control, "View", shown, "view", key="w_score_view",
        options=list(VIEWS), format_func=lambda id_: VIEWS[id_][0], required=True, label_visibility="collapsed",
    )  # fmt: skip
    try:
        VIEWS[shown.view][1](session, subject)
    except InputError as error:
        say("info", str(error))


def _show_distribution(session: SessionState, subject: Subject) -> None:
    shown = session.of(ScoresState)
    if any(has_sigmoid(ranking.scale) for ranking in subject.rankings):
        field(
            plain.toggle, "As probabilities (not calibrated)", shown, "as_probability",
            help="The sigmoid of the score, for rankers whose score is a logit. The model means it; no data confirm it.",
        )  # fmt: skip
    else:
        shown.as_probability = False
    drawing = draw_distribution(
        subject.rankings, probability=shown.as_probability, selected=subject.document.id, titles=subject.titles
    )
    show_figure(drawing, key="distribution", session=session)


def _show_scatter(session: SessionState, subject: Subject) -> None:
    rankings = {ranking.ranker: ranking for ranking in subject.rankings}
    if len(rankings) < 2:
        say("info", "Two rankers are needed for this. Switch another one on and rank again.")
        return
    shown = session.of(ScoresState)
    names = list(rankings)
    first = among(shown.scatter[0], names, default=names[0])
    second = among(shown.scatter[1], [name for name in names if name != first], default=next(n for n in names if n != first))
    shown.scatter = (first, second)
    left, right = st.columns(2)
    with left:
        kept(
            plain.selectbox, "X axis", key="w_scatter_first", value=first, options=names,
            format_func=subject.titles.__getitem__, store=lambda name: _put(shown, 0, name),
        )  # fmt: skip
    with right:
        kept(
            plain.selectbox, "Y axis", key="w_scatter_second", value=second, options=names,
            format_func=subject.titles.__getitem__, store=lambda name: _put(shown, 1, name),
        )  # fmt: skip
    across, up = rankings[first], rankings[second]
    apart = [each.id for each in disagreements(across, up, number=_LABELLED)]
    labelled = [subject.document.id, *(name for name in apart if name != subject.document.id)]
    drawing = draw_score_scatter(
        across, up, labelled=labelled, grades=subject.comparison.request.judgements or None, titles=subject.titles
    )
    show_figure(drawing, key="score_scatter", session=session)
    say("note", "Named: the chosen document, and those whose ranks differ most.")


def _put(shown: ScoresState, axis: int, name: str) -> None:
    """One ranker of the scatter; where it is the other one, the two change places."""
    first, second = shown.scatter
    if name == shown.scatter[1 - axis]:
        shown.scatter = (second, first)
    else:
        shown.scatter = (name, second) if axis == 0 else (first, name)


VIEWS: dict[str, tuple[str, Callable[[SessionState, Subject], None]]] = {
    "distribution": ("Distribution", _show_distribution),
    "gaps": ("Gaps and near-ties", show_gaps),
    "scatter": ("Two rankers", _show_scatter),
}
"""View id to its label and how it is drawn."""
