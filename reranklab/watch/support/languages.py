"""What is known of a text's language: words for numbers and months, negations, and whether capital letters make names."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

import regex

from reranklab.data.folding import fold
from reranklab.data.segments import word_places

_LETTER = regex.compile(r"\p{L}", regex.V1)
_SCRIPTS = {name: regex.compile(rf"\p{{Script={name}}}", regex.V1) for name in ("Latin", "Han", "Devanagari", "Arabic")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """See languages.toml, which says what each part is. All words are folded."""

    id: str
    script: str
    capitals: bool
    marks: frozenset[str]
    negations: frozenset[str]
    months: Mapping[str, int]
    weekdays: Mapping[str, int]
    numbers: Mapping[str, int]
    multipliers: Mapping[str, int]
    inside: tuple[str, ...] = ()
    not_inside: tuple[str, ...] = ()
    not_alone: frozenset[str] = frozenset()

    def negates(self, text: str) -> bool:
        """Whether a negation stands in the text."""
        if self.inside:
            for harmless in self.not_inside:
                text = text.replace(harmless, "")
            return any(part in text for part in self.inside)
        return any(self._is_negation(word) for word in folded_words(text))

    def _is_negation(self, word: str) -> bool:
        return word in self.negations or any(
            (known.endswith("*") and word.startswith(known[:-1])) or (known.startswith("*") and word.endswith(known[1:]))
            for known in self.negations
        )


@cache
def languages() -> Mapping[str, Language]:
    """Language code to what is known of it."""
    return {id_: _language(id_, facts) for id_, facts in _data().items() if id_ not in ("units", "factors")}


@cache
def units() -> Mapping[str, str]:
    """A folded spelling of a unit to the unit."""
    return {fold(spelling): unit for unit, spellings in _data()["units"].items() for spelling in spellings}


def in_base_unit(unit: str) -> tuple[str, Decimal]:
    """The unit that others of its kind are compared in, and how many of it one is."""
    factor = _data()["factors"].get(unit)
    return (factor["unit"], Decimal(str(factor["times"]))) if factor else (unit, Decimal(1))


def script_of(text: str) -> str:
    """The script that most letters of the text are of: one of those that languages.toml names, else "other"; "" without a
    letter."""
    letters = len(_LETTER.findall(text))
    found = (name for name, script in _SCRIPTS.items() if 2 * len(script.findall(text)) > letters)
    return next(found, "other") if letters else ""


def language_of(texts: Iterable[str]) -> Language | None:
    """The language of the texts together: by the script most letters are of, among several languages of one script by their
    frequent words. None where it is none of those known, or too little is there to tell."""
    text = "\n".join(texts)
    script = script_of(text)
    candidates = [each for each in languages().values() if each.script == script]
    return _by_words(candidates, text) if candidates else None


def folded_words(text: str) -> list[str]:
    return [fold(text[start:end]) for start, end in word_places(text)]


def _by_words(candidates: Sequence[Language], text: str) -> Language | None:
    if len(candidates) == 1:
        return candidates[0]
    words = folded_words(text)
    counts = sorted(((sum(word in each.marks for word in words), each.id) for each in candidates), reverse=True)
    (most, best), (second, _) = counts[:2]
    return languages()[best] if most > second and 12 * most >= len(words) else None


@cache
def _data() -> Mapping[str, Any]:
    return tomllib.loads(files("reranklab.watch.support").joinpath("languages.toml").read_text(encoding="utf-8"))


def _language(id_: str, facts: Mapping[str, Any]) -> Language:
    return Language(
        id=id_,
        script=facts["script"],
        capitals=facts["capitals"],
        marks=frozenset(facts["marks"]),
        negations=frozenset(map(fold, facts["negations"])),
        months=_numbered(facts["months"]),
        weekdays=_numbered(facts["weekdays"]),
        numbers={fold(word): value for word, value in facts["numbers"].items()},
        multipliers={fold(word): value for word, value in facts["tens"].items()},
        inside=tuple(facts.get("inside", ())),
        not_inside=tuple(facts.get("not_inside", ())),
        not_alone=frozenset(facts["not_alone"]),
    )


def _numbered(names: Sequence[str]) -> dict[str, int]:
    """Each spelling to its place, from 1."""
    return {fold(spelling): number for number, name in enumerate(names, start=1) for spelling in name.split("|")}
