"""The numbers and dates of a text, so that two texts can be compared: written in digits of any script, or in words."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

import regex

from reranklab.data.folding import fold
from reranklab.watch.support.beside import Words
from reranklab.watch.support.languages import Language, in_base_unit, units

YEAR, TIME, MONTH, MONTH_DAY, WEEKDAY = "year", "time of day", "month", "day of a month", "weekday"
"""Kinds of numbers beside the units, in the place of one."""

_NUMBER = regex.compile(
    r"(?<![\p{Latin}\d_]|\p{Lu}-)(?:"
    r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})(?!\d)"
    r"|(?P<first>\d{1,2})(?P<by>[./])(?P<second>\d{1,2})(?P=by)(?P<last>\d{4}|\d{2})(?!\d)"
    r"|(?P<hours>\d{1,2}):(?P<minutes>\d{2})(?![\d:])"
    r"|(?P<code>\d+(?:[.:/-]\d+){2,})"
    r"|(?P<sign>(?<![\w\d])-)?(?P<number>\d{1,3}(?:[.,'\u00a0\u202f ]\d{3})+(?!\d)(?:[.,]\d+)?|\d+(?:[.,]\d+)?)"
    r")",
    regex.V1,
)
_HAN_NUMBER = regex.compile(r"[零〇一二两三四五六七八九十百千]+", regex.V1)
_HAN_WEEKDAY = regex.compile(r"(?:星期|礼拜|周)(?P<day>[一二三四五六日天])", regex.V1)
_HAN_DIGITS = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_HAN_TENS = {"十": 10, "百": 100, "千": 1000}
_MONEY = "€$£₹¥"
_LONGEST = 60
"""Characters of a number; longer ones are encoded files."""
_FAR = 30
"""Characters beside a number that are looked at."""
_AFTER = regex.compile(r"[ \u00a0\u202f-]?", regex.V1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A number as it can be read: 1.200 is 1200 or 1.2, and both stand in `values`.

    `unit` is that of languages.toml in which such numbers are compared, one of the kinds above, or "" for none that is known.
    `near` are the folded words beside it, for numbers without a unit. `text` is how it was written.
    """

    text: str
    values: frozenset[Decimal]
    unit: str
    near: frozenset[str] = frozenset()

    def equals(self, other: Number) -> bool:
        """Whether both can be the same number. One without a unit goes with any unit, but with no time, month or day."""
        dated = {TIME, MONTH, MONTH_DAY, WEEKDAY}
        same = self.unit == other.unit or (not {self.unit, other.unit} & dated and "" in (self.unit, other.unit))
        if {self.unit, other.unit} == {"", YEAR}:
            same = True
        return same and bool(self.values & other.values)

    def beside(self, other: Number) -> bool:
        """Whether both say how much of the same: they have one unit or kind, or a word beside them in common."""
        if self.unit or other.unit:
            return self.unit == other.unit
        return bool(self.near & other.near)


def plain_digits(text: str) -> str:
    """The text, as long as before, with the digits of every script as 0 to 9, and one sign for minus and each separator."""
    if text.isascii():
        return text
    return "".join(map(_plain, text))


def numbers_of(text: str, language: Language | None) -> tuple[Number, ...]:
    """The numbers and dates of a text in reading order. Words for numbers and months are those of the language; digits that are
    part of a word (B12) are none."""
    text = plain_digits(text)
    words = Words(text)
    found = [*_in_digits(text, words, language), *_in_words(text, words, language)]
    if language is not None and language.script == "Han":
        found += _in_han(text, words, language)
    return tuple(number for _, number in sorted(found, key=lambda each: each[0]))


def _in_digits(text: str, words: Words, language: Language | None) -> Iterator[tuple[int, Number]]:
    for match in _NUMBER.finditer(text):
        start, end = match.span()
        if match["year"]:
            yield from _date(start, match.group(), match["year"], {int(match["month"])}, {int(match["day"])})
        elif match["first"]:
            first, second = int(match["first"]), int(match["second"])
            either = {first, second} if match["by"] == "/" and max(first, second) <= 12 else set()
            days, months = (either or {first}), (either or {second})
            if not either and second > 12:
                days, months = months, days
            yield from _date(start, match.group(), match["last"], months, days)
        elif match["hours"]:
            yield start, _number(match.group(), {Decimal(match["hours"]) * 60 + Decimal(match["minutes"])}, TIME)
        elif match["number"] and len(match["number"]) <= _LONGEST and not _in_a_word(text, end):
            yield start, _plain_number(text, match, words, language)


