"""Spans of a text, counted as a browser counts: in UTF-16 code units."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate

from reranklab.types import Document

Span = tuple[int, int]


def in_code_units(text: str, spans: Iterable[Span]) -> tuple[Span, ...]:
    """Half-open spans of characters of `text` as spans of UTF-16 code units."""
    if max(text, default="") <= "\uffff":
        return tuple(spans)
    units = [0, *accumulate(1 + (character > "\uffff") for character in text)]
    return tuple((units[start], units[end]) for start, end in spans)


def passage_in_text(document: Document, passage: Span, *, limit: int) -> Span | None:
    """The part of a passage, a span of the document's content, that stands in the first `limit` characters of its text.

    In code units of the text. None for a passage that is the whole document, and for one that lies outside.
    """
    start, end = passage
    content = document.content
    if not content[:start].strip() and not content[end:].strip():
        return None
    before = len(content) - len(document.text.rstrip()) if document.title else 0
    text = document.text[:limit]
    start, end = max(start - before, 0), min(end - before, len(text))
    return in_code_units(text, [(start, end)])[0] if start < end else None
