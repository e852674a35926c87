"""The names of a text, as far as spelling tells, and the words by which two texts are compared."""

from __future__ import annotations

import regex

from reranklab.data.folding import fold
from reranklab.data.segments import word_places
from reranklab.data.words import tokenise
from reranklab.explain.function_words import FUNCTION_WORDS
from reranklab.watch.support.languages import Language

_CODE = regex.compile(
    r"(?<![\p{Latin}\d])(?:(?=\p{Latin}++\d|\d++\p{Latin})[\p{Latin}\d]++(?:-[\p{Latin}\d]++)*+|\p{Lu}\p{Latin}*+-\d++)",
    regex.V1,
)
_UNIT_BEHIND = regex.compile(r"\d+(?:st|nd|rd|th|s|[a-zµ]{1,3})", regex.V1 | regex.IGNORECASE)
_OPENS = '"“‘«„:•*\n'


def names_of(text: str, language: Language | None) -> tuple[str, ...]:
    """Names of one or several words, without those that a sentence begins with and that could be any word.

    Where capital letters make names (`Language.capitals`): words with one inside of a sentence, neighbours together. In scripts
    without capitals, and in languages that give them to other words too: Latin words with a capital in text of another script,
    and words of letters and digits (B12) only. Nothing else can be told there.
    """
    codes = [match.group() for match in _CODE.finditer(text) if not _UNIT_BEHIND.fullmatch(match.group())]
    if language is None or (not language.capitals and language.script == "Latin"):
        return tuple(dict.fromkeys(codes))
    words = list(word_places(text))
    runs: list[list[tuple[int, int]]] = []
    for place, (start, end) in enumerate(words):
        if not _is_capital(text[start:end], language):
            continue
        beside = bool(place) and text[words[place - 1][1] : start] in (" ", "-", "\u00a0")
        if runs and beside and runs[-1][-1] == words[place - 1]:
            runs[-1].append((start, end))
        else:
            runs.append([(start, end)])
    names = [text[run[0][0] : run[-1][1]] for run in runs if language.script != "Latin" or not _opens_alone(text, run)]
    return tuple(dict.fromkeys([*names, *codes]))


def terms_of(text: str, language: Language | None) -> frozenset[str]:
    """The words by which texts are compared, in one spelling each, without those that carry grammar alone."""
    if language is not None and language.id == "en":
        return frozenset(tokenise(text, analyser="english")) - frozenset(tokenise(" ".join(FUNCTION_WORDS), analyser="english"))
    frequent = language.marks if language is not None else frozenset()
    return frozenset(term for term in tokenise(text, analyser="words") if term not in frequent)


def name_terms(name: str) -> frozenset[str]:
    """The words of a name, of which a text must hold each one to hold the name."""
    return frozenset(tokenise(name, analyser="english"))


def _is_capital(word: str, language: Language) -> bool:
    if not word[:1].isupper() or (not word.isascii() and not regex.match(r"\p{Latin}", word)):
        return False
    return fold(word) not in {*FUNCTION_WORDS, *language.months, *language.weekdays, *language.marks}


def _opens_alone(text: str, run: list[tuple[int, int]]) -> bool:
    """Whether the run is one word that begins a sentence or a quotation, and has no other capital: every word has one there."""
    start, end = run[0]
    before = text[:start].rstrip(" ")
    opens = not before or before[-1] in _OPENS or before[-1] in ".!?…¿¡"
    return opens and len(run) == 1 and text[start:end][1:] == text[start:end][1:].lower()
