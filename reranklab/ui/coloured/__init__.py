"""Text coloured by value, a Streamlit component without a build step."""

from __future__ import annotations

import re
from collections.abc import Sequence

import streamlit as st

from reranklab.ui import plain
from reranklab.ui.coloured.data import (
    Legend,
    Segment,
    attribution_legend,
    attribution_segments,
    coloured_page,
    component_data,
    contribution_segments,
    largest_share,
    marked_segments,
    received_legend,
    received_segments,
)
from reranklab.ui.components import component

__all__ = [
    "Legend",
    "Segment",
    "attribution_legend",
    "attribution_segments",
    "contribution_segments",
    "largest_share",
    "marked_segments",
    "received_legend",
    "received_segments",
    "show_coloured",
]


def show_coloured(segments: Sequence[Segment], *, key: str, legend: Legend, title: str) -> None:
    """Draw the text with its legend, and offer it as a page of its own under `title`."""
    name = re.sub(r"\W+", "-", title).strip("-").lower()
    component("coloured")(key=key, data={**component_data(segments, legend), "title": title})
    with st.container(horizontal=True, horizontal_alignment="right"):
        plain.download_button(
            "Save as HTML",
            data=lambda: coloured_page(segments, legend, title=title),
            file_name=f"{name}.html",
            mime="text/html",
            key=f"save_{key}",
            type="tertiary",
            on_click="ignore",
            help="The coloured text as a page of its own, which needs no network.",
        )
