"""Edit the query or the document, and see it move."""

from __future__ import annotations

from dataclasses import dataclass, field

import streamlit as st

from reranklab.data.blank import is_blank
from reranklab.explain.analyse import key_prefix
from reranklab.explain.analyses.what_if import ANALYSIS, Move
from reranklab.explain.analysis import Finding
from reranklab.explain.edit_history import EditHistory, begin
from reranklab.explain.subject import Subject
from reranklab.ui.explain.differences import show_differences
from reranklab.ui.explain.download import show_download
from reranklab.ui.explain.editor import show_editor
from reranklab.ui.explain.moves import ask_for_moves, show_moves
from reranklab.ui.explain.probe_list import show_probes
from reranklab.ui.explain.probe_saving import show_saving
from reranklab.ui.explain.work import Computations
from reranklab.ui.say import say
from reranklab.ui.state import SessionState


@dataclass(slots=True, kw_only=True)
class WhatIfState:
    """The edits by document id, of one run."""

    edits: dict[str, EditHistory] = field(default_factory=dict)


def show_what_if(session: SessionState, subject: Subject) -> None:
    """The editor, where the document moves, what was changed, and the probes."""
    history = _history(session, subject)
    show_editor(session, subject, history)
    with st.container():
        findings = _show_effect(session, subject, history)
    with st.container():
        if findings is not None:
            complete = not session.of(Computations).running(key_prefix(ANALYSIS, subject))
            show_saving(session, history, [finding.result for finding in findings], complete=complete)
            show_download(subject, findings, name="what-if")
    show_probes()


def _show_effect(session: SessionState, subject: Subject, history: EditHistory) -> list[Finding[Move]] | None:
    """How each ranker moves the document, and what was changed; None, saying so, without a query."""
    if is_blank(history.now.query):
        say("error", "The query is empty. Type at least one word.")
        return None
    findings = ask_for_moves(session, subject, history)
    show_moves(subject, [finding.result for finding in findings])
    original, now = history.versions[0], history.now
    show_differences(
        {
            "Query": (original.query, now.query),
            "Title": (original.title, now.title),
            "Text": (original.text, now.text),
        }
    )
    return findings


def _history(session: SessionState, subject: Subject) -> EditHistory:
    """The document's history in this run; those of earlier runs are forgotten."""
    what_if = session.of(WhatIfState)
    known = what_if.edits.get(subject.document.id)
    if known is None or known.comparison is not subject.comparison:
        what_if.edits = {name: each for name, each in what_if.edits.items() if each.comparison is subject.comparison}
        what_if.edits[subject.document.id] = known = begin(subject.comparison, subject.document)
    return known
