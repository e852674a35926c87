"""Numbers, dates, names and negations as they stand in texts, against readings worked out by hand."""

from __future__ import annotations

import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reranklab.watch.support.languages import language_of, languages
from reranklab.watch.support.names import names_of
from reranklab.watch.support.numbers import MONTH, MONTH_DAY, TIME, WEEKDAY, YEAR, Number, numbers_of, plain_digits, readings


def read(text: str, language: str = "en") -> list[tuple[set[float], str]]:
    return [({float(value) for value in number.values}, number.unit) for number in numbers_of(text, languages()[language])]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("12", {"12"}),
        ("1,200", {"1200", "1.2"}),
        ("1.200", {"1200", "1.2"}),
        ("0.125", {"0.125"}),
        ("2.4", {"2.4"}),
        ("1,3", {"1.3"}),
        ("1,234,567", {"1234567"}),
        ("1.234,5", {"1234.5"}),
        ("12 000", {"12000"}),
        ("3'500", {"3500"}),
    ],
)
def test_separators_leave_every_reading_open(text: str, values: set[str]) -> None:
    assert readings(text) == {Decimal(value) for value in values}


@pytest.mark.parametrize(
    ("language", "text", "found"),
    [
        ("en", "It weighs 20 mg.", [({0.02}, "gram")]),
        ("en", "3 km or 3,000 m", [({3000}, "metre"), ({3000, 3}, "metre")]),
        ("en", "a three-year warranty", [({36}, "month")]),
        ("en", "after 36 months", [({36}, "month")]),
        ("en", "twenty-one days", [({21}, "day")]),
        ("en", "five million people", [({5_000_000}, "")]),
        ("en", "costs €4.50", [({4.5}, "euro")]),
        ("en", "60 percent, or 60%", [({60}, "percent"), ({60}, "percent")]),
        ("en", "-6 degrees, from 2-3 to 10-20", [({-6}, "degree"), ({2}, ""), ({3}, ""), ({10}, ""), ({20}, "")]),
        ("en", "on 12 May 1964", [({12}, MONTH_DAY), ({5}, MONTH), ({1964}, YEAR)]),
        ("en", "on May 12th, 1964", [({5}, MONTH), ({12}, MONTH_DAY), ({1964}, YEAR)]),
        ("en", "2021-05-04", [({2021}, YEAR), ({5}, MONTH), ({4}, MONTH_DAY)]),
        ("en", "04/05/2021", [({2021}, YEAR), ({4, 5}, MONTH), ({4, 5}, MONTH_DAY)]),
        ("de", "am 24.12.2021", [({2021}, YEAR), ({12}, MONTH), ({24}, MONTH_DAY)]),
        ("en", "at 6:30, you may go", [({390}, TIME)]),
        ("en", "closed on Mondays", [({1}, WEEKDAY)]),
        ("de", "jeden Freitag und sonntags", [({5}, WEEKDAY), ({7}, WEEKDAY)]),
        ("zh", "星期二和周日休息", [({2}, WEEKDAY), ({7}, WEEKDAY)]),
        ("en", "vitamin B12 and COVID-19", []),
        ("de", "1,3 Millionen Euro", [({1_300_000}, "euro")]),
        ("es", "dura 50 minutos", [({3000}, "second")]),
        ("zh", "全长36公里，共有25座，2014年9月", [({36_000}, "metre"), ({25}, ""), ({2014}, YEAR), ({9}, MONTH)]),
        ("zh", "六十五岁，10万人，一个", [({65}, ""), ({100_000}, "")]),
        ("hi", "१४ दिनों के लिए ₹१५०", [({14}, "day"), ({150}, "rupee")]),
        ("hi", "पाँच लाख", [({500_000}, "")]),
        ("ar", "سعر التذكرة ٢٥ درهما، ١٫٥ متر", [({25}, "dirham"), ({1.5}, "metre")]),
    ],
)
def test_numbers_of(language: str, text: str, found: list[tuple[set[float], str]]) -> None:
    assert read(text, language) == found


