"""What in the document counted, by ranker, and how far that can be trusted."""

from __future__ import annotations

from reranklab.ui.explain.subject import Subject
from reranklab.ui.page import say
from reranklab.ui.state import View


def show_attribution(view: View, subject: Subject) -> None:
    say("note", "What in the document counted, by ranker, and how far that can be trusted.")
