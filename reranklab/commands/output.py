"""What commands print: JSON, aligned tables, and progress on a terminal's stderr."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from typing import Any

from reranklab.progress import Step


def add_format(parser: argparse.ArgumentParser, *, default: str) -> None:
    parser.add_argument("--format", choices=("json", "table"), default=default, help=f"default: {default}")


def write_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, allow_nan=False, indent=2) + "\n")


def write_table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Left-aligned text columns, right-aligned numbers."""
    cells = [[_shown(value) for value in row] for row in rows]
    widths = [max(len(line[column]) for line in [list(header), *cells]) for column in range(len(header))]
    numeric = [all(isinstance(row[column], int | float) for row in rows) for column in range(len(header))]
    for line in [list(header), *cells]:
        parts = [
            text.rjust(width) if right else text.ljust(width) for text, width, right in zip(line, widths, numeric, strict=True)
        ]
        sys.stdout.write("  ".join(parts).rstrip() + "\n")


def terminal_progress() -> Callable[[Step], None] | None:
    """A progress line on stderr where that is a terminal, else None."""
    if not sys.stderr.isatty():
        return None

    def show(step: Step) -> None:
        sys.stderr.write(f"\r\x1b[K{step.label} {step.done:,} of {step.total:,} {step.unit}".rstrip())
        if step.done >= step.total:
            sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()

    return show


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4f}" if abs(value) < 100 else f"{value:,.1f}"
    return "".join(character if character.isprintable() else " " for character in str(value))
