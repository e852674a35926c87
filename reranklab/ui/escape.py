"""Untrusted text in places that Streamlit reads as Markdown: labels, captions, messages."""

from __future__ import annotations

import re

_SPECIAL = re.compile(r"[\\`*_{}\[\]()#+\-.!|~<>$&:/@=\"'\^]")
_SPACE = re.compile(r"\s+")
_REPLACED_LATER = re.compile(r"(?<=:)(?=\w)|(?<=[<>~=-])(?=[<>=-])")
"""Streamlit turns ":material/name:" and "->" into symbols after Markdown has decoded its entities."""


def markdown(text: str) -> str:
    """`text` on one line, shown literally by Markdown: no formatting, links, colours, emoji codes or formulas.

    Marks become character references; a zero-width space parts what Streamlit would still take for a symbol.
    """
    line = _REPLACED_LATER.sub("\u200b", _SPACE.sub(" ", text).strip())
    return _SPECIAL.sub(lambda match: f"&#{ord(match[0])};", line)


def shorten(text: str, *, limit: int) -> str:
    """The first `limit` characters on one line, with an ellipsis where something is left out."""
    line = _SPACE.sub(" ", text[: 4 * limit]).strip()
    return line if len(line) <= limit and len(text) <= 4 * limit else f"{line[: limit - 1].rstrip()}…"
