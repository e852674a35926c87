"""What makes the margin between two documents, ranker by ranker."""

from __future__ import annotations

from dataclasses import dataclass, replace

import streamlit as st

from reranklab.explain.catalogue import find_analysis
from reranklab.explain.contrast import margin_in_words
from reranklab.explain.subject import Subject, neighbour
from reranklab.plots.catalogue import draw_findings
from reranklab.ui import plain
from reranklab.ui.escape import shorten
from reranklab.ui.explain.asking import ask_for
from reranklab.ui.explain.download import show_download
from reranklab.ui.figures import draw
from reranklab.ui.say import say
from reranklab.ui.state import SessionState
from reranklab.ui.widgets import among, field, kept

UNITS = {"sentence": "Sentences", "term": "Terms"}


@dataclass(slots=True, kw_only=True)
class PairState:
    """The document beside the chosen one (`other`, chosen for the run and document `other_for`), and what is left out."""

    other: str = ""
    other_for: tuple[int, str] | None = None
    unit: str = "sentence"


def show_compare(session: SessionState, subject: Subject) -> None:
    """The choice of the second document, the margins in words, and what makes them."""
    left, right = st.columns([2.6, 1.2], vertical_alignment="bottom")
    with left:
        pair = choose_other(session, subject)
    if pair is None or pair.other is None:
        return
    state = session.of(PairState)
    with right:
        field(
            plain.segmented_control, "Leave out", state, "unit",
            options=list(UNITS), format_func=UNITS.__getitem__, required=True,
        )  # fmt: skip
    with st.container(gap="xsmall"):
        for ranking in pair.rankings:
            say("note", margin_in_words(pair.titles[ranking.ranker], ranking, pair.document.id, pair.other.id))
    analysis = find_analysis("compare")
    findings = [
        ask_for(
            session, pair, analysis, ranking.ranker, {"unit": state.unit},
            name=f"Compare A and B for {pair.titles[ranking.ranker]}",
        )
        for ranking in pair.rankings
    ]  # fmt: skip
    shown = [finding for finding in findings if finding is not None]
    for drawing in draw_findings(pair, shown):
        draw(drawing, key="contrast")
    show_download(pair, shown, name="compare")


def choose_other(session: SessionState, subject: Subject) -> Subject | None:
    """The subject with the second document that was chosen; None, saying so, where there is none to choose."""
    order = [item.id for item in subject.rankings[0].items]
    default = neighbour(order, subject.document.id)
    if default is None:
        say("info", "There is only one document, so there is none to compare it with.")
        return None
    state = session.of(PairState)
    documents = {document.id: document for document in subject.documents}
    others = [document_id for document_id in order if document_id != subject.document.id]
    chosen_for = (subject.comparison.number, subject.document.id)
    if state.other_for not in (None, chosen_for):
        state.other = ""
    state.other_for = chosen_for
    state.other = among(state.other, others, default=default)

    def store(document_id: str) -> None:
        state.other = document_id

    kept(
        plain.selectbox, f"A is {shorten(subject.document.id, limit=64)}. B is", key="w_other", value=state.other,
        store=store, options=others,
        format_func=lambda each: f"{each}: {shorten(documents[each].title or documents[each].text, limit=80)}",
    )  # fmt: skip
    return replace(subject, other=documents[state.other])
