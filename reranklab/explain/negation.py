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
    indexes = [index for index in range(len(words)) if _can_turn(words, index)]
    main = [index for index in indexes if not _in_relative_clause(words, index)]
    if not indexes:
        rest = _with_small_letter(sentence[start:], words[0])
        return f"{sentence[:start]}{PREFIX}{rest}", f'"{PREFIX.strip()}" was added'
    return _turned(sentence, spans, words, (main or indexes)[0])


def _turned(sentence: str, spans: Sequence[Span], words: Sequence[str], index: int) -> tuple[str, str]:
    span = spans[index]
    word = span.of(sentence)
    negation = _negation_behind(sentence, spans, words, index)
    if negation is not None:
        gone = spans[negation]
        kept = sentence[: spans[negation - 1].end] + sentence[gone.end :]
        return kept, f'"not" behind "{word}" was removed'
    turned = _opposite(word, question=index == 0)
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


def _negation_behind(sentence: str, spans: Sequence[Span], words: Sequence[str], index: int) -> int | None:
    """The index of a "not" that belongs to the auxiliary: right behind it, or one word later."""
    for later in (index + 1, index + 2):
        if later >= len(words) or sentence[spans[later - 1].end : spans[later].start].strip():
            return None
        if words[later].lower() == "not":
            return later
        if words[later].lower() in CONJUNCTIONS:
            return None
    return None


def _can_turn(words: Sequence[str], index: int) -> bool:
    """Whether the word is a finite auxiliary or copula, as far as its neighbours tell."""
    word, lower = words[index], words[index].lower()
    previous = words[index - 1].lower() if index else ""
    following = words[index + 1] if index + 1 < len(words) else ""
    if lower == "cannot" or lower in _SHORT or _WITH_PRONOUN.fullmatch(lower):
        return True
    if following.lower() == "not" and lower in _SURE | _ALSO_NOUNS | _HAVE | _DO:
        return True
    if index and word != lower:
        return False
    if lower in _SURE:
        return True
    if lower in _ALSO_NOUNS:
        name_or_month = not index and (lower in ("may", "might") or following[:1].isupper())
        return previous not in DETERMINERS - {"this", "that", "all", "some"} and not name_or_month
    if not index and lower in _HAVE | _DO:
        return following.lower() in PRONOUNS | _ANYONE
    if lower in _HAVE:
        return _is_participle(words, index + 1)
    return lower in _DO and following.islower() and following not in _NO_BARE_VERB


def _is_participle(words: Sequence[str], index: int) -> bool:
    if index < len(words) and (words[index] in ADVERBS or words[index].endswith("ly")):
        index += 1
    return index < len(words) and _PARTICIPLE.fullmatch(words[index]) is not None


def _in_relative_clause(words: Sequence[str], index: int) -> bool:
    return index > 0 and (words[index - 1] in ("which", "who") or (words[index - 1] == "that" and index > 1))


def _with_small_letter(text: str, first: str) -> str:
    return text[0].lower() + text[1:] if first.lower() in FUNCTION_WORDS and first != "I" else text
