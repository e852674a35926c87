"""Another number, or another name, in the place of one in a text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from reranklab.data.spans import Span, sentence_spans, word_spans
from reranklab.errors import InputError
from reranklab.explain.function_words import FUNCTION_WORDS

INVENTED_NAMES = ("Velmora", "Oskerby", "Tarnwick", "Brelland", "Quistan", "Merodia", "Halvess", "Dorvane")
YEARS_EARLIER = 30
PER_CENT_MORE = 20

_NUMBER = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]+(?:[.:/][0-9]+){2,}|[0-9]{1,2}:[0-9]{2}|[0-9]{31,}"  # dates, versions, times, codes
    r"|[^\W\d]\w*(?:-[0-9]\w*)*"  # B12, COVID-19
    r"|(?P<number>(?:[0-9]{1,3}(?:[,\u00a0\u202f][0-9]{3})+(?![0-9])|[0-9]+)(?:\.[0-9]+)?)(?P<tail>[^\W\d_]*)"
)
_PER_CENT = re.compile(r"\s?%|\s?per\s?cent\b")
_CAPITALISED = re.compile(r"\w(?:['’]|[^\W\dA-Z_])")
_OPENS_SENTENCE = '"“‘«„:•*\n'
_ORDINALS = frozenset({"st", "nd", "rd", "th"})
_CALENDAR = frozenset(
    {
        *("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    }
)


def number_spans(text: str) -> tuple[Span, ...]:
    """Numbers in digits, with their separators and decimals, without sign and unit. Dates, times and versions with separators
    (2021-05-04, 12:30, 3.1.4) are none, nor are digits in a word (B12)."""
    return tuple(Span(start=match.start("number"), end=match.end("number")) for match in _numbers(text))


def change_number(text: str, *, which: int) -> tuple[str, str]:
    """The text with its number `which` (from 1) changed visibly in the same format, and what was changed.

    A year (1200 to 2099) becomes 30 years earlier, a percentage 20 points more (less where that passes 100), any other number
    half as much again, and at least 2 in its last place more. Raises InputError where there is no such number.
    """
    matches = list(_numbers(text))
    _check_which(which, len(matches), "number in digits", hint="dates and times such as 2021-05-04 and 12:30 do not count")
    match = matches[which - 1]
    old, tail = match["number"], match["tail"]
    new = _changed(old, tail, after=text[match.end() :])
    new_tail = _ordinal(new) if tail in _ORDINALS else tail
    return (
        f"{text[: match.start()]}{new}{new_tail}{text[match.end() :]}",
        f'number {which} of {len(matches)}: "{old}{tail}" became "{new}{new_tail}"',
    )


def name_spans(text: str) -> tuple[Span, ...]:
    """Names, as far as spelling tells: words with a capital letter that start neither a sentence, a line nor a quotation;
    neighbours are one name. Weekdays, months and acronyms alone are none, and a possessive 's stays outside."""
    return tuple(
        _without_possessive(text, Span(start=run[0].start, end=run[-1].end))
        for sentence in sentence_spans(text)
        for run in _capital_runs(text, _words(text, sentence))
        if not _starts_a_sentence(text, sentence, run[0]) and any(_CAPITALISED.match(word.of(text)) for word in run)
    )


def change_name(text: str, *, which: int) -> tuple[str, str]:
    """The text with its name `which` (from 1), there alone, replaced by an invented one that the text does not hold.

    Raises InputError where there is no such name, and where the text holds all of `INVENTED_NAMES`.
    """
    spans = name_spans(text)
    _check_which(which, len(spans), "name", hint="a capital letter at the start of a sentence does not make one")
    span = spans[which - 1]
    new = next((name for name in INVENTED_NAMES if name.casefold() not in text.casefold()), None)
    if new is None:
        raise InputError(f"The text holds all the names that could be put in ({', '.join(INVENTED_NAMES)}). Edit it by hand.")
    note = f'name {which} of {len(spans)}: "{span.of(text)}" became "{new}"'
    return f"{text[: span.start]}{new}{text[span.end :]}", note


def _numbers(text: str) -> Iterator[re.Match[str]]:
    return (match for match in _NUMBER.finditer(text) if match["number"] is not None)


def _changed(old: str, tail: str, *, after: str) -> str:
    """`old` changed. Arithmetic is in units of its last place, so that no decimal is lost."""
    digits, _, decimals = old.partition(".")
    separator = next((character for character in digits if not character.isdigit()), "")
    decimal_places = len(decimals)
    written = "".join(filter(str.isdigit, old))
    value, unit = int(written), 10**decimal_places
    if not decimal_places and not separator and len(digits) == 4 and 1200 <= value <= 2099 and tail in ("", "s"):
        value -= YEARS_EARLIER
    elif not tail and _PER_CENT.match(after) and value <= 100 * unit:
        value += PER_CENT_MORE * unit * (1 if value <= (100 - PER_CENT_MORE) * unit else -1)
    else:
        value += max((value + 1) // 2, 2)
    new = str(value).zfill(len(written))
    whole, fraction = new[: len(new) - decimal_places], new[len(new) - decimal_places :]
    if separator:
        whole = f"{int(whole):,}".replace(",", separator)
    return f"{whole}.{fraction}" if decimal_places else whole


def _ordinal(number: str) -> str:
    if number[-2:] in ("11", "12", "13"):
        return "th"
    return {"1": "st", "2": "nd", "3": "rd"}.get(number[-1], "th")


def _words(text: str, sentence: Span) -> list[Span]:
    words = word_spans(sentence.of(text))
    return [Span(start=sentence.start + word.start, end=sentence.start + word.end) for word in words]


def _starts_a_sentence(text: str, sentence: Span, word: Span) -> bool:
    before = text[sentence.start : word.start].rstrip(" ")
    return not any(map(str.isalnum, before)) or before[-1] in _OPENS_SENTENCE


def _capital_runs(text: str, words: Sequence[Span]) -> Iterator[list[Span]]:
    run: list[Span] = []
    for word in words:
        joined = run and text[run[-1].end : word.start] in (" ", "-", "\u00a0")
        if run and not (joined and _starts_like_a_name(word.of(text))):
            yield run
            run = []
        if _starts_like_a_name(word.of(text)):
            run.append(word)
    if run:
        yield run


def _starts_like_a_name(word: str) -> bool:
    plain = re.split("['’]", word)[0]
    return word[0].isupper() and plain.lower() not in FUNCTION_WORDS and plain.removesuffix("s") not in _CALENDAR


def _without_possessive(text: str, span: Span) -> Span:
    return Span(start=span.start, end=span.end - 2) if re.search("['’]s$", span.of(text)) else span


def _check_which(which: int, there: int, what: str, *, hint: str) -> None:
    if not there:
        raise InputError(f"The text has no {what} to change ({hint}).")
    if not 1 <= which <= there:
        raise InputError(f"There is no {what} {which}. The text has {there}, counted from 1.")
