"""Where the models look."""

from __future__ import annotations

from reranklab.ui.explain.subject import Subject
from reranklab.ui.page import say
from reranklab.ui.state import View


def show_attention(view: View, subject: Subject) -> None:
    say("note", "Where the models look.")
