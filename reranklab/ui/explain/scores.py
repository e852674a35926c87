"""The scores of the whole list."""

from __future__ import annotations

from reranklab.ui.explain.subject import Subject
from reranklab.ui.page import say
from reranklab.ui.state import View


def show_score_views(view: View, subject: Subject) -> None:
    say("note", "The scores of the whole list.")
