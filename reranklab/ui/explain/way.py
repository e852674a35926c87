"""The document's way through the rankers."""

from __future__ import annotations

from reranklab.ui.explain.subject import Subject
from reranklab.ui.page import say
from reranklab.ui.state import View


def show_way(view: View, subject: Subject) -> None:
    say("note", "The document's way through the rankers.")
