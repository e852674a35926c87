"""A sum over terms: each query term's part of the score."""

from __future__ import annotations

from functools import reduce
from operator import add
from typing import cast

import streamlit as st

from reranklab.explain.attribution import Attribution
from reranklab.explain.lexical import TermContribution, term_contributions, to_attribution
from reranklab.explain.rescoring import position_of
from reranklab.plots.terms import draw_term_contributions
from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.explainable import AddsTerms
from reranklab.rankers.family import Capability
from reranklab.types import Ranking
from reranklab.ui.coloured import attribution_legend, attribution_segments, largest_share, show_coloured
from reranklab.ui.explain.cost import ranker_name
from reranklab.ui.explain.subject import Subject
from reranklab.ui.explain.work import computed
from reranklab.ui.figures import draw
from reranklab.ui.page import say
from reranklab.ui.state import SessionState

Terms = tuple[tuple[TermContribution, ...], ...]
_TOP = 10
_COLUMNS = {
    "Count": st.column_config.NumberColumn(help="How often the document holds the term."),
    "Documents": st.column_config.NumberColumn(help="How many documents hold it."),
    "Length": st.column_config.NumberColumn(help="Terms in this document."),
    "Contribution": st.column_config.NumberColumn(format="%.4f"),
}


def show_terms(session: SessionState, subject: Subject) -> list[Attribution]:
    """For each such ranker of the run: the text, the terms of its score, and those of the top documents. Their attributions."""
    found: list[Attribution] = []
    for ranking in subject.rankings:
        if not subject.spec(ranking.ranker).can(Capability.TERMS):
            continue
        terms = _compute(session, subject, ranking)
        if terms is not None:
            found.append(_show_one(subject, ranking, terms, number=len(found) + 1))
    return found


def _compute(session: SessionState, subject: Subject, ranking: Ranking) -> Terms | None:
    spec = subject.spec(ranking.ranker)

    def compute(cancel: CancelSignal, progress: Progress) -> Terms:
        return term_contributions(cast(AddsTerms, subject.build(spec)), subject.query, subject.documents, cancel=cancel)

    return computed(session, subject.key("terms", ranking.ranker), f"Terms of {ranker_name(subject, ranking.ranker)}", compute)


def _show_one(subject: Subject, ranking: Ranking, terms: Terms, *, number: int) -> Attribution:
    own = terms[position_of(subject.documents, subject.document.id)]
    attribution = to_attribution(own, document=subject.document, ranking=ranking)
    name = ranker_name(subject, ranking.ranker)
    left, right = st.columns(2)
    with left:
        largest = largest_share([attribution])
        show_coloured(
            attribution_segments(attribution, largest=largest),
            key=f"terms {ranking.ranker}",
            legend=attribution_legend([attribution]),
            title=f"{name}: what counted in {attribution.document_id}",
        )
    with right:
        st.dataframe([_row(term) for term in own], hide_index=True, width="stretch", column_config=_COLUMNS)
        total = reduce(add, (term.contribution for term in own), 0.0)
        length = f"{own[0].length:,} terms, {own[0].average_length:,.1f} on average" if own else "no terms"
        say("note", f"The contributions add up to {total:.6g}, the score is {attribution.base:.6g}. Length: {length}.")
        for warning in attribution.warnings:
            say("warning", warning)
    place = {document.id: place for place, document in enumerate(subject.documents)}
    shown = [item.id for item in ranking.items[:_TOP]]
    if subject.document.id not in shown:
        shown = [*shown[: _TOP - 1], subject.document.id]
    bars = [(each, [(term.term, term.contribution) for term in terms[place[each]]]) for each in shown]
    draw(draw_term_contributions(bars), key=f"bm25_terms_{number}")
    return attribution


def _row(term: TermContribution) -> dict[str, str | int | float]:
    return {
        "Term": term.term,
        "Count": term.count,
        "Documents": term.document_frequency,
        "idf": round(term.idf, 3),
        "Length": term.length,
        "Contribution": round(term.contribution, 4),
    }
