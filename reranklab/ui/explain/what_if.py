"""Edit the query or the document, and see it move."""

from __future__ import annotations

from reranklab.ui.explain.subject import Subject
from reranklab.ui.page import say
from reranklab.ui.state import View


def show_what_if(view: View, subject: Subject) -> None:
    say("note", "Edit the query or the document, and see it move.")
