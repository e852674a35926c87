"""Strict reading of JSON objects that come from anyone: every value is of its kind and within bounds, or is named."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from reranklab.data.text import clean_text
from reranklab.errors import InputError

_SHOWN = 40


@dataclass(frozen=True, slots=True)
class StrictRecord:
    """A JSON object; `where` names it in errors, such as "result.json, ranking 2". Methods raise InputError, naming the key."""

    values: Mapping[str, Any]
    where: str

    @classmethod
    def of(cls, value: object, where: str) -> StrictRecord:
        if not isinstance(value, dict):
            raise InputError(f"{where} is {_shown(value)}, not an object. Save it again.")
        return cls(value, where)

    def text(self, key: str, *, most: int) -> str:
        """A text of at most `most` characters, clean as `clean_text` leaves it."""
        value = self.values.get(key)
        if not isinstance(value, str) or len(value) > most or clean_text(value) != value:
            raise self.wrong(key, f"a text of up to {most:,} characters")
        return value

    def whole(self, key: str, *, low: int, high: int) -> int:
        value = self.values.get(key)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise self.wrong(key, f"a whole number from {low:,} to {high:,}")
        return value

    def number(self, key: str, *, low: float = -1e300, high: float = 1e300) -> float:
        value = self.values.get(key)
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise self.wrong(key, "a number" + ("" if low == -1e300 else f" from {low:g} to {high:g}"))
        return float(value)

    def has(self, key: str) -> bool:
        """Whether it is there and not null."""
        return self.values.get(key) is not None

    def record(self, key: str) -> StrictRecord:
        value = self.values.get(key)
        if not isinstance(value, dict):
            raise self.wrong(key, "an object")
        return StrictRecord(value, f"{self.where}, {key}")

    def records(self, key: str, *, most: int) -> Iterator[StrictRecord]:
        """The objects of a list, each named by the key and its place from 1."""
        for place, value in enumerate(self._list(key, most=most), start=1):
            yield StrictRecord.of(value, f"{self.where}, {key} {place}")

    def texts(self, key: str, *, most: int, longest: int) -> tuple[str, ...]:
        values = self._list(key, most=most)
        if not all(isinstance(value, str) and len(value) <= longest and clean_text(value) == value for value in values):
            raise self.wrong(key, f"a list of texts of up to {longest:,} characters each")
        return tuple(values)

    def numbers(self, key: str, *, most: int) -> tuple[float, ...]:
        values = self._list(key, most=most)
        if not all(isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= 1e300 for value in values):
            raise self.wrong(key, "a list of numbers")
        return tuple(float(value) for value in values)

    def scalars(self, key: str, *, most: int, longest: int) -> dict[str, str | int | float | bool | None]:
        """An object of texts, numbers, true, false and null."""
        values = self.record(key).values
        fits = len(values) <= most and all(
            (value is None or isinstance(value, bool | int | float | str)) and len(name) <= longest and _fits(value, longest)
            for name, value in values.items()
        )
        if not fits:
            raise self.wrong(key, f"an object of up to {most} texts and numbers")
        return dict(values)

    def wrong(self, key: str, wanted: str) -> InputError:
        return InputError(f"{self.where}: {key} is {_shown(self.values.get(key))}, not {wanted}. Save it again.")

    def _list(self, key: str, *, most: int) -> list[Any]:
        value = self.values.get(key)
        if not isinstance(value, list) or len(value) > most:
            raise self.wrong(key, f"a list of up to {most:,}")
        return value


def _fits(value: object, longest: int) -> bool:
    return not isinstance(value, str) or (len(value) <= longest and clean_text(value) == value)


def _shown(value: object) -> str:
    """A value in a sentence: kinds of those that are long."""
    if value is None:
        return "missing or null"
    if isinstance(value, list):
        return f"a list of {len(value):,}"
    if isinstance(value, dict):
        return "an object"
    text = json.dumps(value) if isinstance(value, str) else str(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
