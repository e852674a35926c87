"""What was typed is taken over however a field is left, a Streamlit component that shows nothing."""

from __future__ import annotations

from reranklab.ui.components import component

__all__ = ["keep_typed"]


def keep_typed() -> None:
    """Streamlit takes a field's text over when the focus leaves the field's own box, so a Tab to a button inside of that box,
    Escape in a popover and the browser's way back lose it. Call once on every page."""
    component("typed")(key="typed", data={})
