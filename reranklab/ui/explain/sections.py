"""The sections of the Explain page; only the open one is computed and drawn."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from reranklab.ui.explain.attention import show_attention
from reranklab.ui.explain.attribution import show_attribution
from reranklab.ui.explain.contrast import show_contrast
from reranklab.ui.explain.scores import show_score_views
from reranklab.ui.explain.stability import show_stability
from reranklab.ui.explain.state import ExplainState
from reranklab.ui.explain.subject import Subject
from reranklab.ui.explain.way import show_way
from reranklab.ui.explain.what_if import show_what_if
from reranklab.ui.state import SessionState
from reranklab.ui.widgets import among, field

SECTIONS: dict[str, tuple[str, Callable[[SessionState, Subject], None]]] = {
    "ranks": ("Ranks and margins", show_way),
    "attribution": ("Attribution", show_attribution),
    "attention": ("Attention", show_attention),
    "compare": ("Compare two documents", show_contrast),
    "what-if": ("What if", show_what_if),
    "scores": ("Scores", show_score_views),
    "stability": ("Stability", show_stability),
}
"""Section id to its label and how it is drawn."""


def show_sections(session: SessionState, subject: Subject) -> None:
    """The choice of a section, and the section."""
    explain = session.of(ExplainState)
    explain.section = among(explain.section, SECTIONS, default=next(iter(SECTIONS)))
    field(
        st.segmented_control, "Section", explain, "section", key="w_explain_section",
        options=list(SECTIONS), format_func=lambda id_: SECTIONS[id_][0], required=True, label_visibility="collapsed",
    )  # fmt: skip
    SECTIONS[explain.section][1](session, subject)
