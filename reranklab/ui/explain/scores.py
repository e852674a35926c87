"""The scores of the whole list."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from reranklab.errors import InputError
from reranklab.explain.near_ties import disagreements, has_sigmoid
from reranklab.plots.distributions import draw_distribution
from reranklab.plots.score_scatter import draw_score_scatter
from reranklab.ui.explain.cost import ranker_name
from reranklab.ui.explain.subject import Subject
from reranklab.ui.explain.ties import show_gaps
from reranklab.ui.figures import show_figure
from reranklab.ui.page import say
from reranklab.ui.state import View
from reranklab.ui.widgets import among, field, kept

_LABELLED = 8


def show_score_views(view: View, subject: Subject) -> None:
    """One view of the scores at a time. A click on a document chooses it."""
    view.score_view = among(view.score_view, _VIEWS, default="Distribution")
    field(
        st.segmented_control, "View", view, "score_view", options=list(_VIEWS), required=True, label_visibility="collapsed",
    )  # fmt: skip
    try:
        _VIEWS[view.score_view](view, subject)
    except InputError as error:
        say("info", str(error))


def _show_distribution(view: View, subject: Subject) -> None:
    if any(has_sigmoid(ranking.scale) for ranking in subject.rankings):
        field(
            st.toggle, "As probabilities", view, "as_probability",
            help="The sigmoid of the score, for rankers whose score is a logit. The model means it; no data confirm it.",
        )  # fmt: skip
    else:
        view.as_probability = False
    drawing = draw_distribution(
        subject.rankings, probability=view.as_probability, selected=subject.document.id, titles=subject.titles
    )
    show_figure(drawing, key="distribution", view=view)


def _show_scatter(view: View, subject: Subject) -> None:
    rankings = {ranking.ranker: ranking for ranking in subject.rankings}
    if len(rankings) < 2:
        say("info", "Two rankers are needed for this. Switch another one on and rank again.")
        return
    names = list(rankings)
    first = among(view.scatter[0], names, default=names[0])
    second = among(view.scatter[1], [name for name in names if name != first], default=next(n for n in names if n != first))
    view.scatter = (first, second)
    left, right = st.columns(2)
    with left:
        kept(
            st.selectbox, "X axis", key="w_scatter_first", value=first, options=names,
            format_func=lambda name: ranker_name(subject, name), store=lambda name: _put(view, 0, name),
        )  # fmt: skip
    with right:
        kept(
            st.selectbox, "Y axis", key="w_scatter_second", value=second, options=names,
            format_func=lambda name: ranker_name(subject, name), store=lambda name: _put(view, 1, name),
        )  # fmt: skip
    across, up = rankings[first], rankings[second]
    apart = [each.id for each in disagreements(across, up, number=_LABELLED)]
    labelled = [subject.document.id, *(name for name in apart if name != subject.document.id)]
    drawing = draw_score_scatter(
        across, up, labelled=labelled, grades=subject.comparison.request.judgements or None, titles=subject.titles
    )
    show_figure(drawing, key="score_scatter", view=view)
    say("note", "Named: the chosen document, and those whose ranks differ most.")


def _put(view: View, place: int, name: str) -> None:
    """One ranker of the scatter; where it is the other one, the two change places."""
    first, second = view.scatter
    if name == view.scatter[1 - place]:
        view.scatter = (second, first)
    else:
        view.scatter = (name, second) if place == 0 else (first, name)


_VIEWS: dict[str, Callable[[View, Subject], None]] = {
    "Distribution": _show_distribution,
    "Gaps and near-ties": show_gaps,
    "Two rankers": _show_scatter,
}
