"""Queries without judgements: a log of what people asked, as a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from reranklab.data.blank import is_blank
from reranklab.data.delimited import named
from reranklab.data.paths import shortened, shown, typed_path
from reranklab.data.upload import ACCEPTED, UploadedTable, guess_columns, read_upload
from reranklab.errors import InputError
from reranklab.operator import Lock, check_unlocked
from reranklab.types import Query

_QUERY_NAMES = ("query", "querytext", "question", "searchterm", "q")


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedQueries:
    """Queries in file order, with unique ids. `notes` say how the file was read."""

    name: str
    queries: tuple[Query, ...]
    notes: tuple[str, ...] = ()


def is_query_file(path: str | Path) -> bool:
    """Whether the name is that of a .txt, .csv, .tsv or .jsonl file."""
    return Path(path).suffix.lower() in ACCEPTED


def read_query_file(path: str | Path) -> ParsedQueries:
    """The queries of a .txt file (one a line), or a .csv, .tsv or .jsonl file (a column named query, question or text).

    Raises InputError for a file that cannot be used, and LockedError where the operator has locked files.
    """
    check_unlocked(Lock.LOCAL_FILES, f"The file {shown(str(path))}", "Use the name of a dataset or of a sample.")
    file = typed_path(path, what="The file")
    try:
        content = file.read_bytes()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise InputError(f"{shortened(file)} cannot be read: {reason}. Check the path.") from error
    return parse_queries(file.name, content)


def parse_queries(name: str, content: bytes) -> ParsedQueries:
    """The queries of an uploaded file. Ids that are missing or repeat are replaced by line numbers, with a note. Raises
    InputError as `read_upload` does, and where no line has text."""
    table = read_upload(name, content, mode="lines")
    if not table.header and named(table.rows[0], _QUERY_NAMES):
        table = read_upload(name, content, header="yes")
    guess = guess_columns(table)
    text = (named(table.columns, _QUERY_NAMES) if table.header else None) or guess.text
    texts = table.column(text)
    kept = [row for row, each in enumerate(texts) if not is_blank(each)]
    if not kept:
        raise InputError(f"{name} has no query: column {text!r} is blank. Give one query a line.")
    ids, notes = _ids(table, guess.id, kept)
    if len(kept) < len(texts):
        notes = (*notes, f"{len(texts) - len(kept):,} rows of {name} without text are left out.")
    queries = tuple(Query(id=id_, text=texts[row].strip()) for id_, row in zip(ids, kept, strict=True))
    return ParsedQueries(name=name, queries=queries, notes=(*table.notes, *notes))


def _ids(table: UploadedTable, column: str | None, rows: Sequence[int]) -> tuple[list[str], tuple[str, ...]]:
    numbers = [str(row + 1) for row in rows]
    if column is None:
        return numbers, ()
    ids = [table.column(column)[row].strip() for row in rows]
    if all(ids) and len(set(ids)) == len(ids):
        return ids, ()
    return numbers, (f"The ids in {column!r} of {table.name} are not one a query, so its queries are numbered by row.",)
