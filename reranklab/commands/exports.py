"""Writing evaluations as files, from a command."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from reranklab.commands.terminal import complain

if TYPE_CHECKING:
    from reranklab.evaluate.evaluated import Evaluated


def add_out(parser: argparse._ActionsContainer) -> None:
    parser.add_argument(
        "--out",
        metavar="FILE",
        help="write a report or an export; its end says which: .html, .json, .csv, .parquet or .trec",
    )


def check_out(out: str | None) -> None:
    """Raise, before anything is computed, as `format_of` does."""
    from reranklab.data.paths import typed_path
    from reranklab.report.files import format_of

    if out is not None:
        format_of(typed_path(out, what="The file"))


def write_exports(evaluations: Sequence[Evaluated], out: str) -> None:
    """Write the files and name them on stderr. Raises as `save_evaluations` does."""
    from reranklab.report.files import save_evaluations

    complain(f"Wrote {', '.join(map(str, save_evaluations(evaluations, out)))}.")
