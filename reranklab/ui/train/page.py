"""The tools of the Train page."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from reranklab.extras import TRAIN
from reranklab.operator import Lock, is_locked
from reranklab.ui.address import LinkReader, current_link, put_link
from reranklab.ui.boundary import part
from reranklab.ui.say import say
from reranklab.ui.state import SessionState
from reranklab.ui.train.at_work import show_work
from reranklab.ui.train.before_after import show_before_after
from reranklab.ui.train.distil import show_distil
from reranklab.ui.train.fine_tune import show_fine_tune
from reranklab.ui.train.kept import show_begun, show_trained
from reranklab.ui.train.state import TrainState
from reranklab.ui.widgets import choose_tool


@part("The link")
def follow_link(session: SessionState) -> None:
    """Open the tool that the address names, once."""
    state = session.of(TrainState)
    if state.link_read:
        return
    state.link_read = True
    reader = LinkReader(current_link())
    state.tool = reader.choice("tool", state.tool, TOOLS)
    session.notices += filter(None, [reader.notice()])


@part("The tools")
def show_tools(session: SessionState) -> None:
    """The choice of a tool, and the tool; or why nothing can be trained here."""
    if is_locked(Lock.TRAINING):
        say(
            "info",
            "Nothing can be trained here: the operator of this installation has locked it. On a machine of your own, "
            "`reranklab app` has this page without locks.",
        )
        return
    if TRAIN.missing:
        say("info", TRAIN.remedy("Training a model"))
        return
    state = session.of(TrainState)
    title, show = choose_tool(state, TOOLS, key="w_train_tool")
    part(title)(show)(session)


@part("The page's address")
def put_train_link(session: SessionState) -> None:
    """Write the tool into the address bar."""
    tool = session.of(TrainState).tool
    put_link({"tool": [tool]} if tool and tool != next(iter(TOOLS)) else {})


def _show_training(session: SessionState, show_form: Callable[[SessionState], None]) -> None:
    """What is at work above the form, what was trained below it."""

    def compare() -> None:
        session.of(TrainState).tool = _BEFORE_AFTER
        st.rerun()

    show_work(session)
    show_form(session)
    show_begun(session)
    show_trained(session, compare)


_BEFORE_AFTER = "before-after"

Tool = Callable[[SessionState], None]

TOOLS: Mapping[str, tuple[str, Tool]] = {
    "fine-tune": ("Fine-tune", lambda session: _show_training(session, show_fine_tune)),
    "distil": ("Distil", lambda session: _show_training(session, show_distil)),
    _BEFORE_AFTER: ("Before and after", show_before_after),
}
"""Tool id to its title and how it is drawn. The first is the page's own."""
