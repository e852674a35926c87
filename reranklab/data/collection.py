"""A test collection in BEIR layout: documents, queries, and judgements of which document answers which query.

The layout is the one of Thakur et al., "BEIR" (2021): corpus.jsonl and queries.jsonl (either may be gzipped) with the keys _id,
title and text, and qrels/<split>.tsv with a header line and query id, document id and grade on each line.

As in trec_eval, a judged document that the corpus lacks stays in the judgements: it counts in ideal DCG and in recall.
"""

from __future__ import annotations

import gzip
import hashlib
import sys
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import BufferedIOBase
from pathlib import Path, PurePath

from reranklab.data.archive import grows_too_far, growth_limit
from reranklab.data.paths import is_file, is_folder, is_hidden
from reranklab.data.qrels import QRELS_HEADER, check_header, read_qrels
from reranklab.data.strict_json import parse_json
from reranklab.data.text import clean_text, shorten
from reranklab.errors import InputError
from reranklab.types import Document, Query

__all__ = [
    "QRELS_HEADER",
    "UNJUDGED",
    "Collection",
    "find_records",
    "judged_candidates",
    "list_splits",
    "load_collection",
    "load_documents",
    "load_unjudged",
    "read_records",
    "sample_queries",
]


UNJUDGED = "unjudged"
"""The split of queries without judgements."""

_LONGEST_LINE = 64 * 1024**2


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """One split of a collection. All mappings are in file order; `qrels` is query id to document id to grade, zeros included.

    `queries` holds the split's queries alone, each with at least one judgement. `qrels` may judge documents that `documents`
    lacks. `instructions` is query id to what a ranker is told beside the query, for the queries whose metadata hold one: the
    key `instruction`. `notes` say what was left out and what is absent.
    """

    name: str
    split: str
    documents: Mapping[str, Document]
    queries: Mapping[str, Query]
    qrels: Mapping[str, Mapping[str, int]]
    licence: str = ""
    notes: tuple[str, ...] = ()
    instructions: Mapping[str, str] = field(default_factory=dict)

    @property
    def graded(self) -> bool:
        """Whether some document is more relevant than another relevant one (a grade above 1)."""
        return any(grade > 1 for judged in self.qrels.values() for grade in judged.values())

    def absent(self, query_id: str) -> tuple[str, ...]:
        """The ids of documents that are judged for a query and not in the corpus."""
        return tuple(document for document in self.qrels.get(query_id, {}) if document not in self.documents)


def load_collection(path: Path, *, split: str = "test") -> Collection:
    """Read a folder in BEIR layout, line by line. The documents stay in memory: about 1.5 times the size of the corpus file.

    Judgements of queries that are not in the queries file are left out. Texts are cleaned as clean_text does. Raises
    InputError, with file and line, for what cannot be read and for judgements that contradict each other.
    """
    splits = list_splits(path)
    if split not in splits:
        raise InputError(f"{path} has no split {split!r}. Choose one of: {', '.join(splits)}.")
    qrels_name = f"qrels/{split}.tsv"
    judged = read_qrels(_lines(path / qrels_name), name=qrels_name)
    documents = _read_documents(find_records(path, "corpus"))
    queries, known, instructions = _read_queries(find_records(path, "queries"), wanted=judged.grades)
    check_header(judged, name=qrels_name, queries=known, documents=documents)
    qrels = {query_id: judged.grades[query_id] for query_id in queries}
    notes = (*judged.notes, *absence_notes([each for each in judged.grades if each not in queries], qrels, documents))
    return Collection(
        name=path.resolve().name,
        split=split,
        documents=documents,
        queries=queries,
        qrels=qrels,
        notes=notes,
        instructions=instructions,
    )


def load_unjudged(path: Path) -> Collection:
    """The documents and all queries of a folder in BEIR layout, which needs no judgements. Raises as `load_collection` does."""
    queries, _, _ = _read_queries(find_records(path, "queries"), wanted=None)
    documents = _read_documents(find_records(path, "corpus"))
    return Collection(name=path.resolve().name, split=UNJUDGED, documents=documents, queries=queries, qrels={})


def load_documents(path: Path) -> dict[str, Document]:
    """The documents of a corpus.jsonl, plain or gzipped, or of the folder that holds it. Raises as `load_collection` does."""
    if is_folder(path):
        return _read_documents(find_records(path, "corpus"))
    if not is_file(path):
        raise InputError(f"There is no file {path}, or it may not be read. Give a corpus.jsonl, or a folder that holds one.")
    return _read_documents(path)


def list_splits(path: Path) -> tuple[str, ...]:
    """The splits with judgements, "test" first. Raises InputError where `path` is not a folder in BEIR layout."""
    if not is_folder(path):
        raise InputError(
            f"There is no folder {path}, or it may not be read. Give a folder with corpus.jsonl, queries.jsonl and qrels."
        )
    find_records(path, "corpus")
    find_records(path, "queries")
    files = [file for file in (path / "qrels").glob("*.tsv") if not is_hidden(PurePath(file.name)) and is_file(file)]
    splits = sorted((file.stem for file in files), key=lambda split: (split != "test", split))
    if not splits:
        raise InputError(f"{path} has no judgements. Add qrels/test.tsv with query id, document id and grade on each line.")
    return tuple(splits)


