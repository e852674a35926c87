"""The results of a run: the board, and below it figures, tables and downloads."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from reranklab.engine.comparison import Comparison
from reranklab.types import Document
from reranklab.ui.board import baseline_choices, board_data, show_board
from reranklab.ui.escape import shorten
from reranklab.ui.figures import show_agreement, show_rank_flow, show_scores
from reranklab.ui.files import show_downloads, show_provenance
from reranklab.ui.links import write_link
from reranklab.ui.page import say
from reranklab.ui.state import INPUT_ORDER, TOPS, View, current_view
from reranklab.ui.tables import show_quality, show_timing
from reranklab.ui.widgets import among, field, kept

_SECTIONS: dict[str, Callable[[View, Comparison], None]] = {
    "Rank flow": show_rank_flow,
    "Scores": show_scores,
    "Agreement": show_agreement,
    "Timing": show_timing,
    "Quality": show_quality,
    "Provenance": show_provenance,
    "Downloads": show_downloads,
}
_LONGEST_TEXT = 20_000
_EXPLAIN = "pages/1_Explain.py"


@st.fragment
def show_results() -> None:
    """The session's results. A click on a document draws only this part again."""
    view = current_view()
    comparison = view.comparison
    if comparison is None:
        return
    if view.explain_next:
        view.explain_next = False
        st.switch_page(_EXPLAIN)
    _show_head(view, comparison)
    data = board_data(comparison, baseline=view.baseline, top=view.top, selected=view.selected)
    show_board(
        data,
        key="board",
        on_pick=lambda document_id: select(view, document_id),
        on_explain=lambda document_id: ask_to_explain(view, document_id),
    )
    _show_warnings(comparison)
    _show_selected(view, comparison)
    if comparison.rankings:
        _show_sections(view, comparison)
    put_link(view)


def select(view: View, document_id: str) -> None:
    """Select a document, or let go of the selected one."""
    view.selected = "" if view.selected == document_id else document_id


def ask_to_explain(view: View, document_id: str) -> None:
    """Select a document and open the Explain page when the script runs next: a callback cannot change the page."""
    view.selected = document_id
    view.explain_next = True


def put_link(view: View) -> None:
    """Write the view's ids and settings into the address bar, where they differ."""
    link = write_link(view)
    if {name: st.query_params.get_all(name) for name in st.query_params} != link:
        st.query_params.from_dict(link)


def _show_head(view: View, comparison: Comparison) -> None:
    choices = baseline_choices(comparison)
    view.baseline = among(view.baseline, choices, default=INPUT_ORDER)
    left, middle, right = st.columns([6, 2.2, 1.3], vertical_alignment="bottom")
    with left:
        say("query", comparison.request.query.text)
        judged = sum(document.id in comparison.request.judgements for document in comparison.documents)
        facts = [comparison.request.label, f"{len(comparison.documents):,} documents"]
        facts += [f"{judged:,} judged"] if comparison.request.judgements else []
        say("note", " · ".join([*facts, comparison.settings.device]))
    with middle:
        field(
            st.selectbox, "Movement against", view, "baseline", options=list(choices), format_func=choices.__getitem__,
        )  # fmt: skip
    with right:
        field(st.selectbox, "Rows", view, "top", options=TOPS, format_func=lambda top: f"{top}" if top else "all")


def _show_warnings(comparison: Comparison) -> None:
    titles = comparison.titles
    for ranking in comparison.rankings:
        for warning in ranking.warnings:
            say("warning", f"{titles[ranking.ranker]}: {warning}")


def _show_selected(view: View, comparison: Comparison) -> None:
    document = next((document for document in comparison.documents if document.id == view.selected), None)
    if document is None:
        say("note", "Click a document to follow it through the rankers and the figures.")
        return
    titles = comparison.titles
    ranks = ", ".join(f"{titles[ranking.ranker]} {ranking.rank_of()[document.id]}" for ranking in comparison.rankings)
    with st.container(horizontal=True, vertical_alignment="center"):
        say("note", f"Selected: {document.id}. Ranks: {ranks}.")
        with st.popover("Read it", type="tertiary"):
            _show_text(document)
        if comparison.rankings:
            st.page_link(_EXPLAIN, label="Explain it")
        if st.button("Clear", type="tertiary", key="clear_selected"):
            view.selected = ""
            st.rerun(scope="fragment")


def _show_text(document: Document) -> None:
    if document.title:
        st.text(shorten(document.title, limit=500))
    st.text(document.text[:_LONGEST_TEXT])
    if len(document.text) > _LONGEST_TEXT:
        say("note", f"The first {_LONGEST_TEXT:,} of {len(document.text):,} characters.")


def _show_sections(view: View, comparison: Comparison) -> None:
    names = [name for name in _SECTIONS if name != "Quality" or comparison.request.judgements]
    view.tab = among(view.tab, names, default=names[0])

    def store(name: str) -> None:
        view.tab = name

    tabs = kept(st.tabs, names, key="sections", value=view.tab, store=store)  # type: ignore[arg-type]
    for name, tab in zip(names, tabs, strict=True):
        if name == view.tab:
            with tab:
                _SECTIONS[name](view, comparison)
