"""The parts of a text that an explanation speaks about: sentences, words and terms, by character position."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import regex

from reranklab.data.folding import fold
from reranklab.data.segments import word_places

UnitKind = Literal["sentence", "term", "word"]

_END = regex.compile(
    r"[.!?…۔]+[\"'”’)\]]*(?=\s)|[\p{Sentence_Break=STerm}--[!?۔]]+[」』”’)）】]*|\n\s*\n|\n(?=\s*[-*•\d])", regex.V1
)
_ABBREVIATION = re.compile(
    r"(?:\b(?:mr|mrs|ms|dr|prof|st|vs|etc|e\.g|i\.e|cf|no|nos|fig|figs|eq|sec|art|al|approx|inc|ltd|co|jr|sr|v|p|pp|vol|ed)"
    r"|\b[A-Z])\.$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Span:
    """Half-open range of characters of a text."""

    start: int
    end: int

    def of(self, text: str) -> str:
        return text[self.start : self.end]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A part of a document whose effect is measured: a sentence, a word where it stands, or a term wherever it stands."""

    label: str
    spans: tuple[Span, ...]


def sentence_spans(text: str) -> tuple[Span, ...]:
    """Sentences in reading order, without the white space around them.

    A sentence ends at closing punctuation before white space, or at an empty line; not behind common abbreviations and
    initials, nor where a small letter follows a full stop. The closing signs of other scripts (Unicode's Sentence_Break=STerm:
    。！？ of Chinese and Japanese, the danda of Hindi, the Arabic question mark, ...) need no white space; the Urdu full stop
    does, as abbreviations hold it. Thai has no such sign: its sentences stay together up to the end of the paragraph.
    """
    spans = []
    start = 0
    for match in _END.finditer(text):
        end = match.end()
        if match.group()[0] == "." and not _ends_sentence(text, start, match.start(), end):
            continue
        spans.append(_trimmed(text, start, end))
        start = end
    spans.append(_trimmed(text, start, len(text)))
    return tuple(span for span in spans if span.start < span.end)


def word_spans(text: str) -> tuple[Span, ...]:
    """The words in reading order, as `reranklab.data.segments` finds them: an apostrophe inside a word belongs to it, and in
    scripts without spaces each character is a word."""
    return tuple(Span(start=start, end=end) for start, end in word_places(text))


def units_of(text: str, kind: UnitKind, *, title: str = "") -> tuple[Unit, ...]:
    """The text's sentences, words, or terms (words folded, with all places where each stands) in reading order.

    A `title` that the text begins with counts as a sentence of its own.
    """
    if kind == "sentence":
        return tuple(Unit(label=span.of(text), spans=(span,)) for span in _sentences_behind(title, text))
    words = word_spans(text)
    if kind == "word":
        return tuple(Unit(label=span.of(text), spans=(span,)) for span in words)
    places: dict[str, list[Span]] = {}
    for span in words:
        word = span.of(text)
        places.setdefault(fold(word) or word, []).append(span)
    return tuple(Unit(label=term, spans=tuple(spans)) for term, spans in places.items())


def without(text: str, spans: Iterable[Span]) -> str:
    """The text with the spans cut out; where white space then meets white space, one of the two goes as well."""
    kept = ""
    position = 0
    for span in sorted(spans):
        kept = _join(kept, text[position : max(span.start, position)])
        position = max(position, span.end)
    return _join(kept, text[position:])


def _sentences_behind(title: str, text: str) -> tuple[Span, ...]:
    start = len(title) if title.strip() and text.startswith(title) else 0
    rest = tuple(Span(start=start + span.start, end=start + span.end) for span in sentence_spans(text[start:]))
    return (_trimmed(text, 0, start), *rest) if start else rest


def _join(left: str, right: str) -> str:
    if right[:1].isspace() and (not left or left[-1].isspace()):
        right = right[1:]
    return left + right


def _ends_sentence(text: str, start: int, dot: int, end: int) -> bool:
    following = text[end:].lstrip()[:1]
    return not following.islower() and not _ABBREVIATION.search(text[start : dot + 1])


def _trimmed(text: str, start: int, end: int) -> Span:
    piece = text[start:end]
    left = len(piece) - len(piece.lstrip())
    return Span(start=start + left, end=start + left + len(piece.strip())) if piece.strip() else Span(start=start, end=start)
