"""Keeping an edit as a probe: with what it should do to the score, and what it did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from reranklab.data.probe_records import Expectation, probe_of
from reranklab.data.probes import save_probe
from reranklab.errors import RerankLabError
from reranklab.explain.analyses.what_if import Move
from reranklab.explain.edit_history import EditHistory
from reranklab.ui import plain
from reranklab.ui.say import say
from reranklab.ui.state import SessionState
from reranklab.ui.widgets import field

EXPECTATION_WORDS: dict[Expectation, str] = {
    "lower": "Should fall",
    "higher": "Should rise",
    "same": "Should stay",
    "unknown": "Nothing",
}


@dataclass(slots=True, kw_only=True)
class SavingState:
    """The form as it was filled in."""

    expectation: Expectation = "unknown"
    note: str = ""


def show_saving(session: SessionState, history: EditHistory, moves: Sequence[Move], *, complete: bool) -> None:
    """The form, where the document was edited. Nothing is saved before a ranker has scored it, and while one is at work
    (not `complete`)."""
    if not history.document_changed:
        if history.query_changed:
            say("note", "A probe keeps an edit of the document. Only the query was changed.")
        return
    done = [move for move in moves if move.after is not None]
    plain.subheader("Save as a probe", anchor=False)
    form = session.of(SavingState)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        field(
            plain.segmented_control, "What you expect of the score", form, "expectation", key="probe_expectation",
            options=list(EXPECTATION_WORDS), format_func=EXPECTATION_WORDS.__getitem__, required=True,
        )  # fmt: skip
        field(plain.text_input, "Note", form, "note", key="probe_note", max_chars=500)
        is_saved = (history.now, form.expectation) in history.saved
        pressed = plain.button(
            "Saved" if is_saved else "Save probe", key="probe_save", disabled=is_saved or not done or not complete
        )
    if history.query_changed:
        say("note", "The query was edited too: the probe holds the document's scores before and after under the edited query.")
    if pressed:
        try:
            save_probe(
                probe_of(
                    query=history.query,
                    original=history.document,
                    edited=history.edited,
                    edit=history.edits,
                    before=[move.without_edit for move in done],
                    after=[move.after for move in done if move.after is not None],
                    expectation=form.expectation,
                    note=form.note.strip(),
                )
            )
        except RerankLabError as error:
            say("error", str(error))
        else:
            history.saved.add((history.now, form.expectation))
            st.rerun()
