"""Where the words of a text stand, in every script: the one place that knows.

Unicode's rules (UAX #29, Unicode Text Segmentation) through the package `regex`, whose property tables are newer than
Python's own. A word is a run of letters, digits and low lines, each with the marks and invisible joiners that follow it.
Tailored, as the annex allows:

- Full stop, comma, colon and semicolon end a word everywhere, so that text without a space behind them ("end.Next",
  "key:value") still comes apart; so does the narrow no-break space, which stands in French before punctuation.
- An apostrophe inside a word belongs to it, also between a digit and a letter ("1990's"). As in the annex, so do the signs
  letters that spelling asks for: Catalan l·l, Hebrew acronyms with gershayim or a double quote. Other middle dots divide:
  they multiply units and stand for a semicolon in Greek.
- Scripts written without spaces are cut into characters as readers see them, grapheme clusters: Han, Hiragana, Katakana,
  other ideographs (Tangut, Nushu, Khitan), and the scripts of Unicode's line breaking class SA (Thai, Lao, Khmer, Myanmar
  and their relatives). The annex leaves these to a dictionary, and cuts all but Katakana so itself. Tibetan marks its
  syllables, which are its words here; Korean has spaces.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import regex

Place = tuple[int, int]
"""Start and end of a half-open range of characters of a text."""

APOSTROPHES = "'’＇"

_UNSPACED = r"[\p{Han}\p{Ideographic}[[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}]&&[\p{L}\p{Nl}]][\p{lb=SA}&&\p{L}]]"
_ATTACHED = r"[\p{WB=Extend}\p{WB=Format}\p{WB=ZWJ}]"
_LETTER = rf"[[\p{{WB=ALetter}}\p{{WB=Hebrew_Letter}}\p{{WB=Numeric}}\p{{N}}\p{{Pc}}]--{_UNSPACED}]"
_LETTERS = rf"(?:{_LETTER}{_ATTACHED}*+)++"
_INSIDE = (
    r"(?:(?<=\p{Latin}\p{M}*[lL])[·\u0387](?=[lL]\p{Latin})"
    rf"|(?<=\p{{WB=Hebrew_Letter}}{_ATTACHED}*)[\u05f4\"](?=\p{{WB=Hebrew_Letter}}))"
)
_PIECE = rf"{_LETTERS}(?:{_INSIDE}{_LETTERS})*+"
_CLUSTER = rf"(?:(?={_UNSPACED})\X{_ATTACHED}*+)"

_PIECE_ALONE = regex.compile(_PIECE, regex.V1)
_CLUSTERS = regex.compile(_CLUSTER, regex.V1)
_RUNS = regex.compile(rf"(?P<unspaced>{_CLUSTER}++)|{_PIECE}(?:[{APOSTROPHES}]{_PIECE})*+", regex.V1)
_WORDS = regex.compile(rf"{_CLUSTER}|{_PIECE}(?:[{APOSTROPHES}]{_PIECE})*+", regex.V1)

_ASCII_WORDS = re.compile(r"[A-Za-z0-9_]+(?:'[A-Za-z0-9_]+)*")
_STRETCHES = re.compile(r"(?P<ascii>[\x00-\x7f]*[ \t\n\r]|[\x00-\x7f]+\Z)|\S+")

_LONGEST = 32
_STRETCH = regex.compile(rf"\X{{1,{_LONGEST}}}", regex.V1)
_SIGNS = regex.compile(rf"(?:(?!\s)\X){{{_LONGEST}}}", regex.V1)


def stretches(text: str) -> Iterator[tuple[int, int, bool]]:
    """The text in stretches that no word crosses, as start, end, and whether all of it is ASCII: Python's own expressions are
    many times faster there."""
    return ((*match.span(), match["ascii"] is not None) for match in _STRETCHES.finditer(text))


def word_places(text: str) -> Iterator[Place]:
    """The words of `text` in reading order; in scripts without spaces each character as readers see it."""
    for start, end, ascii_only in stretches(text):
        words = _ASCII_WORDS if ascii_only else _WORDS
        yield from (match.span() for match in words.finditer(text, start, end))


def runs(text: str) -> Iterator[tuple[int, int, bool]]:
    """As `word_places`, but neighbouring characters of scripts without spaces as one run, marked True."""
    for start, end, ascii_only in stretches(text):
        if ascii_only:
            yield from ((*match.span(), False) for match in _ASCII_WORDS.finditer(text, start, end))
        else:
            yield from ((*match.span(), match["unspaced"] is not None) for match in _RUNS.finditer(text, start, end))


def cluster_places(text: str, start: int, end: int) -> list[Place]:
    """The characters, as readers see them, of a run without spaces."""
    return [match.span() for match in _CLUSTERS.finditer(text, start, end)]


def is_one_piece(text: str) -> bool:
    """Whether `text` is one word of a script with spaces, without an apostrophe."""
    return _PIECE_ALONE.fullmatch(text) is not None


def counted_ends(text: str) -> list[int]:
    """Where each word of `text` ends, as words are counted to cut a text to a length.

    A word where a script has spaces, a character where it has none. Words and stretches of signs longer than 32 characters
    count once for every 32, so that no text is without bound: an encoded file, a line of dashes, emoji.
    """
    ends: list[int] = []
    last = 0
    for start, end in [*word_places(text), (len(text), len(text))]:
        ends += [match.end() for match in _SIGNS.finditer(text, last, start)] if start - last >= _LONGEST else []
        if end - start > _LONGEST:
            ends += [match.end() for match in _STRETCH.finditer(text, start, end)]
        elif end > start:
            ends.append(end)
        last = end
    return ends
