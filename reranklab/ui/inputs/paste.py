"""Pasted query and documents."""

from __future__ import annotations

from dataclasses import dataclass

from reranklab.data.blank import is_blank
from reranklab.data.text import PasteMode, clean_text, parse_pasted
from reranklab.types import Query
from reranklab.ui import plain
from reranklab.ui.inputs.draft import Draft, listed
from reranklab.ui.state import SessionState
from reranklab.ui.widgets import field

MODES = {"auto": "Detect", "lines": "One per line", "blocks": "Blocks between blank lines"}
_FOUND = {"lines": "one per line", "blocks": "in blocks between blank lines", "table": "one per row"}


@dataclass(slots=True, kw_only=True)
class PasteState:
    query: str = ""
    text: str = ""
    mode: PasteMode = "auto"


def paste_draft(session: SessionState) -> Draft:
    """Raises InputError for a text that gives no documents."""
    pasted = session.of(PasteState)
    field(plain.text_input, "Query", pasted, "query", key="w_paste_query", placeholder="What are you looking for?")
    field(
        plain.text_area,
        "Documents",
        pasted,
        "text",
        key="w_paste_text",
        height=220,
        placeholder="One document per line, or blocks of text separated by blank lines.",
    )
    field(
        plain.segmented_control, "Split the text", pasted, "mode", key="w_paste_mode",
        options=list(MODES), format_func=MODES.__getitem__, required=True,
    )  # fmt: skip
    if is_blank(pasted.text):
        return Draft(problem="There are no documents to rank. Paste at least one.")
    parsed = parse_pasted(pasted.text, mode=pasted.mode)
    notes = (count_note(len(parsed.documents), parsed.mode), *parsed.notes)
    return listed("Pasted", Query(text=clean_text(pasted.query)), parsed.documents, notes=notes)


def count_note(documents: int, mode: str) -> str:
    """How many documents were read and how they were told apart."""
    return f"{documents:,} {'document' if documents == 1 else 'documents'}, {_FOUND[mode]}."
