"""Collections whose queries nobody has judged yet: folders beside the judged ones, in the same layout but for the judgements.

`logged.trec` has the ranking that each query had where it came from, as a TREC run; lists with a white space in an id cannot
stand in one. The first judgement of a query of the folder, under the folder's name, makes it a judged collection.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from reranklab.data.collection import find_records, list_splits
from reranklab.data.judged import checked_name, judged_folder, judged_names
from reranklab.data.judged_texts import with_documents, with_query
from reranklab.data.paths import data_dir, is_folder, shown
from reranklab.data.shared_files import replace_file, writing
from reranklab.data.trec import parse_run
from reranklab.errors import InputError
from reranklab.types import Document, Query

LOGGED_RUN = "logged.trec"
_TAG = "logged"


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedQuery:
    """A query with its documents, best first, and where it came from. `scores` are those of the ranking, one a document, and
    fall from first to last; empty where only the order is known."""

    query: Query
    documents: tuple[Document, ...]
    scores: tuple[float, ...] = ()
    source: str = ""


def unjudged_names() -> tuple[str, ...]:
    """The names of the collections that have queries and documents and no judgement yet."""
    room = data_dir() / "judged"
    if not is_folder(room):
        return ()
    judged = judged_names()
    return tuple(sorted(entry.name for entry in room.iterdir() if entry.name not in judged and _is_unjudged(entry)))


def keep_unjudged(name: str, ranked: Sequence[RankedQuery]) -> Path:
    """Add the queries to the collection of that name, which is made where it is missing and may be judged already, and return
    its folder. On disk when this returns.

    A query or document that the collection has is not added again; an id that it has for another text becomes a new one.
    Raises InputError for a name that cannot be one, for no queries and for a query twice, and StorageError.
    """
    folder = judged_folder(checked_name(name, what="A collection"))
    if not ranked:
        raise InputError("There is no query to keep. Take requests that have the texts of query and documents.")
    if len({each.query.text for each in ranked}) < len(ranked):
        raise InputError("A query stands twice. Keep each once.")
    with writing(folder, what="The collection"):
        folder.mkdir(parents=True, exist_ok=True)
        ids = _with_documents(folder, ranked)
        lists = {
            with_query(folder, each.query, source=each.source): _scored(each, own)
            for each, own in zip(ranked, ids, strict=True)
        }
        replace_file(folder / LOGGED_RUN, (line.encode() for line in _run_lines({**_known_run(folder), **lists})))
    return folder


def delete_unjudged(name: str) -> None:
    """Delete a collection that has no judgement. Raises InputError where there is none of that name, and StorageError."""
    if name not in unjudged_names():
        raise InputError(f"There is no collection {shown(name)} that waits for judgements. Choose one of those listed.")
    folder = judged_folder(name)
    with writing(folder, what="The collection"):
        shutil.rmtree(folder)


def _with_documents(folder: Path, ranked: Sequence[RankedQuery]) -> list[Mapping[str, str]]:
    """For each query its documents' ids to those in the collection: written at once, but where one id has two texts."""
    own: list[Mapping[str, str]] = []
    waiting: dict[str, Document] = {}
    since = 0
    for number, each in enumerate([*ranked, None]):
        clash = each is None or any(waiting.get(document.id, document) != document for document in each.documents)
        if clash:
            stored = with_documents(folder, list(waiting.values()))
            own += [{document.id: stored[document.id] for document in one.documents} for one in ranked[since:number]]
            waiting, since = {}, number
        if each is not None:
            waiting |= {document.id: document for document in each.documents}
    return own


def _scored(ranked: RankedQuery, ids: Mapping[str, str]) -> tuple[tuple[str, float], ...]:
    size = len(ranked.documents)
    scores = ranked.scores or tuple(float(size - place) for place in range(size))
    return tuple((ids[document.id], score) for document, score in zip(ranked.documents, scores, strict=True))


def _run_lines(lists: Mapping[str, Sequence[tuple[str, float]]]) -> Iterator[str]:
    for query, documents in lists.items():
        if any(len(each.split()) != 1 for each in (query, *(document for document, _ in documents))):
            continue
        for rank, (document, score) in enumerate(documents, start=1):
            yield f"{query} Q0 {document} {rank} {score!r} {_TAG}\n"


def _known_run(folder: Path) -> dict[str, tuple[tuple[str, float], ...]]:
    file = folder / LOGGED_RUN
    if not file.is_file():
        return {}
    return dict(parse_run(file.read_text(encoding="utf-8").splitlines(), name=LOGGED_RUN).lists)


def _is_unjudged(folder: Path) -> bool:
    try:
        find_records(folder, "corpus")
        find_records(folder, "queries")
    except InputError:
        return False
    try:
        list_splits(folder)
    except InputError:
        return True
    return False
