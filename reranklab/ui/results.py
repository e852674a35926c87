"""The results of a run: the board, and below it figures, tables and downloads."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from reranklab.engine.comparison import Comparison
from reranklab.latency.cost import counted_dollars
from reranklab.latency.prices import load_prices
from reranklab.rankers.asked import asked_in_words
from reranklab.types import Document
from reranklab.ui import plain
from reranklab.ui.address import put_link
from reranklab.ui.board import baseline_choices, board_data, show_board
from reranklab.ui.boundary import part
from reranklab.ui.compare_state import INPUT_ORDER, ROWS, VIEWS, CompareState
from reranklab.ui.escape import shorten
from reranklab.ui.figures import show_agreement, show_rank_flow, show_scores
from reranklab.ui.files import show_downloads, show_provenance
from reranklab.ui.judging import show_blind, show_grading
from reranklab.ui.links import write_link
from reranklab.ui.say import say
from reranklab.ui.shown import NONE_SHOWN, choose_shown
from reranklab.ui.state import SessionState, current_session
from reranklab.ui.tables import show_quality, show_timing
from reranklab.ui.widgets import among, field, kept

_SECTIONS: dict[str, tuple[str, Callable[[SessionState, Comparison], None]]] = {
    "rank-flow": ("Rank flow", show_rank_flow),
    "scores": ("Scores", show_scores),
    "agreement": ("Agreement", show_agreement),
    "timing": ("Timing", show_timing),
    "quality": ("Quality", show_quality),
    "provenance": ("Provenance", show_provenance),
    "downloads": ("Downloads", show_downloads),
}
_LONGEST_TEXT = 20_000
_EXPLAIN = "pages/1_Explain.py"


@st.fragment
@part("The results")
def show_results() -> None:
    """The session's results. A click on a document draws only this part again."""
    session = current_session()
    comparison = session.comparison
    if comparison is None:
        return
    compare = session.of(CompareState)
    if compare.explain_next:
        compare.explain_next = False
        st.switch_page(_EXPLAIN)
    _show_head(session, comparison)
    if compare.view == "judge":
        show_grading(session, comparison)
    elif compare.view == "blind":
        show_blind(session, comparison)
    else:
        _show_rankings(session, comparison)
    put_link(write_link(session))


def _show_rankings(session: SessionState, comparison: Comparison) -> None:
    compare = session.of(CompareState)
    data = board_data(
        comparison,
        baseline=compare.baseline,
        rows=compare.rows,
        selected=session.selected,
        ideal=compare.ideal,
        hidden=compare.hidden,
    )
    if data["columns"]:
        show_board(
            data,
            key="board",
            on_pick=lambda document_id: select(session, document_id),
            on_explain=lambda document_id: ask_to_explain(session, document_id),
        )
    else:
        say("info", NONE_SHOWN)
    _show_warnings(comparison)
    _show_selected(session, comparison)
    if comparison.rankings:
        _show_sections(session, comparison)


def select(session: SessionState, document_id: str) -> None:
    """Select a document, or let go of the selected one."""
    session.selected = "" if session.selected == document_id else document_id


def ask_to_explain(session: SessionState, document_id: str) -> None:
    """Select a document and open the Explain page when the script runs next: a callback cannot change the page."""
    session.selected = document_id
    session.of(CompareState).explain_next = True


def _show_head(session: SessionState, comparison: Comparison) -> None:
    compare = session.of(CompareState)
    choices = baseline_choices(comparison)
    compare.baseline = among(compare.baseline, choices, default=INPUT_ORDER)
    left, middle, right = st.columns([6, 2.2, 1.3], vertical_alignment="bottom")
    with left:
        say("query", comparison.request.query.text)
        judged = sum(document.id in comparison.request.judgements for document in comparison.documents)
        facts = [comparison.request.label, f"{len(comparison.documents):,} documents"]
        facts += [f"{judged:,} judged"] if comparison.request.judgements else []
        say("note", " · ".join([*facts, comparison.settings.device]))
    with middle:
        if compare.view == "rankings":
            field(
            plain.selectbox, "Baseline", compare, "baseline", options=list(choices), format_func=choices.__getitem__,
            help="Arrows count how many ranks a document moved against it.",
        )  # fmt: skip
    with right:
        field(plain.selectbox, "Rows", compare, "rows", options=ROWS, format_func=lambda rows: f"{rows}" if rows else "all")
    with st.container(horizontal=True, vertical_alignment="center"):
        field(
            plain.segmented_control, "View", compare, "view", options=list(VIEWS), format_func=VIEWS.__getitem__,
            label_visibility="collapsed", required=True,
        )  # fmt: skip
        if compare.view == "rankings" and comparison.request.judgements:
            field(
                plain.toggle, "Ideal order", compare, "ideal",
                help="A column with the judged documents in the best order: what nDCG holds each ranking against.",
            )  # fmt: skip
        if compare.view == "rankings":
            choose_shown(session, comparison)


def _show_warnings(comparison: Comparison) -> None:
    titles = comparison.titles
    for note in comparison.candidates.notes:
        say("warning", note)
    for ranking in comparison.rankings:
        for warning in ranking.warnings:
            say("warning", f"{titles[ranking.ranker]}: {warning}")
        dollars = counted_dollars(ranking, load_prices())
        asked = ", ".join(filter(None, [asked_in_words(ranking), f"{dollars} by the table of prices" if dollars else ""]))
        if asked:
            say("note", f"{titles[ranking.ranker]} took {asked}.")


def _show_selected(session: SessionState, comparison: Comparison) -> None:
    document = next((document for document in comparison.documents if document.id == session.selected), None)
    if document is None:
        say("note", "Click a document to follow it through the rankers and the figures.")
        return
    titles = comparison.titles
    ranks = ", ".join(f"{titles[ranking.ranker]} {ranking.rank_of()[document.id]}" for ranking in comparison.rankings)
    with st.container(horizontal=True, vertical_alignment="center"):
        say("note", f"Selected: {document.id}. Ranks: {ranks}.")
        with plain.popover("Read it", type="tertiary"):
            _show_text(document)
        if comparison.rankings:
            plain.page_link(_EXPLAIN, label="Explain it")
        if plain.button("Clear", type="tertiary", key="clear_selected"):
            session.selected = ""
            st.rerun(scope="fragment")


def _show_text(document: Document) -> None:
    if document.title:
        st.text(shorten(document.title, limit=500))
    st.text(document.text[:_LONGEST_TEXT])
    if len(document.text) > _LONGEST_TEXT:
        say("note", f"The first {_LONGEST_TEXT:,} of {len(document.text):,} characters.")


def _show_sections(session: SessionState, comparison: Comparison) -> None:
    compare = session.of(CompareState)
    names = {id_: label for id_, (label, _) in _SECTIONS.items() if id_ != "quality" or comparison.request.judgements}
    compare.section = among(compare.section, names, default=next(iter(names)))
    ids = {label: id_ for id_, label in names.items()}

    def store(label: str) -> None:
        compare.section = ids[label]

    tabs = kept(plain.tabs, list(ids), key="sections", value=names[compare.section], store=store)  # type: ignore[arg-type]
    for id_, tab in zip(names, tabs, strict=True):
        if id_ == compare.section:
            with tab:
                part(names[id_])(_SECTIONS[id_][1])(session, comparison)
