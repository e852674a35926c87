"""How far the order depends on the order given."""

from __future__ import annotations

from reranklab.ui.explain.subject import Subject
from reranklab.ui.page import say
from reranklab.ui.state import View


def show_stability(view: View, subject: Subject) -> None:
    say("note", "How far the order depends on the order given.")
