"""Pasted text to documents: cleaning, splitting, and the notes on what was changed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import regex

from reranklab.data.blank import UNSEEN, is_blank
from reranklab.errors import InputError
from reranklab.types import Document

MAX_DOCUMENT_CHARACTERS = 2_000_000
PASTE_MODES = ("auto", "lines", "blocks")

PasteMode = Literal["auto", "lines", "blocks"]
DocumentMode = Literal["lines", "blocks", "table"]

_NEWLINE = re.compile(r"\r\n?")
_PAIR = re.compile(r"[\ud800-\udbff][\udc00-\udfff]")
_NOT_TEXT = re.compile(r"[\x00-\x08\x0b-\x1f\ud800-\udfff]")
_BLANK_LINES = regex.compile(rf"\n(?:[[{UNSEEN}]--\n]*+\n)+", regex.V1)
_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedDocuments:
    """Documents in input order, with unique ids. `mode` says how the input was split; `notes` what was dropped or changed,
    a sentence each."""

    documents: tuple[Document, ...]
    mode: DocumentMode
    notes: tuple[str, ...] = ()


def clean_text(text: str) -> str:
    """Text that every tokenizer and every encoder takes.

    C0 control characters other than tab and newline, and halves of surrogate pairs, become U+FFFD. Proper pairs are joined
    into their character, and carriage returns become newlines. Everything else stays as it is.
    """
    return clean_counted(text)[0]


def clean_counted(text: str) -> tuple[str, int]:
    """`clean_text`, with the number of characters that became U+FFFD."""
    joined = _PAIR.sub(_join_pair, _NEWLINE.sub("\n", text))
    return _NOT_TEXT.subn("\ufffd", joined)


def parse_pasted(text: str, *, mode: PasteMode = "auto") -> ParsedDocuments:
    """Documents d1, d2, ... from pasted text: one a line ("lines"), or one a block between blank lines ("blocks").

    "auto" takes blocks where a blank line separates texts and at least one of them has several lines; otherwise lines.
    So a list with blank lines between its entries gives the same documents either way, and a list with one stray blank line
    needs mode="lines". Raises InputError where no text is left, for an unknown mode, and for a document that is too long.
    """
    cleaned, replaced = clean_counted(text.removeprefix("\ufeff"))
    texts, found = split_texts(cleaned, mode=mode)
    if not texts:
        raise InputError("There is no text in what was pasted. Paste at least one document.")
    documents = [Document(id=f"d{number}", text=each) for number, each in enumerate(texts, start=1)]
    return with_notes(documents, mode=found, notes=cleaning_notes(replaced))


def split_texts(text: str, *, mode: PasteMode) -> tuple[list[str], Literal["lines", "blocks"]]:
    """The texts without blank ones, stripped of space around them, and the mode that "auto" found. `text` is cleaned."""
    if mode not in PASTE_MODES:
        raise InputError(f"There is no way {mode!r} to split pasted text. Choose one of: {', '.join(PASTE_MODES)}.")
    blocks = [block for block in map(str.strip, _BLANK_LINES.split(text)) if not is_blank(block)]
    if mode == "auto":
        mode = "blocks" if len(blocks) > 1 and any("\n" in block for block in blocks) else "lines"
    if mode == "blocks":
        return blocks, "blocks"
    return [line for line in map(str.strip, text.split("\n")) if not is_blank(line)], "lines"


def with_notes(documents: Sequence[Document], *, mode: DocumentMode, notes: Iterable[str]) -> ParsedDocuments:
    """The documents with `notes` and one more for each text that occurs twice. Raises InputError for one that is too long."""
    for document in documents:
        if len(document.content) > MAX_DOCUMENT_CHARACTERS:
            raise InputError(
                f"Document {document.id!r} has {len(document.content):,} characters, more than the limit of "
                f"{MAX_DOCUMENT_CHARACTERS:,}. Shorten it or split it."
            )
    return ParsedDocuments(documents=tuple(documents), mode=mode, notes=(*notes, *_duplicate_notes(documents)))


def cleaning_notes(replaced: int) -> list[str]:
    """One sentence where characters were replaced, none where nothing was."""
    if not replaced:
        return []
    what = "1 character that is not text was" if replaced == 1 else f"{replaced:,} characters that are not text were"
    return [f"{what} replaced by \ufffd (control characters and halves of surrogate pairs)."]


def shorten(names: Sequence[str]) -> str:
    """Names as they stand in a sentence: "d1 and d4", "1, 2, 3, 4, 5 and 9 more"."""
    if len(names) == 1:
        return names[0]
    if len(names) <= _SHOWN:
        return f"{', '.join(names[:-1])} and {names[-1]}"
    return f"{', '.join(names[:_SHOWN])} and {len(names) - _SHOWN:,} more"


def _duplicate_notes(documents: Sequence[Document]) -> list[str]:
    ids: dict[str, list[str]] = {}
    for document in documents:
        ids.setdefault(document.content, []).append(document.id)
    repeated = [same for same in ids.values() if len(same) > 1]
    notes = [f"Documents {shorten(same)} have the same text." for same in repeated[:_SHOWN]]
    if len(repeated) > _SHOWN:
        notes.append(f"{len(repeated) - _SHOWN:,} more texts occur in several documents.")
    return notes


def _join_pair(match: re.Match[str]) -> str:
    return match[0].encode("utf-16-le", "surrogatepass").decode("utf-16-le")
