"""`reranklab datasets`: the BEIR datasets and the samples, and downloading one."""

from __future__ import annotations

import argparse
import sys

from reranklab.commands.output import add_format, write_json, write_table
from reranklab.commands.terminal import terminal_progress
from reranklab.errors import InputError
from reranklab.progress import CancelSignal

NAME = "datasets"
HELP = "List the datasets, or download some (datasets fetch NAME ...)."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", nargs="?", choices=("list", "fetch"), default="list")
    parser.add_argument("name", nargs="*", metavar="NAME", help="fetch: BEIR names")
    add_format(parser, default="table")


def run(options: argparse.Namespace, cancel: CancelSignal) -> int:
    from reranklab.data.beir import download_dataset, list_datasets
    from reranklab.data.samples import list_samples

    if options.action == "fetch":
        if not options.name:
            raise InputError("Name the datasets to download: reranklab datasets fetch NAME ...")
        for name in options.name:
            folder = download_dataset(name, cancel=cancel, progress=terminal_progress())
            sys.stderr.write(f"{name}: {folder}\n")
        return 0
    rows = [
        {
            "name": sample.name,
            "kind": "sample",
            "documents": sample.documents,
            "queries": sample.queries,
            "licence": "Apache-2.0",
            "here": True,
        }
        for sample in list_samples()
    ] + [
        {
            "name": dataset.name,
            "kind": "BEIR" if dataset.public else "BEIR, not public",
            "documents": dataset.documents,
            "queries": dataset.queries,
            "licence": dataset.licence or "unknown",
            "here": dataset.available,
            "folder": str(dataset.folder),
        }
        for dataset in list_datasets()
    ]
    if options.format == "json":
        write_json({"datasets": rows})
    else:
        write_table(
            ("name", "kind", "documents", "queries", "here", "licence"),
            [
                (
                    row["name"],
                    row["kind"],
                    "?" if row["documents"] is None else row["documents"],
                    "?" if row["queries"] is None else row["queries"],
                    "yes" if row["here"] else "no",
                    row["licence"],
                )
                for row in rows
            ],
        )
    return 0
