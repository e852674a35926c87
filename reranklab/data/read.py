"""A file of documents to documents, in one step: what a script and the command line do with a path."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from reranklab.data.delimited import Header
from reranklab.data.paths import shortened, shown, typed_path
from reranklab.data.text import ParsedDocuments, PasteMode
from reranklab.data.upload import guess_columns, read_upload, to_documents
from reranklab.errors import InputError
from reranklab.operator import Lock, check_unlocked


def read_document_file(
    path: Path,
    *,
    text_column: str | None = None,
    id_column: str | None = None,
    title_column: str | None = None,
    header: Header = "auto",
    mode: PasteMode = "auto",
) -> ParsedDocuments:
    """The documents of a .txt, .csv, .tsv or .jsonl file.

    Columns that are not named are guessed by their usual names (see `guess_columns`); a title is not guessed where text and id
    are named. `header` says whether line 1 of a .csv or .tsv names the columns, `mode` how a .txt file is split. Raises
    InputError for a file or a column that cannot be used, and LockedError where the operator has locked files.
    """
    if not os.fspath(path).strip():
        raise InputError("No file of documents is named. Give the path of one.")
    check_unlocked(Lock.LOCAL_FILES, f"The file {shown(path)}", "Give the documents as text, on the command line on stdin.")
    path = typed_path(path, what="The file")
    try:
        content = path.read_bytes()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise InputError(f"{shortened(path)} cannot be read: {reason}. Check the path.") from error
    table = read_upload(path.name, content, mode=mode, header=header)
    guess = guess_columns(table)
    text = text_column or guess.text
    document_id = id_column or (guess.id if guess.id != text else None)
    named_all = text_column and id_column
    title = title_column or (guess.title if guess.title != text and not named_all else None)
    parsed = to_documents(table, text_column=text, id_column=document_id, title_column=title)
    if table.header or text_column:
        return parsed
    ids = f"their ids from {document_id!r}" if document_id else "numbered in file order"
    return replace(parsed, notes=(*parsed.notes, f"Texts are taken from {text!r}, {ids}."))
