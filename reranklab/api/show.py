"""Results as plain text for a terminal and as HTML for a notebook. Documents, ids and messages are other people's text."""

from __future__ import annotations

import html
import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any

Cell = str | int | float

SHOWN = 20
"""Rows of a table; what is left out is said below it."""
_TEXT = 80


class Shown(ABC):
    """A result that is a table as text and in a notebook, and plain values as JSON."""

    __slots__ = ()

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values."""

    @abstractmethod
    def _table(self) -> tuple[str, Sequence[str], Sequence[Sequence[Cell]], Iterable[str]]:
        """Heading, columns, rows and notes."""

    def to_json(self, *, indent: int | None = 2) -> str:
        """`to_dict` as JSON text."""
        return json.dumps(self.to_dict(), ensure_ascii=False, allow_nan=False, indent=indent)

    def __repr__(self) -> str:
        return as_text(*self._table())

    def _repr_html_(self) -> str:
        return as_html(*self._table())


def line(text: str, limit: int = _TEXT) -> str:
    """`text` on one line, without anything that steers a terminal, cut at `limit` characters."""
    plain = " ".join("".join(character if character.isprintable() else " " for character in text).split())
    return plain if len(plain) <= limit else f"{plain[: limit - 1]}…"


def number(value: float) -> str:
    """A score or a metric to 4 significant digits."""
    return f"{value:.4g}"


def as_text(head: str, columns: Sequence[str], rows: Sequence[Sequence[Cell]], notes: Iterable[str]) -> str:
    """A heading, an aligned table with numbers to the right, and a line for each note."""
    cells = [[_shown(value) for value in row] for row in rows[:SHOWN]]
    table = [list(columns), *cells]
    widths = [max(len(row[place]) for row in table) for place in range(len(columns))]
    right = [all(not isinstance(row[place], str) for row in rows[:SHOWN]) for place in range(len(columns))]
    lines = [
        "  ".join(text.rjust(width) if far else text.ljust(width) for text, width, far in zip(row, widths, right, strict=True))
        for row in table
    ]
    rest = [f"{len(rows) - SHOWN:,} more."] if len(rows) > SHOWN else []
    said = [line(note, 400) for note in notes]
    return "\n".join(each.rstrip() for each in [line(head, 400), *(lines if rows else []), *rest, *said])


def as_html(head: str, columns: Sequence[str], rows: Sequence[Sequence[Cell]], notes: Iterable[str]) -> str:
    """The same as a table for a notebook; everything escaped."""

    def row(tag: str, values: Sequence[Cell]) -> str:
        cells = "".join(
            f'<{tag} style="text-align: {"left" if isinstance(value, str) else "right"}">{html.escape(_shown(value))}</{tag}>'
            for value in values
        )
        return f"<tr>{cells}</tr>"

    body = "".join(row("td", values) for values in rows[:SHOWN])
    rest = [f"{len(rows) - SHOWN:,} more."] if len(rows) > SHOWN else []
    said = "".join(f"<p>{html.escape(line(note, 400))}</p>" for note in [*rest, *notes])
    table = f"<table><thead>{row('th', columns)}</thead><tbody>{body}</tbody></table>" if rows else ""
    return f"<div><p>{html.escape(line(head, 400))}</p>{table}{said}</div>"


def _shown(value: Cell) -> str:
    if isinstance(value, float):
        return number(value)
    return line(value) if isinstance(value, str) else f"{value:,}"
