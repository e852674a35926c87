"""The table of prices: the one that comes with the package, changed by the user's own file."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, cast, get_args

from reranklab.data.paths import data_dir, is_file, is_there, shown
from reranklab.errors import InputError

Kind = Literal["searches", "tokens", "chat", "machine"]
_LARGEST_FILE = 1_000_000
_MOST = 500
_LONGEST = 200
_LARGEST_WHOLE = 10**12
_DEVICES = ("cpu", "cuda", "mps")
_COMMON = ("id", "name", "kind", "usd", "date")
_OPTIONAL = ("source", "verified")
_OWN: Mapping[Kind, tuple[str, ...]] = {
    "searches": ("documents", "chunk_tokens"),
    "tokens": (),
    "chat": ("usd_written",),
    "machine": ("device",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """`usd` is of 1,000 searches, a million tokens (read, for chat) or an hour of a machine with `device`; `usd_written` of a
    million tokens written. A search is a query with `documents` documents, and each `chunk_tokens` tokens of one count as one.
    `date` is the day on which `source` said so; `verified` says that the provider's own page was read."""

    id: str
    name: str
    kind: Kind
    usd: float
    date: date
    source: str = ""
    verified: bool = False
    usd_written: float = 0.0
    documents: int = 1
    chunk_tokens: int = 1
    device: str = ""


def user_prices_file() -> Path:
    """The user's own prices. It may not exist."""
    return data_dir() / "prices.toml"


def load_prices() -> tuple[Price, ...]:
    """The package's prices, those of the user's file in their places or behind them. Raises InputError, naming file and line,
    for a user's file that cannot be used."""
    prices = {price.id: price for price in packaged_prices()}
    path = user_prices_file()
    if is_there(path):
        prices |= {price.id: price for price in _read(path)}
    return tuple(prices.values())


@cache
def packaged_prices() -> tuple[Price, ...]:
    """Those that come with the program."""
    return parse_prices(files("reranklab.latency").joinpath("prices.toml").read_text(encoding="utf-8"), where="prices.toml")


def _read(path: Path) -> tuple[Price, ...]:
    if not is_file(path):
        raise InputError(f"{shown(path)} is no file. Put a file of prices there, or delete it.")
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_FILE + 1)
    except OSError as error:
        raise InputError(f"{shown(path)} cannot be read: {error.strerror}. Repair that, or delete it.") from error
    if len(content) > _LARGEST_FILE:
        raise InputError(f"{shown(path)} has more than {_LARGEST_FILE:,} bytes. Shorten it, or delete it.")
    try:
        return parse_prices(content.decode("utf-8-sig"), where=shown(path))
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise InputError(f"{shown(path)}, line {line}: that is no UTF-8. Save the file as UTF-8, or delete it.") from error


def parse_prices(text: str, *, where: str) -> tuple[Price, ...]:
    """The prices of a TOML text. Raises InputError, which `where` and the line begin, for anything else."""
    try:
        values = tomllib.loads(text)
    except ValueError as error:  # of tomllib, and of numbers with thousands of digits, whose line it does not tell
        told = error if isinstance(error, tomllib.TOMLDecodeError) else "a number is too long"
        raise InputError(f"{where} is no TOML: {told}. Repair that.") from error
    except RecursionError as error:
        raise InputError(f"{where}, line 1: it is nested too deep. Write [[price]] tables alone.") from error
    tables = values.get("price")
    if unknown := sorted(values.keys() - {"price"}):
        raise InputError(
            f"{where}, line {_line(text, unknown[0])}: {shown(unknown[0])} is no price. Write [[price]] tables alone."
        )
    if not isinstance(tables, list) or not all(isinstance(each, dict) for each in tables):
        raise InputError(
            f"{where}, line {_line(text, 'price')}: there is no table of prices. Write [[price]] and its keys below."
        )
    if len(tables) > _MOST:
        raise InputError(f"{where}, line 1: it has {len(tables):,} prices. Keep {_MOST} of them.")
    starts = [
        text.count("\n", 0, found.start(1)) for found in re.finditer(r"^[ \t]*(\[\[[ \t]*price[ \t]*\]\])", text, re.MULTILINE)
    ]
    prices: dict[str, Price] = {}
    for number, table in enumerate(tables):
        start = starts[number] if number < len(starts) else 0
        try:
            price = _price(table)
        except _WrongError as error:
            line = _line(text, error.key, start=start)
            raise InputError(f"{where}, line {line}: {error}") from None
        if price.id in prices:
            raise InputError(
                f"{where}, line {_line(text, 'id', start=start)}: the id {shown(price.id)} stands there twice. Keep one."
            )
        prices[price.id] = price
    return tuple(prices.values())


