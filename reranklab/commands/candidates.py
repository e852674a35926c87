"""The query and the documents of a command, from arguments and a file."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from reranklab.commands.terminal import complain

if TYPE_CHECKING:
    from reranklab.data.text import ParsedDocuments


def add_candidates(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    parser.add_argument("--query", required=required, metavar="TEXT")
    parser.add_argument(
        "--documents", required=required, metavar="FILE", help=".txt, .csv, .tsv or .jsonl; - for text on stdin"
    )
    parser.add_argument("--text-column", metavar="NAME", help="default: guessed from the column names")
    parser.add_argument("--id-column", metavar="NAME")
    parser.add_argument("--title-column", metavar="NAME")
    parser.add_argument(
        "--header", choices=("auto", "yes", "no"), default="auto", help="whether line 1 of a .csv or .tsv names the columns"
    )


def read_candidates(options: argparse.Namespace) -> ParsedDocuments:
    """The documents. Notes on how the file was read go to stderr too; raises InputError for a file that cannot be used."""
    from reranklab.data.read import read_document_file
    from reranklab.data.text import parse_pasted

    if options.documents == "-":
        parsed = parse_pasted(sys.stdin.buffer.read().decode("utf-8", errors="surrogateescape"))
    else:
        parsed = read_document_file(
            Path(options.documents),
            text_column=options.text_column,
            id_column=options.id_column,
            title_column=options.title_column,
            header=options.header,
        )
    for note in parsed.notes:
        complain(note)
    return parsed
