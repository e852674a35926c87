"""The parts of the Compare page that are more than one call."""

from __future__ import annotations

import streamlit as st

from reranklab.data.beir import list_datasets
from reranklab.ui.inputs import Draft, show_input
from reranklab.ui.links import Known, read_link
from reranklab.ui.page import say
from reranklab.ui.resources import devices, samples
from reranklab.ui.state import View
from reranklab.ui.tables import show_candidates
from reranklab.ui.widgets import kept


def follow_link(view: View) -> None:
    """Set the view from the address bar, once a session: later the address bar follows the view."""
    if view.link_read:
        return
    view.link_read = True
    link = {name: st.query_params.get_all(name) for name in st.query_params}
    if not link:
        return
    known = Known(
        samples=samples(),
        datasets=[dataset.name for dataset in list_datasets()],
        devices=[device.id for device in devices() if device.available] if "device" in link else ["cpu"],
    )
    read_link(view, link, known)


def show_input_area(view: View) -> Draft:
    """The input, in a box that closes once there are results."""
    if view.comparison is None and view.job is None:
        st.title("Rank the same documents with several rankers, side by side", anchor=False)
        with st.container(border=True):
            return show_input(view)

    def store(is_open: bool) -> None:
        view.input_open = is_open

    with kept(st.expander, "Change the input", key="w_input_open", value=view.input_open, store=store):
        return show_input(view)


def show_preview(draft: Draft) -> None:
    """The candidates before the first run."""
    if draft.preview:
        say("note", f"{len(draft.preview):,} candidates in input order:")
        show_candidates(draft.preview, draft.judgements)
