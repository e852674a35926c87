"""The query and the documents of a command, from arguments and a file."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from reranklab.errors import InputError

if TYPE_CHECKING:
    from reranklab.data.text import ParsedDocuments


def add_candidates(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--query", required=True, metavar="TEXT")
    parser.add_argument("--documents", required=True, metavar="FILE", help=".txt, .csv, .tsv or .jsonl; - for text on stdin")
    parser.add_argument("--text-column", metavar="NAME", help="default: guessed from the column names")
    parser.add_argument("--id-column", metavar="NAME")
    parser.add_argument("--title-column", metavar="NAME")
    parser.add_argument(
        "--header", choices=("auto", "yes", "no"), default="auto", help="whether line 1 of a .csv or .tsv names the columns"
    )


def read_candidates(options: argparse.Namespace) -> ParsedDocuments:
    """The documents. Notes on how the file was read go to stderr too; raises InputError for a file that cannot be used."""
    from reranklab.data.text import parse_pasted
    from reranklab.data.upload import guess_columns, read_upload, to_documents

    if options.documents == "-":
        parsed = parse_pasted(sys.stdin.buffer.read().decode("utf-8", errors="surrogateescape"))
    else:
        path = Path(options.documents)
        try:
            content = path.read_bytes()
        except OSError as error:
            raise InputError(f"{path} cannot be read: {error.strerror}. Check --documents.") from error
        table = read_upload(path.name, content, header=options.header)
        guess = guess_columns(table)
        text = options.text_column or guess.text
        document_id = options.id_column or (guess.id if guess.id != text else None)
        named_all = options.text_column and options.id_column
        title = options.title_column or (guess.title if guess.title != text and not named_all else None)
        parsed = to_documents(table, text_column=text, id_column=document_id, title_column=title)
        if not table.header and not options.text_column:
            ids = f"their ids from {document_id!r}" if document_id else "numbered in file order"
            parsed = replace(parsed, notes=(*parsed.notes, f"Texts are taken from {text!r}, {ids}."))
    for note in parsed.notes:
        sys.stderr.write(f"reranklab: {note}\n")
    return parsed
