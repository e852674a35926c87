"""Relevance judgements on disk: which document answers which query, and how well.

Two forms are read. BEIR's has query id, document id and grade, separated by tabs, and may begin with a line of column names.
TREC's has query id, an unused field, document id and grade, separated by spaces or tabs, and no such line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from reranklab.data.text import shorten
from reranklab.errors import InputError

QRELS_HEADER = "query-id\tcorpus-id\tscore"

_GRADE = re.compile(r"[+-]?[0-9]{1,9}(?:\.0*)?")
_NUMERIC = re.compile(r"[+-]?[0-9.,]+(?:[eE][+-]?[0-9]+)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgements:
    """`grades` is query id to document id to grade, in file order. `header` holds line 1 where that names the columns."""

    grades: dict[str, dict[str, int]]
    header: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def read_qrels(lines: Iterable[tuple[int, bytes]], *, name: str) -> Judgements:
    """The judgements in the numbered lines of the file `name`; the first line decides between BEIR's form and TREC's.

    Line 1 names the columns only where its third field is no number. A grade is a whole number, 1.0 included. The same
    judgement twice counts once and is noted. Raises InputError for a line of another form and for one pair with several grades.
    """
    trec = False
    header: tuple[str, ...] = ()
    grades: dict[str, dict[str, int]] = {}
    contradictions: dict[tuple[str, str], list[int]] = {}
    repeated = 0
    first = True
    for line, raw in lines:
        fields = _fields(line, raw, name=name, trec=trec)
        if first:
            first = False
            trec = len(fields) != 3 and len(" ".join(fields).split()) == 4
            if trec:
                fields = " ".join(fields).split()
            elif len(fields) == 3 and not _NUMERIC.fullmatch(fields[2]):
                header = tuple(fields)
                continue
        query_id, document_id, grade = _judgement(line, fields, name=name, trec=trec)
        judged = grades.setdefault(query_id, {})
        if document_id not in judged:
            judged[document_id] = grade
        elif judged[document_id] == grade:
            repeated += 1
        else:
            contradictions.setdefault((query_id, document_id), [judged[document_id]]).append(grade)
    if contradictions:
        raise InputError(_contradiction(name, contradictions))
    notes = [f"{name} is in TREC's form (query, unused, document, grade) and was read as such."] if trec else []
    if repeated:
        notes.append(f"{name} repeats {'1 judgement' if repeated == 1 else f'{repeated:,} judgements'}; each counts once.")
    return Judgements(grades=grades, header=header, notes=tuple(notes))


def check_header(judgements: Judgements, *, name: str, queries: Iterable[str], documents: Iterable[str]) -> None:
    """Raise InputError where line 1 was taken for column names and holds the id of a query or a document."""
    if not judgements.header:
        return
    query_id, document_id, grade = judgements.header
    if query_id in queries or document_id in documents:
        raise InputError(
            f"The first line of {name} judges query {query_id!r} and document {document_id!r} with {grade!r}, which is no "
            f"whole number. Write a grade such as 0 or 1; a line of column names is {QRELS_HEADER!r}."
        )


def _fields(line: int, raw: bytes, *, name: str, trec: bool) -> list[str]:
    try:
        text = raw.decode("utf-8-sig" if line == 1 else "utf-8").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise InputError(f"Line {line} of {name} is not UTF-8. Save the file as UTF-8.") from error
    return text.split() if trec else text.split("\t")


def _judgement(line: int, fields: list[str], *, name: str, trec: bool) -> tuple[str, str, int]:
    if trec:
        fields = [fields[0], *fields[2:]] if len(fields) == 4 else []
    if len(fields) != 3 or not all(field.strip() for field in fields) or not _GRADE.fullmatch(fields[2].strip()):
        form = (
            "a query id, 0, a document id and a whole number, separated by spaces"
            if trec
            else "a query id, a document id and a whole number, separated by tabs"
        )
        raise InputError(f"Line {line} of {name} is not {form}. Repair it; a line of column names is {QRELS_HEADER!r}.")
    return fields[0], fields[1], int(float(fields[2]))


def _contradiction(name: str, pairs: dict[tuple[str, str], list[int]]) -> str:
    count = "1 pair" if len(pairs) == 1 else f"{len(pairs):,} pairs"
    shown = [
        f"query {query!r} with document {document!r} ({', '.join(map(str, dict.fromkeys(given)))})"
        for (query, document), given in pairs.items()
    ]
    return f"{name} gives {count} of query and document several grades: {shorten(shown)}. Keep one line for each pair."
