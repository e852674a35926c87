"""What differs between two versions of a text, word by word."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby, takewhile
from typing import Literal

import regex

from reranklab.data.segments import word_places

ChangeKind = Literal["same", "removed", "added"]

_BETWEEN = regex.compile(r"\s+|\X")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A stretch of text: in both versions, only in the earlier one, or only in the later one."""

    kind: ChangeKind
    text: str


def diff(before: str, after: str) -> tuple[Change, ...]:
    """The stretches in reading order, what was removed before what was added.

    Those that are the same or added make up `after`, those that are the same or removed make up `before`. Words are kept whole,
    and in scripts without spaces characters with their marks.
    """
    old, new = _pieces(before), _pieces(after)
    start = _same_from_start(old, new)
    end = _same_from_start(old[start:][::-1], new[start:][::-1])
    old_end, new_end = len(old) - end, len(new) - end
    changes = [
        Change(kind="same", text="".join(old[:start])),
        *_middle(old[start:old_end], new[start:new_end]),
        Change(kind="same", text="".join(old[old_end:])),
    ]
    written = (change for change in changes if change.text)
    return tuple(
        Change(kind=kind, text="".join(change.text for change in group))
        for kind, group in groupby(written, key=lambda change: change.kind)
    )


def _pieces(text: str) -> list[str]:
    """The words, and what stands between them sign by sign; together they are the text."""
    pieces: list[str] = []
    last = 0
    for start, end in word_places(text):
        pieces += _BETWEEN.findall(text, last, start)
        pieces.append(text[start:end])
        last = end
    pieces += _BETWEEN.findall(text, last)
    return pieces


def _same_from_start(old: Sequence[str], new: Sequence[str]) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False)))


def _middle(old: Sequence[str], new: Sequence[str]) -> Iterator[Change]:
    for tag, old_start, old_end, new_start, new_end in SequenceMatcher(None, old, new).get_opcodes():
        if tag == "equal":
            yield Change(kind="same", text="".join(old[old_start:old_end]))
        else:
            yield Change(kind="removed", text="".join(old[old_start:old_end]))
            yield Change(kind="added", text="".join(new[new_start:new_end]))
