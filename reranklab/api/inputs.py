"""What a script has at hand, as the engine takes it: texts, ids, paths."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from reranklab.data.delimited import Header
from reranklab.data.paths import is_file
from reranklab.data.read import read_document_file
from reranklab.data.text import ParsedDocuments, PasteMode, clean_counted, clean_text, cleaning_notes, parse_pasted, with_notes
from reranklab.data.upload import ACCEPTED
from reranklab.errors import InputError
from reranklab.operator import Lock, is_locked
from reranklab.rankers.catalogue import add_family, families, installed_rankers, new_spec, parse_ranker_id
from reranklab.rankers.family import Family, RankerSpec
from reranklab.types import Document, Query

Documents = ParsedDocuments | Mapping[str, "str | Document"] | Iterable["str | Document"]
"""Texts or documents: a list, id to text, or what `read_documents` gives. Texts without an id are d1, d2, ... by position."""

AnyRanker = str | RankerSpec | Family
"""A ranker id, a spec, or a family for its ranker with nothing set."""


def read_documents(
    path_or_text: str | os.PathLike[str],
    *,
    text_column: str | None = None,
    id_column: str | None = None,
    title_column: str | None = None,
    header: Header = "auto",
    mode: PasteMode = "auto",
) -> ParsedDocuments:
    """Documents from a .txt, .csv, .tsv or .jsonl file, or from text: one a line, or one a block between blank lines.

    A string is a path where such a file exists, or where it ends as these files do and has one line. `notes` of the result say
    how the input was read. The other arguments are those of `reranklab rank`. Raises InputError for what cannot be used, and
    LockedError for a path where the operator has locked files; then no file makes a path of a string.
    """
    path = _path(path_or_text)
    if path is not None:
        return read_document_file(
            path, text_column=text_column, id_column=id_column, title_column=title_column, header=header, mode=mode
        )
    if text_column or id_column or title_column:
        raise InputError("Columns are for files, and a text was given. Give the path of a file, or no columns.")
    return parse_pasted(str(path_or_text), mode=mode)


def as_query(query: str | Query) -> Query:
    """A text, cleaned as the command line cleans it, as the query "q"."""
    if isinstance(query, Query):
        return query
    if not isinstance(query, str):
        raise InputError(f"A query of the type {type(query).__name__} does not work. Give a text or a Query.")
    return Query(text=clean_text(query))


def as_documents(documents: Documents) -> ParsedDocuments:
    """The documents in input order, with notes on what was changed. Raises InputError for anything else."""
    if isinstance(documents, ParsedDocuments):
        return documents
    if isinstance(documents, str | bytes):
        raise InputError("The documents are one text. Give a list of texts, or reranklab.read_documents(text).")
    if not isinstance(documents, Iterable):
        raise InputError(f"Documents of the type {type(documents).__name__} do not work. Give a list of texts or Documents.")
    named: Iterable[tuple[Any, Any]]
    named = (
        documents.items() if isinstance(documents, Mapping) else ((f"d{n}", each) for n, each in enumerate(documents, start=1))
    )
    found: list[Document] = []
    replaced = 0
    for name, each in named:
        if isinstance(each, str):
            text, changed = clean_counted(each)
            each = Document(id=str(name), text=text)
            replaced += changed
        if not isinstance(each, Document):
            raise InputError(f"Document {name!r} is of the type {type(each).__name__}. Give a text or a Document.")
        found.append(each)
    return with_notes(found, mode="table", notes=cleaning_notes(replaced))


def as_spec(ranker: AnyRanker) -> RankerSpec:
    """The spec of a ranker; a family that the catalogue lacks joins it for this process. Raises InputError for another id."""
    if isinstance(ranker, str):
        return parse_ranker_id(ranker)
    if not isinstance(ranker, RankerSpec | Family):
        raise InputError(f"A ranker of the type {type(ranker).__name__} does not work. Give an id, a RankerSpec or a Family.")
    family = ranker.family if isinstance(ranker, RankerSpec) else ranker
    if families().get(family.id) is not family:
        add_family(family)
    return ranker if isinstance(ranker, RankerSpec) else new_spec(ranker)


def as_specs(rankers: AnyRanker | Sequence[AnyRanker] | None) -> tuple[tuple[RankerSpec, ...], tuple[str, ...]]:
    """Each ranker once, and notes. Without any, the default ones whose packages are installed, with a note on the others."""
    if rankers is None:
        ids, note = installed_rankers()
        return tuple(parse_ranker_id(ranker) for ranker in ids), (note,) if note else ()
    given = [rankers] if isinstance(rankers, str | RankerSpec | Family) else list(rankers)
    if not given:
        raise InputError("No ranker is named. Name at least one, or leave the argument out.")
    specs = [as_spec(ranker) for ranker in given]
    return tuple({spec.id: spec for spec in specs}.values()), ()


def _path(path_or_text: str | os.PathLike[str]) -> Path | None:
    """The path that is meant, None for a text."""
    if not isinstance(path_or_text, str):
        return Path(path_or_text)
    names_one = not is_locked(Lock.LOCAL_FILES) and is_file(Path(path_or_text))
    one_line = "\n" not in path_or_text.strip()
    if names_one or (one_line and path_or_text.strip().lower().endswith(ACCEPTED)):
        return Path(path_or_text)
    return None
