"""The query and the documents of a command, from arguments and a file."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from reranklab.errors import InputError
from reranklab.types import Document


def add_candidates(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--query", required=True, metavar="TEXT")
    parser.add_argument("--documents", required=True, metavar="FILE", help=".txt, .csv, .tsv or .jsonl; - for text on stdin")
    parser.add_argument("--text-column", metavar="NAME", help="default: guessed from the column names")
    parser.add_argument("--id-column", metavar="NAME")
    parser.add_argument("--title-column", metavar="NAME")


def read_candidates(options: argparse.Namespace) -> tuple[Document, ...]:
    """The documents. Notes on how the file was read go to stderr; raises InputError for a file that cannot be used."""
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
        table = read_upload(path.name, content)
        guess = None if options.text_column and options.id_column else guess_columns(table)
        parsed = to_documents(
            table,
            text_column=options.text_column or (guess.text if guess else ""),
            id_column=options.id_column or (guess.id if guess else None),
            title_column=options.title_column or (guess.title if guess else None),
        )
    for note in parsed.notes:
        sys.stderr.write(f"reranklab: {note}\n")
    return parsed.documents
