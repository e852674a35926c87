"""The sections of the Explain page; only the open one is computed and drawn."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from reranklab.ui.explain.attention import show_attention
from reranklab.ui.explain.attribution import show_attribution
from reranklab.ui.explain.contrast import show_contrast
from reranklab.ui.explain.scores import show_score_views
from reranklab.ui.explain.stability import show_stability
from reranklab.ui.explain.subject import Subject
from reranklab.ui.explain.way import show_way
from reranklab.ui.explain.what_if import show_what_if
from reranklab.ui.state import View
from reranklab.ui.widgets import among, field

_SECTIONS: dict[str, Callable[[View, Subject], None]] = {
    "Its way": show_way,
    "What counted": show_attribution,
    "Attention": show_attention,
    "A above B": show_contrast,
    "What if": show_what_if,
    "Scores": show_score_views,
    "Stability": show_stability,
}


def show_sections(view: View, subject: Subject) -> None:
    """The choice of a section, and the section."""
    view.explain_section = among(view.explain_section, _SECTIONS, default="Its way")
    field(
        st.segmented_control, "Question", view, "explain_section",
        options=list(_SECTIONS), required=True, label_visibility="collapsed",
    )  # fmt: skip
    _SECTIONS[view.explain_section](view, subject)