def _plain_number(text: str, match: regex.Match[str], words: Words, language: Language | None) -> Number:
    raw: str = match["number"]
    values = {(-value if match["sign"] else value) for value in readings(raw)}
    end = match.end()
    times, end = _multiplier(text, end, words, language)
    values = {value * times for value in values}
    near = _near(words, match.start(), end)
    if times == 1 and language is not None:
        if language.script == "Han" and text[end : end + 1] == "月":
            return _number(raw, values, MONTH)
        if text[end : end + 1] in "日号" and text[end : end + 1]:
            return _number(raw, values, MONTH_DAY)
        if max(values) <= 31 and _is_day(words, match.start(), end, language):
            return _number(raw, values, MONTH_DAY)
    unit = _unit(text, match.start(), end, words)
    if not unit and len(raw) == 4 and raw.isdigit() and 1000 <= int(raw) <= 2199:
        return _number(raw, values, YEAR, near)
    return _in_unit(raw, values, unit, near)


def _in_words(text: str, words: Words, language: Language | None) -> Iterator[tuple[int, Number]]:
    if language is None or language.script == "Han":
        return
    skip = -1
    for place, (start, end, word) in enumerate(words.all):
        if place <= skip:
            continue
        if word in language.months and not (word in language.not_alone and not _beside_digits(text, start, end)):
            yield start, _number(text[start:end], {Decimal(language.months[word])}, MONTH)
        elif word in language.weekdays:
            yield start, _number(text[start:end], {Decimal(language.weekdays[word])}, WEEKDAY)
        elif word in language.numbers:
            value, last = language.numbers[word], place
            beside = words.all[place + 1 : place + 2]
            if value >= 20 and beside and text[end : beside[0][0]] == "-":
                digit = 1 if beside[0][2] == "one" else language.numbers.get(beside[0][2], 10)
                value, last = (value + digit, place + 1) if digit < 10 else (value, last)
            end = words.all[last][1]
            times, end = _multiplier(text, end, words, language)
            skip = last
            near = _near(words, start, end)
            yield start, _in_unit(text[start:end], {value * times}, _unit(text, start, end, words), near)


def _in_han(text: str, words: Words, language: Language) -> Iterator[tuple[int, Number]]:
    for match in _HAN_WEEKDAY.finditer(text):
        day = match["day"]
        yield match.start(), _number(match.group(), {Decimal(7 if day in "日天" else _HAN_DIGITS[day])}, WEEKDAY)
    for match in _HAN_NUMBER.finditer(_HAN_WEEKDAY.sub(lambda match: " " * len(match.group()), text)):
        signs = match.group()
        value = _han_value(signs)
        if value is None or (value == 1 and text[match.end() : match.end() + 1] != "月"):
            continue
        times, end = _multiplier(text, match.end(), words, language)
        if text[end : end + 1] == "月":
            yield match.start(), _number(signs, {Decimal(value)}, MONTH)
        else:
            near = frozenset(text[end : end + 1])
            yield match.start(), _in_unit(signs, {value * times}, _unit(text, match.start(), end, words), near)


def readings(raw: str) -> frozenset[Decimal]:
    """What digits with separators can mean: in some languages the comma is the decimal sign, in others the point."""
    raw = regex.sub(r"['\u00a0\u202f ]", "", raw)
    signs = [sign for sign in raw if sign in ".,"]
    if not signs:
        return frozenset({Decimal(raw)})
    whole, _, decimals = raw.rpartition(signs[-1])
    plain = Decimal("".join(filter(str.isdigit, raw)))
    as_decimal = Decimal("".join(filter(str.isdigit, whole)) + "." + decimals)
    if len(set(signs)) == 2:
        return frozenset({as_decimal})
    if len(signs) > 1:
        return frozenset({plain})
    if len(decimals) == 3 and not whole.startswith("0"):
        return frozenset({plain, as_decimal})
    return frozenset({as_decimal})