def judged_candidates(collection: Collection, query_id: str) -> tuple[Document, ...]:
    """The documents judged for a query, in file order, those with grade 0 included. Collection.absent names those it lacks."""
    if query_id not in collection.qrels:
        raise InputError(f"{collection.name} has no judged query {query_id!r} in its {collection.split} split. Choose another.")
    return tuple(collection.documents[each] for each in collection.qrels[query_id] if each in collection.documents)


def sample_queries(collection: Collection, *, number: int | None, seed: int) -> tuple[Query, ...]:
    """`number` of the queries with judgements, in collection order; None, or more than there are, takes all.

    A query's place in the draw is the SHA-256 of seed and id, so a draw is the same everywhere and contains every smaller
    one of the same seed. Raises InputError for a number below 1.
    """
    if number is not None and number < 1:
        raise InputError(f"A sample of {number} queries cannot be drawn. Ask for at least one.")

    def place(query_id: str) -> str:
        return hashlib.sha256(f"{seed}\t{query_id}".encode()).hexdigest()

    drawn = set(sorted(collection.queries, key=place)[:number])
    return tuple(query for query_id, query in collection.queries.items() if query_id in drawn)


def find_records(path: Path, stem: str) -> Path:
    """`stem`.jsonl or `stem`.jsonl.gz in a folder. Raises InputError where neither is there."""
    for file in (path / f"{stem}.jsonl", path / f"{stem}.jsonl.gz"):
        if is_file(file):
            return file
    raise InputError(f"{path} is not in BEIR layout: {stem}.jsonl is missing. Add it, or choose another folder.")


def read_records(path: Path) -> Iterator[tuple[int, Mapping[str, object]]]:
    """Line number and object of each line of a JSONL file, plain or gzipped, that is not blank."""
    for line, raw in _lines(path):
        record = parse_json(raw, where=f"Line {line} of {path.name}")
        if not isinstance(record, dict):
            raise InputError(f"Line {line} of {path.name} is not a JSON object. Write one object a line.")
        yield line, record


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    line = 0
    try:
        with _open(path) as file:
            most = growth_limit(path.stat().st_size) if path.suffix == ".gz" else sys.maxsize
            while raw := file.readline(_LONGEST_LINE):
                line += 1
                most -= len(raw)
                if len(raw) == _LONGEST_LINE:
                    raise InputError(
                        f"Line {line} of {path.name} is longer than {_LONGEST_LINE // 1024**2} MB. Write one object a line."
                    )
                if most < 0:
                    raise grows_too_far(path.name)
                if raw.strip():
                    yield line, raw
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path} cannot be read after line {line} ({error}). Replace the file.") from error


def _open(path: Path) -> BufferedIOBase:
    return gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")


def _field(path: Path, line: int, record: Mapping[str, object], key: str, *, default: str | None = None) -> str:
    """A text, or a whole number as text. null and a missing key are the default, where there is one."""
    value = record.get(key)
    if value is None and default is not None:
        return default
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise InputError(f"Line {line} of {path.name} has no text under the key {key!r}. Every line needs one.")
    return clean_text(value)


def _read_documents(path: Path) -> dict[str, Document]:
    documents: dict[str, Document] = {}
    for line, record in read_records(path):
        document = Document(
            id=_field(path, line, record, "_id"),
            text=_field(path, line, record, "text"),
            title=_field(path, line, record, "title", default=""),
        )
        if document.id in documents:
            raise InputError(f"Line {line} of {path.name} repeats the document id {document.id!r}. Ids must be unique.")
        documents[document.id] = document
    return documents


def _read_queries(path: Path, *, wanted: Mapping[str, object] | None) -> tuple[dict[str, Query], set[str], dict[str, str]]:
    """The wanted queries in file order, or all, the ids of all, and the instructions of the wanted ones that have any."""
    queries: dict[str, Query] = {}
    instructions: dict[str, str] = {}
    known: set[str] = set()
    for line, record in read_records(path):
        query_id = _field(path, line, record, "_id")
        if query_id in known:
            raise InputError(f"Line {line} of {path.name} repeats the query id {query_id!r}. Ids must be unique.")
        known.add(query_id)
        if wanted is None or query_id in wanted:
            queries[query_id] = Query(id=query_id, text=_field(path, line, record, "text"))
            metadata = record.get("metadata")
            instruction = metadata.get("instruction") if isinstance(metadata, dict) else None
            if isinstance(instruction, str) and instruction.strip():
                instructions[query_id] = clean_text(instruction).strip()
    return queries, known, instructions


def absence_notes(
    unasked: Sequence[str], qrels: Mapping[str, Mapping[str, int]], documents: Mapping[str, Document]
) -> Iterator[str]:
    """What the judgements name and the files lack."""
    if unasked:
        which = "query that is" if len(unasked) == 1 else "queries that are"
        yield f"Left out {len(unasked):,} judged {which} not in the queries file: {shorten(unasked)}."
    absent = list(dict.fromkeys(each for grades in qrels.values() for each in grades if each not in documents))
    if absent:
        what = "judged document is" if len(absent) == 1 else "judged documents are"
        yield (
            f"{len(absent):,} {what} not in the corpus: {shorten(absent)}. They cannot be ranked and count as missed "
            "in ideal DCG and recall, as in trec_eval."
        )
    lost = [query_id for query_id, grades in qrels.items() if grades.keys().isdisjoint(documents)]
    if lost:
        what = "query has" if len(lost) == 1 else "queries have"
        yield f"{len(lost):,} {what} no judged document in the corpus: {shorten(lost)}. Each scores 0 and stays in the mean."
