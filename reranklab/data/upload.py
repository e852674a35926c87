"""Uploaded files to tables, and tables to documents."""

from __future__ import annotations

import codecs
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from reranklab.data.blank import is_blank
from reranklab.data.delimited import ID_NAMES, TEXT_NAMES, TITLE_NAMES, Header, named, read_delimited
from reranklab.data.strict_json import parse_json
from reranklab.data.text import (
    DocumentMode,
    ParsedDocuments,
    PasteMode,
    clean_counted,
    cleaning_notes,
    shorten,
    split_texts,
    with_notes,
)
from reranklab.errors import InputError
from reranklab.types import Document

ACCEPTED = (".txt", ".csv", ".tsv", ".jsonl")
MAX_UPLOAD_BYTES = 20 * 1024 * 1024
MAX_ROWS = 100_000
MAX_COLUMNS = 200
_LONGEST_ID = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadedTable:
    """Cells of an uploaded file, cleaned as clean_text does. Every row is as long as `columns`.

    `mode` says how a .txt file was split; the other formats are "table". Where `header` is False the file names no columns:
    they are "column 1", "column 2", ...
    """

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    mode: DocumentMode
    header: bool = True
    notes: tuple[str, ...] = ()

    def column(self, name: str) -> tuple[str, ...]:
        """The cells of one column. Raises InputError for an unknown name."""
        if name not in self.columns:
            raise InputError(f"{self.name} has no column {name!r}. Choose one of: {', '.join(self.columns)}.")
        position = self.columns.index(name)
        return tuple(row[position] for row in self.rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnChoice:
    """Which columns hold what. Without an id column documents are numbered."""

    text: str
    id: str | None = None
    title: str | None = None


def read_upload(name: str, content: bytes, *, mode: PasteMode = "auto", header: Header = "auto") -> UploadedTable:
    """The table in a .txt, .csv, .tsv or .jsonl file in UTF-8, or in UTF-16 with a byte order mark.

    `mode` splits a .txt file as parse_pasted does; it has one column, "text". `header` says whether line 1 of a .csv or .tsv
    names the columns; "auto" decides by its content and notes what it took it for. A .csv file without commas in line 1 may use
    semicolons or tabs; quotes are ordinary characters in a .tsv. In JSON a whole number is written 3, also where the file has
    3.0. Raises InputError, with the line, for a file it cannot use.
    """
    kind = PurePath(name).suffix.lower()
    if kind not in ACCEPTED:
        raise InputError(f"{name} is not a file type that can be read. Upload one of: {', '.join(ACCEPTED)}.")
    if len(content) > MAX_UPLOAD_BYTES:
        raise InputError(
            f"{name} has {len(content) / 1024**2:.1f} MB, more than the limit of {MAX_UPLOAD_BYTES // 1024**2} MB. "
            "Upload a smaller part of it."
        )
    text = decode(name, content)
    if is_blank(text):
        raise InputError(f"{name} is empty. Upload a file with at least one document.")
    if kind == ".jsonl":
        return _read_jsonl(name, text)
    cleaned, replaced = clean_counted(text)
    notes = cleaning_notes(replaced)
    if kind == ".txt":
        texts, found = split_texts(cleaned, mode=mode)
        _check_size(name, rows=len(texts), columns=1)
        return UploadedTable(
            name=name, columns=("text",), rows=tuple((each,) for each in texts), mode=found, notes=tuple(notes)
        )
    found_rows = read_delimited(
        name,
        cleaned,
        delimiter="\t" if kind == ".tsv" else _delimiter(cleaned),
        quotes=kind == ".csv",
        header=header,
        check_size=lambda rows, columns: _check_size(name, rows=rows, columns=columns),
    )
    return UploadedTable(
        name=name,
        columns=found_rows.columns,
        rows=found_rows.rows,
        mode="table",
        header=found_rows.header,
        notes=(*notes, *found_rows.notes),
    )


def to_documents(
    table: UploadedTable, *, text_column: str, id_column: str | None = None, title_column: str | None = None
) -> ParsedDocuments:
    """A document for each row that has text or a title; without `id_column` they are numbered d1, d2, ...

    Rows count from 1, after the header. The notes are the table's, then those on dropped rows and equal texts. Raises
    InputError for an unknown column, a missing or repeated id, and where no row has text.
    """
    texts = table.column(text_column)
    titles = table.column(title_column) if title_column is not None else ("",) * len(texts)
    ids = table.column(id_column) if id_column is not None else None
    documents: list[Document] = []
    blank: list[str] = []
    rows: dict[str, int] = {}
    for row, (title, text) in enumerate(zip(titles, texts, strict=True), start=1):
        if is_blank(text) and is_blank(title):
            blank.append(str(row))
            continue
        document_id = ids[row - 1].strip() if ids is not None else f"d{len(documents) + 1}"
        if not document_id:
            raise InputError(f"Row {row} of {table.name} has no id. Fill in column {id_column!r}, or choose no id column.")
        if document_id in rows:
            raise InputError(
                f"Rows {rows[document_id]} and {row} of {table.name} both have the id {document_id!r}. "
                "Give each row its own id, or choose no id column."
            )
        rows[document_id] = row
        documents.append(Document(id=document_id, text=text.strip(), title=title.strip()))
    if not documents:
        raise InputError(
            f"Column {text_column!r} of {table.name} is blank in every row. Choose the column that holds the text."
        )
    notes = list(table.notes)
    if blank:
        notes.append(f"{'Row' if len(blank) == 1 else 'Rows'} {shorten(blank)} without text left out.")
    return with_notes(documents, mode=table.mode, notes=notes)


def guess_columns(table: UploadedTable) -> ColumnChoice:
    """The columns by their usual names (text, body, passage; _id, docno; title); text is otherwise the longest column.

    Where the file names no columns, the id is the first other column of short values without spaces, each there once.
    """
    columns = table.columns if table.header else ()
    document_id = named(columns, ID_NAMES)
    title = named(columns, TITLE_NAMES)
    text = named(columns, TEXT_NAMES)
    if text is None:
        free = [column for column in table.columns if column not in (document_id, title)] or [title or table.columns[0]]
        text = max(free, key=lambda column: sum(map(len, table.column(column))))
    if not table.header:
        document_id = next((c for c in table.columns if c != text and _are_ids(table.column(c))), None)
    return ColumnChoice(text=text, id=document_id if document_id != text else None, title=title if title != text else None)


def decode(name: str, content: bytes) -> str:
    """The file's text. Raises InputError, with the offset, for another encoding and for binary content."""
    encoding, mark = "UTF-8", b""
    for candidate, start in (
        ("UTF-8", codecs.BOM_UTF8),
        ("UTF-16-LE", codecs.BOM_UTF16_LE),
        ("UTF-16-BE", codecs.BOM_UTF16_BE),
    ):
        if content.startswith(start):
            encoding, mark = candidate, start
    try:
        text = content[len(mark) :].decode(encoding)
    except UnicodeDecodeError as error:
        offset = len(mark) + error.start
        where = f"byte 0x{content[offset]:02x} at offset {offset:,}"
        if encoding == "UTF-8":
            where += f" in line {content.count(bytes([10]), 0, offset) + 1}"
        raise InputError(
            f"{name} is not {encoding.removesuffix('-LE').removesuffix('-BE')}: {where} cannot be read. "
            'Save the file as UTF-8 (in Excel: "CSV UTF-8") and upload it again.'
        ) from error
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise InputError(f"{name} holds binary data (a NUL in line {line}). Upload a text file saved as UTF-8.")
    return text


def _are_ids(values: Sequence[str]) -> bool:
    plain = [value.strip() for value in values]
    return len(set(plain)) == len(plain) and all(0 < len(v) <= _LONGEST_ID and not any(map(str.isspace, v)) for v in plain)


def _delimiter(text: str) -> str:
    """A comma, unless the header has none and has semicolons or tabs, as spreadsheets write in some languages."""
    header = text.lstrip().partition("\n")[0]
    return "," if "," in header else next((mark for mark in ";\t" if mark in header), ",")


def _read_jsonl(name: str, text: str) -> UploadedTable:
    records: list[Mapping[str, str]] = []
    columns: dict[str, None] = {}
    replaced = 0
    for number, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), start=1):
        if is_blank(line):
            continue
        record: dict[str, str] = {}
        for key, value in _json_object(name, number, line).items():
            column, in_key = clean_counted(key.strip())
            cell, in_cell = clean_counted(value)
            if not column or column in record:
                raise InputError(f"Line {number} of {name} has the key {key!r}, which is empty or there twice. Rename it.")
            record[column] = cell
            replaced += in_key + in_cell
        columns |= dict.fromkeys(record)
        records.append(record)
        _check_size(name, rows=len(records), columns=len(columns))
    if not columns:
        raise InputError(f'{name} holds only empty objects. Give each line a key such as "text".')
    rows = tuple(tuple(record.get(column, "") for column in columns) for record in records)
    return UploadedTable(name=name, columns=tuple(columns), rows=rows, mode="table", notes=tuple(cleaning_notes(replaced)))


def _json_object(name: str, number: int, line: str) -> dict[str, str]:
    """One line's object: text as it is, null as "", everything else as JSON text."""
    value = parse_json(line, where=f"Line {number} of {name}")
    if isinstance(value, dict):
        return {key: _cell(item) for key, item in value.items()}
    kinds = {list: "a list", str: "a text", bool: "true or false", type(None): "null"}
    raise InputError(
        f'Line {number} of {name} is {kinds.get(type(value), "a number")}, not an object. Write each line as {{"text": "..."}}.'
    )


def _cell(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _check_size(name: str, *, rows: int, columns: int) -> None:
    if rows > MAX_ROWS:
        raise InputError(f"{name} has more than {MAX_ROWS:,} rows. Upload a smaller part of it.")
    if columns > MAX_COLUMNS:
        raise InputError(f"{name} has more than {MAX_COLUMNS} columns. Keep the columns for id, title and text.")
