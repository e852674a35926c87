"""Messages, and markup of our own: text that is put into it is escaped on its way."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import streamlit as st
from markupsafe import Markup

Kind = Literal["error", "warning", "info", "note", "query", "slot", "offer"]
_ROLES = {"error": "alert", "warning": "status", "info": "status", "note": "note"}


def say(kind: Kind, text: str) -> None:
    """Show `text` literally, whatever it holds: Streamlit's own messages read Markdown."""
    classes = f"rl-message rl-{kind}" if kind in ("error", "warning", "info") else f"rl-{kind}"
    role = Markup(' role="{}"').format(_ROLES[kind]) if kind in _ROLES else ""
    put(Markup('<div class="{}" dir="auto"{}>{}</div>').format(classes, role, text))


def joined(parts: Iterable[str]) -> Markup:
    """The parts in a row; those that are no Markup are escaped."""
    return Markup("").join(parts)


def put(markup: Markup) -> None:
    """Show markup. Its parts are joined by `format`, which escapes every text that is no Markup."""
    st.html(str(markup))
