"""The table of prices, and files of it that cannot be used."""

from __future__ import annotations

import os
import re
from datetime import date

import pytest

from reranklab.errors import InputError
from reranklab.latency.prices import load_prices, packaged_prices, parse_prices, user_prices_file

MACHINE = """\
[[price]]
id = "own"
name = "Our server"
kind = "machine"
usd = 0.5
device = "cpu"
date = 2026-01-31
"""


@pytest.fixture(autouse=True)
def _own_data(tmp_path, monkeypatch):
    monkeypatch.setenv("RERANKLAB_DATA", str(tmp_path))


def test_every_price_that_comes_with_the_program_is_dated_and_has_a_source():
    prices = packaged_prices()
    assert {price.kind for price in prices} == {"searches", "tokens", "chat", "machine"}
    assert all(price.source and date(2026, 1, 1) <= price.date and price.usd > 0 for price in prices)
    assert {price.device for price in prices if price.kind == "machine"} == {"cpu", "cuda"}
    assert load_prices() == prices


def test_a_file_of_the_users_adds_prices_and_replaces_them():
    first = packaged_prices()[0]
    user_prices_file().write_text(MACHINE + MACHINE.replace('"own"', f'"{first.id}"'))
    prices = load_prices()
    assert [price.id for price in prices] == [*(price.id for price in packaged_prices()), "own"]
    assert (prices[0].kind, prices[0].usd, prices[0].date) == ("machine", 0.5, date(2026, 1, 31))
    assert not prices[-1].verified and prices[-1].source == ""


@pytest.mark.parametrize(
    ("old", "new", "line", "problem"),
    [
        ("usd = 0.5", "usd = -1", 5, "usd is '-1'"),
        ("usd = 0.5", "usd = nan", 5, "usd is 'nan'"),
        ("usd = 0.5", "usd = true", 5, "usd is 'True'"),
        ("usd = 0.5", "usd = 0x" + "f" * 5000, 5, "usd is too large"),
        ("usd = 0.5\n", "", 1, "has no usd"),
        ('"cpu"', '"tpu"', 6, "the device is 'tpu'"),
        ('"machine"', '"hour"', 4, "the kind is 'hour'"),
        ("2026-01-31", '"yesterday"', 7, "the date is 'yesterday'"),
        ("2026-01-31", "2026-01-31T10:00:00", 7, "the date is"),
        ('"Our server"', '"a\\nb"', 3, "printable"),
        ('"Our server"', '""', 3, "printable"),
        ("device", "colour", 6, "'colour' is no key"),
        ("usd = 0.5", "usd = 0.5 0.6", 5, "is no TOML"),
        ("[[price]]", "[[cost]]", 1, "'cost' is no price"),
    ],
)
def test_what_is_wrong_is_one_sentence_with_file_and_line(old: str, new: str, line: int, problem: str):
    before = '# mine\n\n[[price]]\nid = "a"\nname = "A"\nkind = "tokens"\nusd = 1\ndate = 2026-01-01\n\n'
    for start in ("", before if new != "[[cost]]" else ""):
        user_prices_file().write_text(start + MACHINE.replace(old, new))
        with pytest.raises(InputError) as raised:
            load_prices()
        told = str(raised.value)
        assert problem in told and "prices.toml" in told and "\n" not in told
        assert re.search(rf"\bline {line + start.count(chr(10))}\b", told), told


def test_hostile_files_end_in_a_sentence():
    path = user_prices_file()
    for content, problem in (
        (b"price = " + b"[" * 100_000, "is no TOML|nested too deep"),
        (b"\n\n\xff\xfe", "line 3: that is no UTF-8"),
        (b"#" * 1_100_000, "more than 1,000,000 bytes"),
        (b"usd = " + b"9" * 10_000, "a number is too long"),
        (b"[price]\n", "line 1: there is no table of prices"),
        (MACHINE.encode() * 2, "line 9: the id 'own' stands there twice"),
        (b"[[price]]\n" * 501, "501 prices"),
    ):
        path.write_bytes(content)
        with pytest.raises(InputError, match=problem):
            load_prices()
    path.unlink()
    path.mkdir()
    with pytest.raises(InputError, match="is no file"):
        load_prices()
    if hasattr(os, "mkfifo"):
        path.rmdir()
        os.mkfifo(path)
        with pytest.raises(InputError, match="is no file"):
            load_prices()


def test_tables_written_in_line_are_read_too():
    (price,) = parse_prices('price = [{id="a", name="A", kind="tokens", usd=1, date=2026-01-01}]', where="x")
    assert price.usd == 1
