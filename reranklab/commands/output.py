"""What commands print: JSON, lines and tables. Texts of documents in them never reach a terminal as commands to it."""

from __future__ import annotations

import argparse
import io
import json
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from reranklab.commands.terminal import end_progress, printable
from reranklab.errors import StorageError

_LONG = 60
"""A column wider than this ends in an ellipsis where the terminal is too narrow; shorter ones fold."""

_FIGURE = re.compile(r"[-+−]?[0-9][0-9.,]*(?:[eE][-+]?[0-9]+)?(?: ?[%MK])?")
_ABSENT = ("", "-", "?")


def add_format(parser: argparse.ArgumentParser, *, default: str) -> None:
    parser.add_argument("--format", choices=("json", "table"), default=default, help=f"default: {default}")


def write_json(value: Any) -> None:
    end_progress()
    _write(json_text(value))


def json_text(value: Any) -> str:
    """As commands print it."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, indent=2) + "\n"


def write_text(text: str) -> None:
    """As it is: for text in a format of another program, without anything that users wrote."""
    end_progress()
    _write(text)


def write_line(text: str = "") -> None:
    end_progress()
    _write(printable(text) + "\n")


def write_table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Numbers to the right, text to the left, a bold header and the terminal's width; without a terminal plain columns two
    spaces apart, as wide as their longest cell, one line a row, "-" for an empty cell."""
    end_progress()
    terminal = sys.stdout.isatty()
    cells = [[_shown(value) or ("" if terminal else "-") for value in row] for row in rows]
    drawn = io.StringIO()
    console = Console(file=drawn, force_terminal=terminal, force_jupyter=False, markup=False, emoji=False, highlight=False)
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold" if terminal else "")
    long = [max((len(row[column]) for row in cells), default=0) > _LONG for column in range(len(header))]
    for column, name in enumerate(header):
        right = _is_numeric([row[column] for row in cells])
        table.add_column(Text(printable(name)), justify="right" if right else "left", no_wrap=right)
    for row in cells:
        table.add_row(
            *(Text(cell, no_wrap=cut, overflow="ellipsis" if cut else "fold") for cell, cut in zip(row, long, strict=True))
        )
    if not terminal:
        widest = Measurement.get(console, console.options.update(width=sys.maxsize), table).maximum
        console.width = max(widest, 1)
    console.print(table)
    _write("".join(line.rstrip(" ") + "\n" for line in drawn.getvalue().removesuffix("\n").split("\n")))


def _write(text: str) -> None:
    """Raises StorageError where the output goes to a disk that is full, and BrokenPipeError where nobody reads it."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), sys.stdout.fileno())  # what is still in the buffer would fail again at the end
        raise StorageError(f"The output cannot be written: {error.strerror}. Make room, or send it elsewhere.") from error


def _is_numeric(column: Sequence[str]) -> bool:
    figures = [cell for cell in column if cell not in _ABSENT]
    return bool(figures) and all(_FIGURE.fullmatch(cell) for cell in figures)


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4f}" if abs(value) < 100 else f"{value:,.1f}"
    return printable(str(value))