class _WrongError(Exception):
    """What is wrong with the value of a key."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key


def _price(table: Mapping[str, Any]) -> Price:
    kind = table.get("kind")
    if kind not in get_args(Kind):
        raise _WrongError("kind", f"the kind is {_told(kind)}. Give one of: {', '.join(get_args(Kind))}.")
    own = _OWN[cast(Kind, kind)]
    if unknown := sorted(table.keys() - {*_COMMON, *_OPTIONAL, *own}):
        raise _WrongError(unknown[0], f"{shown(unknown[0])} is no key of a price by {kind}. Take it out.")
    if missing := [key for key in (*_COMMON, *own) if key not in table]:
        raise _WrongError("", f"the price has no {missing[0]}. Add it.")
    day, verified = table["date"], table.get("verified", False)
    if type(day) is not date:
        raise _WrongError("date", f"the date is {_told(day)}. Write a day such as 2026-11-27, without quotes.")
    if not isinstance(verified, bool):
        raise _WrongError("verified", f"verified is {_told(verified)}. Write true or false.")
    if "device" in own and table["device"] not in _DEVICES:
        raise _WrongError("device", f"the device is {_told(table['device'])}. Give one of: {', '.join(_DEVICES)}.")
    return Price(
        id=_text(table, "id"),
        name=_text(table, "name"),
        kind=cast(Kind, kind),
        usd=_amount(table, "usd"),
        date=day,
        source=_text(table, "source") if "source" in table else "",
        verified=verified,
        usd_written=_amount(table, "usd_written") if "usd_written" in own else 0.0,
        documents=_count(table, "documents") if "documents" in own else 1,
        chunk_tokens=_count(table, "chunk_tokens") if "chunk_tokens" in own else 1,
        device=table["device"] if "device" in own else "",
    )


def _text(table: Mapping[str, Any], key: str) -> str:
    value = table[key]
    if not isinstance(value, str) or not value.strip() or len(value) > _LONGEST or not value.isprintable():
        raise _WrongError(key, f"{key} is {_told(value)}. Write 1 to {_LONGEST} printable characters in quotes.")
    return value


def _amount(table: Mapping[str, Any], key: str) -> float:
    value = table[key]
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1e6 or not math.isfinite(value):
        raise _WrongError(key, f"{key} is {_told(value)}. Write dollars from 0 to 1,000,000, such as 0.05.")
    return float(value)


def _count(table: Mapping[str, Any], key: str) -> int:
    value = table[key]
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 1_000_000:
        raise _WrongError(key, f"{key} is {_told(value)}. Write a whole number from 1 to 1,000,000.")
    return value


def _told(value: object) -> str:
    if value is None:
        return "missing"
    if isinstance(value, int) and abs(value) > _LARGEST_WHOLE:
        return "too large"
    return shown(str(value)[:1000])


def _line(text: str, key: str, *, start: int = 0) -> int:
    """The line, from 1, of a key behind the line `start`; that line itself where the key stands nowhere behind."""
    lines: Sequence[str] = text.split("\n")
    for number in range(start, len(lines)) if key else ():
        if re.match(rf"\s*(\[+\s*)?[\"']?{re.escape(key)}[\"']?\s*[]=.]", lines[number]):
            return number + 1
    return start + 1
