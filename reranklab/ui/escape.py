"""Untrusted text in places that Streamlit reads as Markdown: labels, captions, messages."""

from __future__ import annotations

import re

_SPACE = re.compile(r"\s+")
_SPECIAL = re.compile(
    r"[\\`*{}\[\]|~<>$^]"  # wherever it stands
    r"|(?<![^\W_])_|_(?![^\W_])"  # not inside of a word
    r"|&(?=[#\w])"
    r"|^(?:[-+#]|\d+[.)])"
)
_PARTED = re.compile(r"(?<=:)(?=[\w:/+-])|(?<=@)(?=[\w-])|(?<=www)(?=\.)|(?<=[<>~=-])(?=[<>=-])", re.IGNORECASE)
"""Streamlit turns addresses into links, ":name:" into symbols and "->" into arrows after Markdown has decoded its entities."""


class Markdown(str):
    """Text that Streamlit may read as Markdown. Only this module makes it."""

    __slots__ = ()


def markdown(text: str) -> Markdown:
    """`text` on one line, shown literally by Markdown: no formatting, pictures, links, colours, emoji codes or formulas.

    A mark that means something where it stands becomes a character reference. Others stay, since screen readers get labels as
    they are. A zero-width space parts what Streamlit would still take for a link or a symbol.
    """
    visible = text.encode("utf-8", "replace").decode("utf-8")
    line = _PARTED.sub("\u200b", _SPACE.sub(" ", visible).strip())
    return Markdown(_SPECIAL.sub(lambda match: f"{match[0][:-1]}&#{ord(match[0][-1])};", line))


def bold(text: str) -> Markdown:
    return Markdown(f"**{markdown(text)}**")


def definitions(words: dict[str, str]) -> Markdown:
    """A line for each term, in bold, and what it is."""
    return Markdown("  \n".join(f"{bold(term)}: {markdown(meaning)}" for term, meaning in words.items()))


def shorten(text: str, *, limit: int) -> str:
    """The first `limit` characters on one line, with an ellipsis where something is left out."""
    line = _SPACE.sub(" ", text[: 4 * limit]).strip()
    return line if len(line) <= limit and len(text) <= 4 * limit else f"{line[: limit - 1].rstrip()}…"
