"""Text to BM25 terms. The ranker and the corpus index share this, so that both see the same terms."""

from __future__ import annotations

import re
import threading
import unicodedata
from typing import Literal

import Stemmer

from reranklab.errors import InputError

Analyser = Literal["words", "english"]
ANALYSERS: tuple[Analyser, ...] = ("english", "words")

_LUCENE_STOP_WORDS = (
    "a an and are as at be but by for if in into is it no not of on or such "
    "that the their then there these they this to was will with"
)
STOP_WORDS = frozenset(_LUCENE_STOP_WORDS.split())
"""Lucene's classic list of 33 English words."""

_WORD = re.compile(r"\w+")
_thread = threading.local()


def tokenise(text: str, *, analyser: Analyser) -> list[str]:
    """The terms of `text` in reading order, repeats kept.

    "words" takes runs of Unicode letters, digits and underscores, composed (NFC) and in lower case. "english" drops
    `STOP_WORDS` from those and reduces the rest to stems with Snowball's English stemmer (Porter 2).
    Raises InputError for another analyser.
    """
    words = _WORD.findall(unicodedata.normalize("NFC", text).lower())
    if analyser == "words":
        return words
    if analyser == "english":
        stems: list[str] = _stemmer().stemWords([word for word in words if word not in STOP_WORDS])
        return stems
    raise InputError(f"There is no analyser {analyser!r}. Choose one of: {', '.join(ANALYSERS)}.")


def _stemmer() -> Stemmer.Stemmer:
    """One stemmer for each thread: Snowball's keep state and must not be called by two threads at once."""
    if not hasattr(_thread, "english"):
        _thread.english = Stemmer.Stemmer("english")
    stemmer: Stemmer.Stemmer = _thread.english
    return stemmer
