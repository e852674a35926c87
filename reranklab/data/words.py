"""Text to BM25 terms. The ranker and the corpus index share this, so that both see the same terms."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Literal

import regex
import Stemmer

from reranklab.data.folding import fold
from reranklab.data.segments import APOSTROPHES, Place, cluster_places, is_one_piece, runs, stretches
from reranklab.errors import InputError

Analyser = Literal["words", "english"]
ANALYSERS: tuple[Analyser, ...] = ("english", "words")

_LUCENE_STOP_WORDS = (
    "a an and are as at be but by for if in into is it no not of on or such "
    "that the their then there these they this to was will with"
)
STOP_WORDS = frozenset(_LUCENE_STOP_WORDS.split())
"""Lucene's classic list of 33 English words."""

_ASCII_WORD = re.compile(r"[A-Za-z0-9_]+")
_LATIN = regex.compile(r"[\p{Latin}\p{Common}\p{Inherited}]+")
_SPACED_APOSTROPHE = regex.compile(
    rf"(?<=[\p{{Latin}}\p{{N}}_]\p{{M}}*)[{APOSTROPHES}]|[{APOSTROPHES}](?=[\p{{Latin}}\p{{N}}_])", regex.V1
)
_thread = threading.local()


def tokenise(text: str, *, analyser: Analyser) -> list[str]:
    """The terms of `text` in reading order, repeats kept; none is empty.

    "words" takes words as `reranklab.data.segments` finds them, folded (see `fold`), apart at apostrophes beside Latin letters
    and digits. Scripts without spaces give overlapping pairs of characters, also across scripts, and a character where it
    stands alone: so do Lucene's CJKAnalyzer for Han, Hiragana and Katakana, and Xapian's n-grams for Thai, Lao, Khmer
    and Myanmar as well. "english" drops `STOP_WORDS` from those and reduces words in Latin script to stems with Snowball's
    English stemmer (Porter 2). Raises InputError for another analyser.
    """
    words: list[str] = []
    for start, end, ascii_only in stretches(text):
        stretch = text[start:end]
        words += _ASCII_WORD.findall(stretch.lower()) if ascii_only else [word for word, _ in _words(stretch)]
    return _terms(words, analyser=analyser)


def term_places(text: str, *, analyser: Analyser) -> Iterator[tuple[str, Place]]:
    """The terms of `tokenise`, each with the characters of `text` that it comes from. Places of pairs overlap; several terms
    may come from one place ("½" is 1 and 2)."""
    if analyser == "words":
        yield from _words(text)
        return
    for word, place in _words(text):
        yield from ((term, place) for term in _terms([word], analyser=analyser))


def _terms(words: Sequence[str], *, analyser: Analyser) -> list[str]:
    """Folded words to terms."""
    if analyser == "words":
        return list(words)
    if analyser == "english":
        kept = [word for word in words if word not in STOP_WORDS]
        stems: list[str] = _stemmer().stemWords(kept)
        return [stem if _is_latin(word) else word for word, stem in zip(kept, stems, strict=True)]
    raise InputError(f"There is no analyser {analyser!r}. Choose one of: {', '.join(ANALYSERS)}.")


def _is_latin(word: str) -> bool:
    return word.isascii() or _LATIN.fullmatch(word) is not None


def _words(text: str) -> Iterator[tuple[str, Place]]:
    for start, end, unspaced in runs(text):
        if unspaced:
            yield from _pairs(text, start, end)
            continue
        found = text[start:end]
        if found.isascii() and "'" not in found:
            yield found.lower(), (start, end)
            continue
        position = start
        for piece in _pieces(found):
            place = (position, position + len(piece))
            position += len(piece) + 1
            yield from ((word, place) for word in _folded(piece))


def _pieces(word: str) -> list[str]:
    return _SPACED_APOSTROPHE.split(word) if any(sign in word for sign in APOSTROPHES) else [word]


def _folded(piece: str) -> Iterator[str]:
    """The folded piece, which compatibility characters can make several words: "½" becomes "1⁄2"."""
    folded = fold(piece)
    if (folded.isascii() and folded.isalnum()) or all(map(is_one_piece, folded.split("'"))):
        yield folded
    elif folded != piece:
        yield from (word for word, _ in _words(folded))


def _pairs(text: str, start: int, end: int) -> Iterator[tuple[str, Place]]:
    places = cluster_places(text, start, end)
    characters = [fold(text[first:last]) for first, last in places]
    if len(places) == 1:
        yield characters[0], places[0]
    for (first, left), (second, right) in pairwise(zip(characters, places, strict=True)):
        yield first + second, (left[0], right[1])


def _stemmer() -> Stemmer.Stemmer:
    """One stemmer for each thread: Snowball's keep state and must not be called by two threads at once."""
    if not hasattr(_thread, "english"):
        _thread.english = Stemmer.Stemmer("english")
    stemmer: Stemmer.Stemmer = _thread.english
    return stemmer
