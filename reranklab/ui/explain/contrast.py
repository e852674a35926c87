"""Why one document stands above another."""

from __future__ import annotations

from reranklab.ui.explain.subject import Subject
from reranklab.ui.page import say
from reranklab.ui.state import View


def show_contrast(view: View, subject: Subject) -> None:
    say("note", "Why one document stands above another.")
