"""Pasted query and documents."""

from __future__ import annotations

from typing import cast

import streamlit as st

from reranklab.data.text import PasteMode, clean_text, parse_pasted
from reranklab.types import Query
from reranklab.ui.inputs.draft import Draft, listed
from reranklab.ui.state import View
from reranklab.ui.widgets import field

MODES = {"auto": "Detect", "lines": "One a line", "blocks": "Blocks between blank lines"}
_FOUND = {"lines": "one a line", "blocks": "in blocks between blank lines", "table": "one a row"}


def paste_draft(view: View) -> Draft:
    """Raises InputError for a text that gives no documents."""
    field(st.text_input, "Query", view, "paste_query", placeholder="What are you looking for?")
    field(
        st.text_area,
        "Documents",
        view,
        "paste_text",
        height=220,
        placeholder="One document a line, or blocks of text separated by blank lines.",
    )
    field(
        st.segmented_control, "Split the text", view, "paste_mode",
        options=list(MODES), format_func=MODES.__getitem__, required=True,
    )  # fmt: skip
    if not view.paste_text.strip():
        return Draft(problem="There are no documents to rank. Paste at least one.")
    parsed = parse_pasted(view.paste_text, mode=cast(PasteMode, view.paste_mode))
    notes = (count_note(len(parsed.documents), parsed.mode), *parsed.notes)
    return listed("Pasted", Query(text=clean_text(view.paste_query)), parsed.documents, notes=notes)


def count_note(documents: int, mode: str) -> str:
    """How many documents were read and how they were told apart."""
    return f"{documents:,} {'document' if documents == 1 else 'documents'}, {_FOUND[mode]}."
