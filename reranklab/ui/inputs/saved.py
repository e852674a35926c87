"""A result that was saved to a file: opened as it was, and its query and documents to be ranked again."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from reranklab.engine.boundary import contained
from reranklab.engine.comparison import Comparison
from reranklab.engine.opened import open_comparison
from reranklab.errors import RerankLabError
from reranklab.ui import plain
from reranklab.ui.compare_state import CompareState
from reranklab.ui.inputs.draft import Draft
from reranklab.ui.ranking import next_number
from reranklab.ui.say import say
from reranklab.ui.state import SessionState


@dataclass(slots=True, kw_only=True)
class SavedState:
    """The file's name, and what it holds or why it cannot be opened. Streamlit forgets a file when the page is left."""

    name: str = ""
    comparison: Comparison | None = None
    problem: str = ""


def saved_draft(session: SessionState) -> Draft:
    """The input of the saved result, to be ranked again with the rankers that are on."""
    saved = session.of(SavedState)
    show_saved_upload(session, key="w_saved")
    if saved.comparison is None:
        return Draft(problem=saved.problem or "No saved result is open. Upload one.", shown=bool(saved.problem))
    if session.comparison is not saved.comparison and plain.button("Open it again", key="open_saved", type="tertiary"):
        _open(session, saved.comparison)
        st.rerun()
    request = saved.comparison.request
    documents = saved.comparison.documents
    count = f"{len(documents):,} {'document' if len(documents) == 1 else 'documents'}"
    notes = (f"{saved.name}: {count}. Rank them to measure the rankers of the sidebar here.", *request.notes)
    return Draft(request=request, notes=notes, preview=documents, judgements=request.judgements)


def show_saved_upload(session: SessionState, *, key: str) -> None:
    """The way in for a saved result, which takes the place of the session's results at once."""
    saved = session.of(SavedState)

    def changed() -> None:
        file = st.session_state[key]
        if file is None:
            return
        saved.name, saved.comparison, saved.problem = file.name, None, ""
        try:
            with contained("The saved result"):
                saved.comparison = open_comparison(file.name, file.getvalue(), number=next_number())
        except RerankLabError as error:
            saved.problem = str(error)
            return
        _open(session, saved.comparison)

    plain.file_uploader(
        "Saved result",
        type=["json"],
        key=key,
        on_change=changed,
        help='A file that "Result to open again" saved, here or on another machine.',
    )
    if saved.problem:
        say("error", saved.problem)


def _open(session: SessionState, comparison: Comparison) -> None:
    if session.pending is not None:
        session.pending.job.cancel()
        session.pending = None
    session.comparison, session.origin, session.selected = comparison, {}, ""
    compare = session.of(CompareState)
    compare.baseline = comparison.rankings[0].ranker
    compare.problem = ""
    compare.input_open = False
