"""What was typed is taken over however a field is left, a Streamlit component that shows nothing.

Streamlit takes a field's text over when the focus leaves the field's own box, so a Tab to a button inside of that box and
Escape in a popover lose it; the script sees to these. The browser's way back asks for another page before the text, and the
server forgets the fields of a page that is left: the script keeps such a text and gives it to the next page, which stores it
by what the field's page said of it (`remember`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import streamlit as st

from reranklab.ui.boundary import followed
from reranklab.ui.components import component

__all__ = ["keep_typed", "remember"]

_STATE = "reranklab_typed"
_NAME = "typed"


@dataclass(slots=True, kw_only=True)
class _Typed:
    """The page that is shown, what stores the text of a field by page and name, and the number of the last text given later."""

    page: str = ""
    fields: dict[tuple[str, str], Callable[[str], None]] = field(default_factory=dict)
    taken: int = 0


def keep_typed(page: str) -> None:
    """Call once on every page, before its fields. `page` is the last part of its address, empty for the first page."""
    typed = _typed()
    typed.page = page
    component("typed")(key=_NAME, data={"page": page, "taken": typed.taken}, on_late_change=_take_late)


def remember(key: str, store: Callable[[str], None]) -> None:
    """`store` takes a text of the field `key` of this page that comes when the page has been left."""
    typed = _typed()
    typed.fields[typed.page, _class(key)] = store


@followed("The text that was typed")
def _take_late() -> None:
    late, typed = st.session_state[_NAME].get("late"), _typed()
    if not isinstance(late, Mapping) or late.get("number") == typed.taken:
        return
    typed.taken = int(late["number"])
    store = typed.fields.get((str(late["page"]), str(late["field"])))
    if store is not None:
        store(str(late["text"]))


def _typed() -> _Typed:
    typed: _Typed = st.session_state.setdefault(_STATE, _Typed())
    return typed


def _class(key: str) -> str:
    """A widget's key as Streamlit writes it into the class of the widget's box."""
    return re.sub(r"[^a-zA-Z0-9_-]", "-", key.strip())
