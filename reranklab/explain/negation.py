"""A sentence to its opposite: English only, one word in or out."""

from __future__ import annotations

import re
from collections.abc import Sequence

from reranklab.data.spans import Span, word_spans
from reranklab.errors import InputError
from reranklab.explain.function_words import ADVERBS, CONJUNCTIONS, DETERMINERS, FUNCTION_WORDS, PREPOSITIONS, PRONOUNS

PREFIX = "It is not true that "

_SURE = frozenset({"am", "is", "are", "was", "were", "could", "would", "shall", "should", "must"})
_ALSO_NOUNS = frozenset({"can", "will", "may", "might"})
_HAVE = frozenset({"has", "have", "had"})
_DO = frozenset({"do", "does", "did"})
_SHORT = {f"{verb}n't": verb for verb in (_SURE - {"am", "shall"}) | {"might"} | _HAVE | _DO} | {
    "can't": "can",
    "won't": "will",
    "shan't": "shall",
}
_SHORTENED = {verb: short for short, verb in _SHORT.items()}
_WITH_PRONOUN = re.compile(r"(?:i|you|he|she|it|we|they|that|there|here|who|what)'(?:m|s|re|ll|ve|d)")
_PARTICIPLE = re.compile(
    r"\w+(?:ed|[kpstvzr]en|wn|ught|ung)"
    r"|been|begun|bet|built|burnt|come|become|cost|cut|dealt|done|felt|found|gone|got|had|heard|held|hit|kept|laid|lain|learnt|led"
    r"|left|lent|let|lit|lost|made|meant|met|paid|put|read|run|said|seen|sent|set|shone|shot|shut|sold|spent|stood|sworn|swum"
    r"|told|torn|understood|won|worn"
)
_DONE_THINGS = frozenset({"business", "damage", "everything", "good", "harm", "justice", "nothing", "research", "well"})
_ANYONE = frozenset({"anybody", "anyone", "everybody", "everyone", "nobody", "somebody", "someone"})
_NO_BARE_VERB = DETERMINERS | PRONOUNS | PREPOSITIONS | CONJUNCTIONS | ADVERBS | _DONE_THINGS


def negate(sentence: str) -> tuple[str, str]:
    """The sentence negated, or no longer so where it is negated, and what was changed.

    "not" goes behind the first finite auxiliary or copula outside of a relative clause ("can" becomes "cannot"), or out from
    behind it; a question takes the short form ("Isn't"). A sentence without one gets `PREFIX`, or loses it.
    Raises InputError for text without Latin letters.
    """
    spans = word_spans(sentence)
    if not re.search("[A-Za-z]", sentence) or not spans:
        raise InputError("A sentence without English words cannot be negated. Choose another, or edit it by hand.")
    start = spans[0].start
    if sentence.startswith(PREFIX, start):
        rest = sentence[start + len(PREFIX) :]
        return f"{sentence[:start]}{rest[:1].upper()}{rest[1:]}", f'"{PREFIX.strip()}" was removed'
    words = [span.of(sentence).replace("’", "'") for span in spans]
    places = [place for place in range(len(words)) if _can_turn(words, place)]
    main = [place for place in places if not _in_relative_clause(words, place)]
    if not places:
        rest = _with_small_letter(sentence[start:], words[0])
        return f"{sentence[:start]}{PREFIX}{rest}", f'"{PREFIX.strip()}" was added'
    return _turned(sentence, spans, words, (main or places)[0])


def _turned(sentence: str, spans: Sequence[Span], words: Sequence[str], place: int) -> tuple[str, str]:
    span = spans[place]
    word = span.of(sentence)
    negation = _negation_behind(sentence, spans, words, place)
    if negation is not None:
        gone = spans[negation]
        kept = sentence[: spans[negation - 1].end] + sentence[gone.end :]
        return kept, f'"not" behind "{word}" was removed'
    turned = _opposite(word, question=place == 0)
    return f"{sentence[: span.start]}{turned}{sentence[span.end :]}", f'"{word}" became "{turned}"'


def _opposite(word: str, *, question: bool) -> str:
    lower = word.lower().replace("’", "'")
    if lower == "cannot" or lower in _SHORT:
        turned = _SHORT.get(lower, "can")
    elif question and lower in _SHORTENED:
        turned = _SHORTENED[lower]
    elif lower == "can":
        turned = "cannot"
    else:
        return f"{word} not"
    return turned.capitalize() if word[0].isupper() else turned


def _negation_behind(sentence: str, spans: Sequence[Span], words: Sequence[str], place: int) -> int | None:
    """The place of a "not" that belongs to the auxiliary: right behind it, or one word later."""
    for later in (place + 1, place + 2):
        if later >= len(words) or sentence[spans[later - 1].end : spans[later].start].strip():
            return None
        if words[later].lower() == "not":
            return later
        if words[later].lower() in CONJUNCTIONS:
            return None
    return None


def _can_turn(words: Sequence[str], place: int) -> bool:
    """Whether the word is a finite auxiliary or copula, as far as its neighbours tell."""
    word, lower = words[place], words[place].lower()
    previous = words[place - 1].lower() if place else ""
    following = words[place + 1] if place + 1 < len(words) else ""
    if lower == "cannot" or lower in _SHORT or _WITH_PRONOUN.fullmatch(lower):
        return True
    if following.lower() == "not" and lower in _SURE | _ALSO_NOUNS | _HAVE | _DO:
        return True
    if place and word != lower:
        return False
    if lower in _SURE:
        return True
    if lower in _ALSO_NOUNS:
        name_or_month = not place and (lower in ("may", "might") or following[:1].isupper())
        return previous not in DETERMINERS - {"this", "that", "all", "some"} and not name_or_month
    if not place and lower in _HAVE | _DO:
        return following.lower() in PRONOUNS | _ANYONE
    if lower in _HAVE:
        return _is_participle(words, place + 1)
    return lower in _DO and following.islower() and following not in _NO_BARE_VERB


def _is_participle(words: Sequence[str], place: int) -> bool:
    if place < len(words) and (words[place] in ADVERBS or words[place].endswith("ly")):
        place += 1
    return place < len(words) and _PARTICIPLE.fullmatch(words[place]) is not None


def _in_relative_clause(words: Sequence[str], place: int) -> bool:
    return place > 0 and (words[place - 1] in ("which", "who") or (words[place - 1] == "that" and place > 1))


def _with_small_letter(text: str, first: str) -> str:
    return text[0].lower() + text[1:] if first.lower() in FUNCTION_WORDS and first != "I" else text
