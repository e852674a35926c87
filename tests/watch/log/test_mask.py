"""Personal data in texts of several scripts: what is replaced, and what is left alone."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reranklab.errors import InputError
from reranklab.watch.log import mask
from reranklab.watch.log.mask import Masking

IBANS = ["DE89370400440532013000", "GB29NWBK60161331926819", "FR1420041010050500013M02606", "NO9386011117947"]
"""The examples of the registry that ISO 13616 names, and those of national banks' associations."""
CARDS = ["4111111111111111", "5500000000000004", "340000000000009", "6011000000000004"]
"""Numbers that payment providers publish for tests."""


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("write to ann.lee+news@mail.example.co.uk, please", "write to [e-mail], please"),
        ("Grüße an jörg.müller@example.de.", "Grüße an [e-mail]."),
        ("请联系zhang@example.cn谢谢", "请联系[e-mail]谢谢"),
        ("пишите на иван@почта.рф сегодня", "пишите на [e-mail] сегодня"),
        ("連絡先：tanaka＠example．jp まで", "連絡先：[e-mail] まで"),
        ("call +49 30 901820 or (030) 901820", "call [phone] or [phone]"),
        ("+1 (415) 555-0132, 415-555-0132, 415.555.0132", "[phone], [phone], [phone]"),
        ("اتصل على ٠١٢٣٤٥٦٧٨٩ الآن", "اتصل على [phone] الآن"),
        ("电话０１０－１２３４５６７８，手机13812345678。", "电话[phone]，手机[phone]。"),
        ("फ़ोन +९१ ९८७६५ ४३२१०", "फ़ोन [phone]"),
        ("from 192.168.0.17 and 2001:db8::8a2e:370:7334.", "from [IP] and [IP]."),
        ("地址192.168.0.1は", "地址[IP]は"),
        ("pay DE89 3704 0044 0532 0130 00 now", "pay [IBAN] now"),
        ("card 4111-1111-1111-1111 expires", "card [card] expires"),
        ("a@b.co,c@d.org", "[e-mail],[e-mail]"),
        *((f"to {iban} by Monday", "to [IBAN] by Monday") for iban in IBANS),
        *((f"card {card} is", "card [card] is") for card in CARDS),
    ],
)
def test_what_is_replaced(text: str, masked: str) -> None:
    found = Masking().mask(text)
    assert found.text == masked
    assert sum(found.counts.values()) == masked.count("[")


@pytest.mark.parametrize(
    "text",
    [
        "opened on 01.09.2025, closed 1/9/2025 and 2025-09-01T12:30:00",
        "rose from 0.5833333 to 10 000 000 in 1998-2004, 12,345,678.90",
        "std::abs and a::b at 10:30:45, section 3.2.1.4.5, 999.1.1.1",
        "DE88370400440532013000 and 4111 1111 1111 1112",
        "version 2.4.1, ISBN 978-3-16-148410-0, @home, user@, @example.com",
        "日本語の文、数字は一二三。 Привет, мир. שלום",
        "",
    ],
)
def test_what_is_left_alone(text: str) -> None:
    found = Masking().mask(text)
    assert (found.text, dict(found.counts)) == (text, {})


def test_one_wrong_digit_is_no_account_and_no_card() -> None:
    """Both checks find every error in a single digit."""
    for number in [*IBANS, *CARDS]:
        for place, digit in enumerate(number):
            if digit.isdigit() and not (number[0].isdigit() and place == 0):
                wrong = f"{number[:place]}{(int(digit) + 1) % 10}{number[place + 1 :]}"
                assert Masking(kinds=("card", "IBAN")).mask(wrong).text == wrong


def test_own_patterns_go_first_and_kinds_can_be_left_out() -> None:
    masking = Masking(kinds=("phone",), patterns={"customer": r"\bK-[0-9]{6}\b", "site": r"\w+\.example"})
    found = masking.mask("K-123456 of shop.example wrote from a@b.org, 030 901820")
    assert found.text == "[customer] of [site] wrote from a@b.org, [phone]"
    assert dict(found.counts) == {"customer": 1, "site": 1, "phone": 1}


@pytest.mark.parametrize(
    ("pattern", "said"), [("(", "cannot be read"), ("a*", "matches where there is nothing"), ("a" * 1001, "Shorten it")]
)
def test_patterns_that_cannot_serve(pattern: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        Masking(patterns={"x": pattern})
    with pytest.raises(InputError, match="no masking of 'name'"):
        Masking(kinds=("name",))


def test_a_pattern_without_end_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mask, "PATIENCE", 0.05)
    with pytest.raises(InputError, match=r"\[x\] takes longer than 0\.05 s"):
        Masking(patterns={"x": r"(?:a|aa)+(?:b|bb)+$"}).mask("a" * 100 + "b" * 100 + "c")


@settings(max_examples=40)
@given(st.text(), st.text())
def test_everything_outside_of_the_finds_stays(before: str, after: str) -> None:
    """The address stands apart from its neighbours, whatever they are."""
    text = f"{before}\n someone@example.org \n{after}"
    found = Masking(kinds=("e-mail",)).mask(text)
    assert " [e-mail] " in found.text
    if found.counts["e-mail"] == 1:
        assert found.text == f"{before}\n [e-mail] \n{after}"


@pytest.mark.parametrize("piece", [":", "a", "1", "a.", "a@", "1 ", "0-", "DE11", "1.", "@a.", ":1", "汉", "+1"])
def test_long_texts_of_anything_take_time_in_proportion(piece: str) -> None:
    """A hundred thousand characters: what grows with the square of a text would take minutes."""
    start = time.process_time()
    Masking().mask(piece * (100_000 // len(piece)))
    assert time.process_time() - start < 20
