"""The figures of the results, each with its text alternative."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from reranklab.engine.comparison import Comparison
from reranklab.evaluate.agreement import agreement_table
from reranklab.plots.agreement import draw_agreement
from reranklab.plots.drawing import Drawing
from reranklab.plots.frame import figure_page
from reranklab.plots.rank_flow import draw_rank_flow
from reranklab.plots.scores import draw_scores
from reranklab.ui import plain
from reranklab.ui.compare_state import CompareState
from reranklab.ui.say import say
from reranklab.ui.shown import NONE_SHOWN, shown_rankings
from reranklab.ui.state import SessionState

_MEASURES = {"tau": "Kendall's tau", "overlap": "Top-k overlap", "rbo": "Rank-biased overlap"}
_ALONE = "Two rankers are needed for this. Show or switch on another one."


def show_rank_flow(session: SessionState, comparison: Comparison) -> None:
    rankings = shown_rankings(session, comparison)
    if len(rankings) < 2:
        say("info", _ALONE)
        return
    drawing = draw_rank_flow(
        rankings,
        grades=comparison.request.judgements or None,
        selected=session.selected or None,
        top=session.of(CompareState).rows or None,
        titles=comparison.titles,
    )
    show_figure(drawing, key="rank_flow", session=session)


def show_scores(session: SessionState, comparison: Comparison) -> None:
    rankings = shown_rankings(session, comparison)
    if not rankings:
        say("info", NONE_SHOWN)
        return
    drawing = draw_scores(rankings, selected=session.selected or None, titles=comparison.titles)
    show_figure(drawing, key="scores", session=session)


def show_agreement(session: SessionState, comparison: Comparison) -> None:
    rankings = shown_rankings(session, comparison)
    if len(rankings) < 2:
        say("info", _ALONE)
        return
    agreements = agreement_table(rankings)
    titles = comparison.titles
    rows = [
        {
            "First": titles[row.first],
            "Second": titles[row.second],
            "Kendall tau": round(row.tau, 3),
            f"Overlap@{row.k}": round(row.overlap, 3),
            f"RBO (p = {row.p})": round(row.rbo, 3),
        }
        for row in agreements
    ]
    left, right = st.columns([1, 1])
    with left:
        st.dataframe(rows, hide_index=True, width="stretch")
        say(
            "note",
            "Kendall's tau is 1 for the same order and -1 for the reverse. Overlap is the share of documents in both "
            "top lists. Rank-biased overlap weighs the top most. All compare ranks, never scores.",
        )
    with right:
        measure: Any = plain.segmented_control(
            "Measure", list(_MEASURES), format_func=_MEASURES.__getitem__, default="tau", required=True, key="agreement_measure"
        )
        show_figure(draw_agreement(agreements, measure=measure, titles=titles), key="agreement")


def show_figure(drawing: Drawing, *, key: str, session: SessionState | None = None) -> None:
    """Draw a figure with its description below. With `session`, a click on a point selects its document."""

    def picked() -> None:
        points = st.session_state[key]["selection"]["points"]
        document = points[0].get("customdata") if points and session is not None else None
        if isinstance(document, list):
            document = document[0] if document else None
        if isinstance(document, str) and session is not None:
            session.selected = document

    if session is None:
        draw(drawing, key=key)
    else:
        draw(drawing, key=key, on_select=picked)


def draw(drawing: Drawing, *, key: str, on_select: Callable[[], None] | None = None) -> None:
    """Draw a figure, its description, and the ways to keep it: the camera in its corner saves a PNG, the link a page.

    `on_select` is called after a click on a point; `st.session_state[key]` has the selection.
    """
    figure, words = drawing.figure, drawing.words
    figure.update_layout(paper_bgcolor="#12171D" if st.context.theme.type == "dark" else "#FFFFFF")
    config = {
        "displaylogo": False,
        "modeBarButtons": [["toImage"]],
        "toImageButtonOptions": {"format": "png", "filename": key, "scale": 2},
    }
    if on_select is None:
        plain.plotly_chart(figure, key=key, config=config, alt=words)
    else:
        plain.plotly_chart(figure, key=key, config=config, alt=words, on_select=on_select, selection_mode="points")
    with st.container(horizontal=True, vertical_alignment="top"):
        say("note", words)
        plain.download_button(
            "Save as HTML",
            data=lambda: figure_page(figure, title=key, words=words),
            file_name=f"{key}.html",
            mime="text/html",
            key=f"save_{key}",
            type="tertiary",
            on_click="ignore",
            help="The figure as a page of its own, which needs no network.",
        )