def _date(place: int, text: str, year: str, months: set[int], days: set[int]) -> Iterator[tuple[int, Number]]:
    yield place, _number(text, {Decimal(year)} if len(year) == 4 else {Decimal(f"19{year}"), Decimal(f"20{year}")}, YEAR)
    yield place, _number(text, set(map(Decimal, months)), MONTH)
    yield place, _number(text, set(map(Decimal, days)), MONTH_DAY)


def _number(text: str, values: set[Decimal], unit: str, near: frozenset[str] = frozenset()) -> Number:
    return Number(text=text, values=frozenset(values), unit=unit, near=near)


def _in_unit(text: str, values: set[Decimal], unit: str, near: frozenset[str]) -> Number:
    base, times = in_base_unit(unit)
    return _number(text, {value * times for value in values}, base, near)


def _multiplier(text: str, end: int, words: Words, language: Language | None) -> tuple[Decimal, int]:
    """What the word behind a number multiplies it by, and where that ends."""
    if language is None:
        return Decimal(1), end
    if language.script == "Han":
        sign = text[end : end + 1]
        return (Decimal(language.multipliers[sign]), end + 1) if sign in language.multipliers else (Decimal(1), end)
    following = words.following(end)
    if following is not None and following[2] in language.multipliers:
        return Decimal(language.multipliers[following[2]]), following[1]
    return Decimal(1), end


def _unit(text: str, start: int, end: int, words: Words) -> str:
    known = units()
    behind = _AFTER.match(text, end).end()
    rest = text[behind : behind + _FAR]
    if (sign := rest[:1]) and not sign.isalnum() and fold(sign) in known:
        return known[fold(sign)]
    if (before := text[max(start - _FAR, 0) : start].rstrip()[-1:]) and before in _MONEY:
        return known[fold(before)]
    longest = max((spelling for spelling in _han_units() if rest.startswith(spelling)), key=len, default="")
    if longest:
        return known[longest]
    following = words.following(end)
    return known.get(following[2], "") if following is not None else ""


def _near(words: Words, start: int, end: int) -> frozenset[str]:
    return frozenset(word for _, _, word in (*words.before(start), *words.behind(end)) if len(word) > 3)


def _is_day(words: Words, start: int, end: int, language: Language) -> bool:
    beside = [word for _, _, word in (*words.before(start), *words.behind(end, 2))]
    named = [word for word in beside if word not in ("de", "of", "st", "nd", "rd", "th")]
    return any(word in language.months for word in named[:2])


def _beside_digits(text: str, start: int, end: int) -> bool:
    before, behind = text[max(start - _FAR, 0) : start], text[end : end + _FAR]
    return bool(regex.search(r"\d(?:st|nd|rd|th|\.)?[ ,]*$", before) or regex.match(r"[ ,]*\d", behind))


def _in_a_word(text: str, end: int) -> bool:
    """Whether letters go on behind digits, as in 3D, and are no unit."""
    match = regex.match(r"\p{Latin}+", text[end : end + _FAR])
    return bool(match) and fold(match.group()) not in {*units(), "st", "nd", "rd", "th", "s"} and len(match.group()) < 3


@cache
def _han_units() -> Mapping[str, str]:
    return {spelling: unit for spelling, unit in units().items() if regex.match(r"\p{Han}", spelling)}


def _han_value(signs: str) -> int | None:
    total, digit = 0, None
    for sign in signs:
        if sign in _HAN_DIGITS:
            digit = 10 * digit + _HAN_DIGITS[sign] if digit is not None else _HAN_DIGITS[sign]
        else:
            if digit is None and sign != "十":
                return None
            total += (1 if digit is None else digit) * _HAN_TENS[sign]
            digit = None
    return total + (digit or 0)


def _plain(character: str) -> str:
    if unicodedata.category(character) == "Nd":
        return str(unicodedata.decimal(character))
    return {"٫": ".", "٬": ",", "−": "-", "：": ":"}.get(character, character)
