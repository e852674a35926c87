"""TREC runs: `query Q0 document rank score tag` on each line, as trec_eval reads them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from reranklab.data.text import shorten
from reranklab.errors import InputError

_FIELDS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class TrecRun:
    """Query id to its documents with scores, best first. `tied` counts the queries in which scores repeat, `name` is the
    file's."""

    name: str
    tag: str
    lists: Mapping[str, tuple[tuple[str, float], ...]]
    tied: int = 0


def parse_run(lines: Iterable[str], *, name: str) -> TrecRun:
    """Documents are in order of their scores; equal scores are in the order of the rank column, then of the file.

    trec_eval ignores the rank column and breaks ties by document id. Raises InputError, with file and line, for a line of
    another form, a score that is not a number, a document twice for a query, and a file of several tags or of no line.
    """
    entries: dict[str, dict[str, tuple[float, float]]] = {}
    tag = ""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        fields = line.split()
        where = f"Line {number} of {name}"
        if len(fields) != _FIELDS:
            raise InputError(
                f"{where} has {len(fields)} fields, not the {_FIELDS} of a TREC run: query Q0 document rank score tag."
            )
        query, _, document, rank, score, own_tag = fields
        if tag and own_tag != tag:
            raise InputError(
                f"{where} is of the run {own_tag!r}, and the lines before it of {tag!r}. Give each run its own file."
            )
        tag = own_tag
        value = _number(score, where=where, what="score")
        if document in entries.setdefault(query, {}):
            raise InputError(f"{where} repeats the document {document!r} of query {query!r}. Leave one of the two.")
        entries[query][document] = (value, _number(rank, where=where, what="rank"))
    if not entries:
        raise InputError(f"{name} holds no line of a TREC run. Write: query Q0 document rank score tag.")
    lists = {
        query: tuple(
            (document, score) for document, (score, _) in sorted(documents.items(), key=lambda each: (-each[1][0], each[1][1]))
        )
        for query, documents in entries.items()
    }
    tied = sum(len({score for _, score in documents}) < len(documents) for documents in lists.values())
    return TrecRun(name=name, tag=tag, lists=lists, tied=tied)


def check_documents(run: TrecRun, known: Iterable[str]) -> None:
    """Raise InputError where the run names documents that the collection lacks."""
    have = set(known)
    missing = list(dict.fromkeys(id_ for documents in run.lists.values() for id_, _ in documents if id_ not in have))
    if missing:
        count = "1 document of the run {} is" if len(missing) == 1 else f"{len(missing):,} documents of the run {{}} are"
        raise InputError(
            f"{count.format(run.name)} not in the collection: {shorten(missing)}. Give the collection that it was made on."
        )


def _number(text: str, *, where: str, what: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InputError(f"{where} has the {what} {text[:40]!r}, which is not a number.")
    return value