def test_plain_digits_keeps_the_places() -> None:
    text = "٢٥ والسعر १४ ４２"
    assert len(plain_digits(text)) == len(text)
    assert plain_digits(text).split()[0] == "25"


def number(value: str, unit: str = "", *near: str) -> Number:
    return Number(text=value, values=frozenset({Decimal(value)}), unit=unit, near=frozenset(near))


def test_which_numbers_are_the_same() -> None:
    assert number("5", "gram").equals(number("5"))
    assert number("1964", YEAR).equals(number("1964"))
    assert not number("5", "gram").equals(number("5", "metre"))
    assert not number("5", MONTH).equals(number("5"))
    assert number("5", "gram").beside(number("7", "gram"))
    assert not number("5", "gram").beside(number("7"))
    assert number("27", "", "goals").beside(number("9", "", "goals", "scored"))
    assert not number("27", "", "goals").beside(number("9400", "", "spectators"))


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The bridge was opened in May and is the longest of the region.", "en"),
        ("Die Brücke wurde im Mai eröffnet und ist die längste der Region.", "de"),
        ("El museo cierra los lunes y no se paga.", "es"),
        ("Le musée est fermé le lundi et la visite dure une heure.", "fr"),
        ("地铁内禁止饮食。", "zh"),
        ("झील का पानी पीने योग्य नहीं है।", "hi"),
        ("يفتح المتحف أبوابه", "ar"),
        ("Most jest najdłuższy w regionie i został otwarty w maju.", None),
        ("Мост открыт в мае.", None),
        ("ICE 593", None),
    ],
)
def test_the_language_of_a_text(text: str, language: str | None) -> None:
    found = language_of([text])
    assert (found.id if found else None) == language


@pytest.mark.parametrize(
    ("language", "text", "negated"),
    [
        ("en", "It doesn't open on Monday.", True),
        ("en", "It is a notable opening.", False),
        ("de", "Es gab keinen Schaden.", True),
        ("zh", "茶园不开放。", True),
        ("zh", "茶园不但大，而且老。", False),
        ("hi", "पानी पीने योग्य नहीं है", True),
        ("ar", "لا يسمح بالتصوير", True),
        ("ar", "يسمح بالتصوير", False),
    ],
)
def test_negations(language: str, text: str, negated: bool) -> None:
    assert languages()[language].negates(text) == negated


@pytest.mark.parametrize(
    ("language", "text", "names"),
    [
        ("en", "The bridge was designed by Ruth Ansell in May.", ("Ruth Ansell",)),
        ("en", "Ruth Ansell designed it.", ("Ruth Ansell",)),
        ("en", "Engineers at NASA took vitamin B12.", ("NASA", "B12")),
        ("en", "Bridges rust.", ()),
        ("de", "Die Brücke wurde von Ruth Ansell gebaut.", ()),
        ("zh", "二号线使用 Siemens 列车。", ("Siemens",)),
        ("zh", "由陈志远创办。", ()),
        ("zh", "使用B12维生素，共3公里。", ("B12",)),
    ],
)
def test_names_as_far_as_spelling_tells(language: str, text: str, names: tuple[str, ...]) -> None:
    assert names_of(text, languages()[language]) == names


@given(
    st.text(max_size=60) | st.text(alphabet="0123456789.,:/- $%年月日号周二kmMay", max_size=40),
    st.sampled_from([*languages(), None]),
)
def test_any_text_can_be_read(text: str, language: str | None) -> None:
    known = languages()[language] if language else None
    found = numbers_of(text, known)
    names_of(text, known)
    assert all(number.values and number.equals(number) for number in found)
    assert len(plain_digits(text)) == len(text)


@pytest.mark.parametrize("text", ["a" * 300_000, "A" * 300_000, "12 " * 10_000, "1" * 1_200_000, "五" * 20_000, "A-1" * 20_000])
def test_long_texts_take_no_more_than_their_length(text: str) -> None:
    begin = time.perf_counter()
    for language in (languages()["en"], languages()["zh"]):
        numbers_of(text, language)
        names_of(text, language)
    assert time.perf_counter() - begin < 20
