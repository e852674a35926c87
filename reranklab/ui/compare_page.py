"""The parts of the Compare page that are more than one call."""

from __future__ import annotations

import streamlit as st

from reranklab.ui import plain
from reranklab.ui.address import current_link, known_here, put_link
from reranklab.ui.boundary import part
from reranklab.ui.compare_state import CompareState
from reranklab.ui.inputs import Draft, show_input
from reranklab.ui.links import read_link, write_link
from reranklab.ui.say import say
from reranklab.ui.state import SessionState
from reranklab.ui.tables import show_candidates
from reranklab.ui.widgets import kept

_NO_INPUT = Draft(problem="The input could not be read.", shown=True)


@part("The link")
def follow_link(session: SessionState) -> None:
    """Set the session from the address bar, once: later the address bar follows the session."""
    compare = session.of(CompareState)
    if compare.link_read:
        return
    compare.link_read = True
    link = current_link()
    if link:
        read_link(session, link, known_here(link))


@part("The input", failed=_NO_INPUT)
def show_input_area(session: SessionState) -> Draft:
    """The input, in a box that closes once there are results."""
    if session.comparison is None and session.pending is None:
        plain.title("Rank the same documents with several rankers, side by side", anchor=False)
        with st.container(border=True):
            return show_input(session)

    compare = session.of(CompareState)

    def store(is_open: bool) -> None:
        compare.input_open = is_open

    with kept(plain.expander, "Change the input", key="w_input_open", value=compare.input_open, store=store):
        return show_input(session)


@part("The list of candidates")
def show_preview(draft: Draft) -> None:
    """The candidates before the first run."""
    if draft.preview:
        say("note", f"{len(draft.preview):,} candidates in input order:")
        show_candidates(draft.preview, draft.judgements)


@part("The page's address")
def put_compare_link(session: SessionState) -> None:
    """Write the page's parameters into the address bar."""
    put_link(write_link(session))
