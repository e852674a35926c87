"""Why one document stands above another, ranker by ranker."""

from __future__ import annotations

from dataclasses import dataclass, replace

import streamlit as st

from reranklab.data.spans import UnitKind, units_of
from reranklab.explain.contrast import Contrast, contrast
from reranklab.explain.leave_one_out import MAX_UNITS
from reranklab.explain.record import contrast_record
from reranklab.plots.contrast import draw_contrast
from reranklab.progress import CancelSignal, Progress
from reranklab.types import RANK_ONLY, Document, Ranking
from reranklab.ui.escape import markdown, shorten
from reranklab.ui.explain.cost import in_words, ranker_name, rescoring_time, runs_at_once
from reranklab.ui.explain.keep import show_json
from reranklab.ui.explain.subject import Subject
from reranklab.ui.explain.work import computed
from reranklab.ui.figures import draw
from reranklab.ui.page import say
from reranklab.ui.state import SessionState
from reranklab.ui.widgets import among, field, kept

UNITS: dict[UnitKind, str] = {"sentence": "Sentences", "term": "Terms"}


@dataclass(slots=True, kw_only=True)
class ContrastState:
    """The document beside the chosen one (`other`, chosen for the subject `other_for`), and the `unit` that is left out."""

    other: str = ""
    other_for: str = ""
    unit: UnitKind = "sentence"


def show_contrast(session: SessionState, subject: Subject) -> None:
    """The choice of the second document, the margins in words, and what makes them."""
    if len(subject.documents) < 2:
        say("info", "There is only one document, so there is none to compare it with.")
        return
    other = _choose(session, subject)
    with st.container(gap="xsmall"):
        for ranking in subject.rankings:
            say("note", margin_in_words(ranker_name(subject, ranking.ranker), ranking, subject.document.id, other.id))
    found = [
        oriented(each, subject.document.id)
        for ranking in subject.rankings
        if (each := _contrast(session, subject, ranking, other)) is not None
    ]
    if found:
        draw(draw_contrast(found, titles=subject.titles), key="contrast")
        show_json(subject, [contrast_record(each) for each in found], name="a-above-b")


def _choose(session: SessionState, subject: Subject) -> Document:
    shown = session.of(ContrastState)
    documents = {document.id: document for document in subject.documents}
    order = [item.id for item in subject.rankings[0].items]
    others = [document_id for document_id in order if document_id != subject.document.id]
    if shown.other_for not in ("", subject.key()):
        shown.other = ""
    shown.other_for = subject.key()
    shown.other = among(shown.other, others, default=neighbour(order, subject.document.id))

    def store(document_id: str) -> None:
        shown.other = document_id

    left, right = st.columns([4, 1], vertical_alignment="bottom")
    with left:
        kept(
            st.selectbox, f"A is {markdown(subject.document.id)}. B is", key="w_other", value=shown.other,
            store=store, options=others,
            format_func=lambda each: f"{each}: {shorten(documents[each].title or documents[each].text, limit=80)}",
        )  # fmt: skip
    with right:
        field(
            st.segmented_control, "Leave out", shown, "unit",
            options=list(UNITS), format_func=UNITS.__getitem__, required=True,
        )  # fmt: skip
    return documents[shown.other]


def neighbour(order: list[str], document_id: str) -> str:
    """The one above, for the first the one below."""
    place = order.index(document_id)
    return order[place - 1] if place else order[1]


def margin_in_words(name: str, ranking: Ranking, first: str, second: str) -> str:
    """Where a ranker puts the two, and how far apart."""
    items = {item.id: item for item in ranking.items}
    a, b = items[first], items[second]
    where = f"{name}: A is {'above' if a.rank < b.rank else 'below'} B, ranks {a.rank} and {b.rank}"
    if ranking.scale == RANK_ONLY:
        return f"{where}. It gives no scores, so there is no margin."
    margin = a.score - b.score
    if not margin:
        return f"{where}, with equal scores: the order is the input's."
    spread = ranking.items[0].score - ranking.items[-1].score
    return f"{where}. Margin {margin:+.3g} ({ranking.scale.name}), {abs(margin) / spread:.0%} of the list's range."


def oriented(found: Contrast, document_id: str) -> Contrast:
    """The contrast with this document as A, whichever of the two is higher: all panels then speak of the same A and B."""
    if found.above.document_id == document_id:
        return found
    return replace(
        found,
        above=found.below,
        below=found.above,
        margin=-found.margin,
        rank_above=found.rank_below,
        rank_below=found.rank_above,
    )


def _contrast(session: SessionState, subject: Subject, ranking: Ranking, other: Document) -> Contrast | None:
    spec = subject.spec(ranking.ranker)
    unit = session.of(ContrastState).unit
    counts = {
        each.id: min(len(units_of(each.content, unit, title=each.title)), MAX_UNITS) + 1 for each in (subject.document, other)
    }
    time = sum(rescoring_time(subject, ranking, count, document_id=each) for each, count in counts.items())

    def compute(cancel: CancelSignal, progress: Progress) -> Contrast:
        return contrast(
            subject.build(spec), ranking, subject.query, subject.documents, subject.document.id, other.id,
            unit=unit, cancel=cancel, progress=progress,
        )  # fmt: skip

    return computed(
        session, subject.key("contrast", other.id, unit, ranking.ranker),
        f"Compare A and B for {ranker_name(subject, ranking.ranker)}", compute,
        at_once=all(runs_at_once(subject, ranking, count, document_id=each) for each, count in counts.items()),
        cost=in_words(subject, ranking, sum(counts.values()), time),
    )  # fmt: skip
