"""CSV and TSV: rows of fields, and whether line 1 names the columns.

A .csv has quotes (RFC 4180). A .tsv has none: a quote is an ordinary character there, as in the IANA registration of
text/tab-separated-values, and MS MARCO's collection.tsv has no line of column names either.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Literal

from reranklab.data.blank import is_blank
from reranklab.errors import InputError

Header = Literal["auto", "yes", "no"]
HEADERS: tuple[Header, ...] = ("auto", "yes", "no")

LONGEST_NAME = 80
"""Characters. A longer field in line 1 is taken for text."""

TEXT_NAMES = ("text", "body", "content", "contents", "passage", "document", "doc", "documenttext", "passagetext", "abstract")
ID_NAMES = ("id", "docid", "documentid", "docno", "pid", "passageid", "corpusid")
TITLE_NAMES = ("title", "documenttitle", "headline", "heading")

_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)*")
_SENTENCE = re.compile(r".*[^\W\d_].*\s.*[.!?…。！？।؟][\"'”’»)\]]*|.*[。！？।؟]", re.DOTALL)
_SAMPLE = 100
"""Rows below line 1 that it is compared with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DelimitedRows:
    """Rows of equal length. Without a header the columns are named "column 1", "column 2", ..."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    header: bool
    notes: tuple[str, ...] = ()


def read_delimited(
    name: str, text: str, *, delimiter: str, quotes: bool, header: Header, check_size: Callable[[int, int], None]
) -> DelimitedRows:
    """The rows that are not blank. `check_size` gets the rows and columns read so far and raises where they are too many.

    Raises InputError, with the line, for rows of unequal length, for column names that are blank or repeated, and where
    there is no row.
    """
    records = _quoted(name, text, delimiter=delimiter) if quotes else _plain(text, delimiter=delimiter)
    lines = [*islice(records, _SAMPLE + 1)]
    if not lines:
        raise InputError(f"{name} has only blank lines. Add a row with the text of a document.")
    first_line, first = lines[0]
    below = [fields for _, fields in lines[1:] if len(fields) == len(first)]
    names, reason = (header == "yes", "") if header != "auto" else _judge(first, below)
    check_size(0, len(first))
    columns = _checked_names(name, first_line, first) if names else tuple(f"column {n + 1}" for n in range(len(first)))
    rows: list[tuple[str, ...]] = []
    for line, fields in chain(lines[1:] if names else lines, records):
        if len(fields) != len(columns):
            raise InputError(_unequal(name, line, len(fields), first_line, len(columns), quotes=quotes, names=names))
        rows.append(tuple(fields))
        check_size(len(rows), len(columns))
    if not rows:
        raise InputError(f"{name} has a header line and no rows. Add rows below it, or set header to no if it is a document.")
    notes = [_assumption(name, first_line, names, reason)] if reason else []
    if not quotes and (quoted := sum(_stands_in_quotes(field) for row in rows for field in row)):
        fields_stand = "1 field stands" if quoted == 1 else f"{quoted:,} fields stand"
        notes.append(
            f"{fields_stand} in double quotes, which are kept: a .tsv has no quoting. If they are no text, save it as .csv."
        )
    return DelimitedRows(columns=columns, rows=tuple(rows), header=names, notes=tuple(notes))


def named(columns: Sequence[str], names: Sequence[str]) -> str | None:
    """The first of `names` that is a column, whatever its case, underscores and other marks."""
    plain = {"".join(filter(str.isalnum, column.lower())): column for column in reversed(columns)}
    return next((plain[name] for name in names if name in plain), None)


def _judge(first: Sequence[str], below: Sequence[Sequence[str]]) -> tuple[bool, str]:
    """Whether line 1 names the columns, and by what that was decided: the first of these rules that applies."""
    fields = [field.strip() for field in first]
    columns = list(zip(*below, strict=True)) if below else []
    if known := named(fields, TEXT_NAMES) or named(fields, ID_NAMES) or named(fields, TITLE_NAMES):
        return True, f"{known!r} is a usual name"
    if not below:
        return False, "there is no line below it"
    if position := _position(map(_is_number, fields)):
        return False, f"field {position} is a number"
    if position := _position(all(map(_is_number, column)) for column in columns):
        return True, f"column {position} holds numbers below it"
    if not all(fields) or len(set(fields)) < len(fields):
        return False, "a field is blank or there twice"
    if position := _position(_same_shape(field, column) for field, column in zip(fields, columns, strict=True)):
        return False, f"field {position} is built as those below it"
    if position := _position(len(field) > LONGEST_NAME for field in fields):
        return False, f"field {position} has more than {LONGEST_NAME} characters"
    if position := _position(_SENTENCE.fullmatch(field) is not None for field in fields):
        return False, f"field {position} is a sentence"
    return True, "nothing speaks against it"


def _assumption(name: str, line: int, names: bool, reason: str) -> str:
    read, other = ("column names", "a document") if names else ("a document", "column names")
    switch = "no if it is a document" if names else "yes if it names the columns"
    return f"Line {line} of {name} was read as {read}, not as {other}: {reason}. Set header to {switch}."


def _position(flags: Iterator[bool] | map[bool]) -> int:
    """The place of the first that holds, from 1; 0 where none does."""
    return next((place for place, holds in enumerate(flags, start=1) if holds), 0)


def _is_number(field: str) -> bool:
    return _NUMBER.fullmatch(field.strip()) is not None


def _same_shape(field: str, column: Sequence[str]) -> bool:
    """Whether a field with a digit, such as D17, is letters and digits in the order of all below it."""
    shape = _shape(field)
    return "9" in shape and all(_shape(other) == shape for other in column)


def _shape(field: str) -> str:
    return re.sub(r"[^\W\d_]+", "a", re.sub(r"\d+", "9", field.strip()))


def _stands_in_quotes(field: str) -> bool:
    plain = field.strip()
    return len(plain) > 1 and plain[0] == plain[-1] == '"'


def _checked_names(name: str, line: int, fields: Sequence[str]) -> tuple[str, ...]:
    columns = tuple(field.strip() for field in fields)
    for position, column in enumerate(columns, start=1):
        if not column:
            raise InputError(f"Column {position} in the header of {name} (line {line}) has no name. Name every column.")
        if columns.index(column) != position - 1:
            raise InputError(f"Two columns in the header of {name} (line {line}) are named {column!r}. Rename one.")
    return columns


def _unequal(name: str, line: int, count: int, first_line: int, expected: int, *, quotes: bool, names: bool) -> str:
    has = "1 field" if count == 1 else f"{count} fields"
    first = "the header" if names else f"line {first_line}"
    remedy = (
        "Put double quotes around fields that hold the separator."
        if quotes
        else "A .tsv has no quoting: replace tabs and line breaks inside fields, or save it as .csv."
    )
    return f"Line {line} of {name} has {has}, but {first} has {expected}. {remedy}"


def _plain(text: str, *, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """The lines that are not blank, split."""
    for line, content in enumerate(text.split("\n"), start=1):
        fields = content.split(delimiter)
        if len(fields) > 1 or not is_blank(content):
            yield line, fields


def _quoted(name: str, text: str, *, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Records that are not blank, each with the line it starts in."""
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))
    reader = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
    line = 1
    try:
        for fields in reader:
            if len(fields) > 1 or not all(map(is_blank, fields)):
                yield line, fields
            line = reader.line_num + 1
    except csv.Error as error:
        unclosed = "unexpected end of data" in str(error)
        problem = "opens a double quote that is never closed" if unclosed else "has text after a closing double quote"
        raise InputError(
            f"The row that starts in line {line} of {name} {problem}. Write a double quote inside a field as two."
        ) from error
