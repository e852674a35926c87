"""A test collection in BEIR layout: documents, queries, and judgements of which document answers which query.

The layout is the one of Thakur et al., "BEIR" (2021): corpus.jsonl and queries.jsonl (either may be gzipped) with the keys _id,
title and text, and qrels/<split>.tsv with a header line and query id, document id and grade on each line.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BufferedIOBase
from pathlib import Path

from reranklab.data.text import clean_text
from reranklab.errors import InputError
from reranklab.types import Document, Query

QRELS_HEADER = "query-id\tcorpus-id\tscore"


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """One split of a collection. All mappings are in file order; `qrels` is query id to document id to grade, zeros included.

    `queries` holds the split's queries alone, each with at least one judgement. `notes` count what was left out.
    """

    name: str
    split: str
    documents: Mapping[str, Document]
    queries: Mapping[str, Query]
    qrels: Mapping[str, Mapping[str, int]]
    licence: str = ""
    notes: tuple[str, ...] = ()

    @property
    def graded(self) -> bool:
        """Whether some document is more relevant than another relevant one (a grade above 1)."""
        return any(grade > 1 for judged in self.qrels.values() for grade in judged.values())


def load_collection(path: Path, *, split: str = "test") -> Collection:
    """Read a folder in BEIR layout, line by line. The documents stay in memory: about 1.5 times the size of the corpus file.

    Judgements of absent documents and queries are left out and counted in the notes; where a pair is judged twice the later
    grade holds. Texts are cleaned as clean_text does. Raises InputError, with file and line, for what cannot be read.
    """
    splits = list_splits(path)
    if split not in splits:
        raise InputError(f"{path} has no split {split!r}. Choose one of: {', '.join(splits)}.")
    judged = _read_qrels(path / "qrels" / f"{split}.tsv")
    documents: dict[str, Document] = {}
    corpus = find_records(path, "corpus")
    for line, record in read_records(corpus):
        document = Document(
            id=_field(corpus, line, record, "_id"),
            text=_field(corpus, line, record, "text"),
            title=_field(corpus, line, record, "title", default=""),
        )
        if document.id in documents:
            raise InputError(f"Line {line} of {corpus.name} repeats the document id {document.id!r}. Ids must be unique.")
        documents[document.id] = document
    queries, qrels, notes = _join(find_records(path, "queries"), judged, documents)
    return Collection(name=path.resolve().name, split=split, documents=documents, queries=queries, qrels=qrels, notes=notes)


def list_splits(path: Path) -> tuple[str, ...]:
    """The splits with judgements, "test" first. Raises InputError where `path` is not a folder in BEIR layout."""
    if not path.is_dir():
        raise InputError(f"There is no folder {path}. Give a folder with corpus.jsonl, queries.jsonl and qrels.")
    find_records(path, "corpus")
    find_records(path, "queries")
    splits = sorted((file.stem for file in (path / "qrels").glob("*.tsv")), key=lambda split: (split != "test", split))
    if not splits:
        raise InputError(f"{path} has no judgements. Add qrels/test.tsv with query id, document id and grade on each line.")
    return tuple(splits)


def judged_candidates(collection: Collection, query_id: str) -> tuple[Document, ...]:
    """The documents judged for a query, in file order, those with grade 0 included."""
    if query_id not in collection.qrels:
        raise InputError(f"{collection.name} has no judged query {query_id!r} in its {collection.split} split. Choose another.")
    return tuple(collection.documents[document_id] for document_id in collection.qrels[query_id])


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
        if file.is_file():
            return file
    raise InputError(f"{path} is not in BEIR layout: {stem}.jsonl is missing. Add it, or choose another folder.")


def read_records(path: Path) -> Iterator[tuple[int, Mapping[str, object]]]:
    """Line number and object of each line of a JSONL file, plain or gzipped, that is not blank."""
    for line, raw in _lines(path):
        try:
            record = json.loads(raw)
        except (ValueError, RecursionError) as error:
            reason = f"{error.msg} at column {error.colno}" if isinstance(error, json.JSONDecodeError) else type(error).__name__
            raise InputError(f"Line {line} of {path.name} is not valid JSON in UTF-8 ({reason}). Repair the line.") from error
        if not isinstance(record, dict):
            raise InputError(f"Line {line} of {path.name} is not a JSON object. Write one object a line.")
        yield line, record


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    line = 0
    try:
        with _open(path) as file:
            for line, raw in enumerate(file, start=1):
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


def _read_qrels(path: Path) -> dict[str, dict[str, int]]:
    qrels: dict[str, dict[str, int]] = {}
    for line, raw in _lines(path):
        try:
            query_id, document_id, grade = raw.decode("utf-8-sig").rstrip("\r\n").split("\t")
            judged = int(grade)
        except ValueError as error:
            if line == 1 and raw.count(b"\t") == 2:
                continue
            raise InputError(
                f"Line {line} of qrels/{path.name} is not a query id, a document id and a whole number, separated by tabs. "
                f"Repair it; the header line is {QRELS_HEADER!r}."
            ) from error
        qrels.setdefault(query_id, {})[document_id] = judged
    return qrels


def _join(
    path: Path, judged: Mapping[str, Mapping[str, int]], documents: Mapping[str, Document]
) -> tuple[dict[str, Query], dict[str, dict[str, int]], tuple[str, ...]]:
    """The judged queries in the order of `path`, their judgements of present documents, and notes on the rest."""
    queries: dict[str, Query] = {}
    qrels: dict[str, dict[str, int]] = {}
    found = 0
    for line, record in read_records(path):
        query_id = _field(path, line, record, "_id")
        if query_id in queries:
            raise InputError(f"Line {line} of {path.name} repeats the query id {query_id!r}. Ids must be unique.")
        if query_id not in judged:
            continue
        found += 1
        grades = {document_id: grade for document_id, grade in judged[query_id].items() if document_id in documents}
        if grades:
            queries[query_id] = Query(id=query_id, text=_field(path, line, record, "text"))
            qrels[query_id] = grades
    absent = sum(document_id not in documents for grades in judged.values() for document_id in grades)
    counts = {
        "judgements of documents that are not in the corpus": absent,
        "judged queries that are not in the queries file": len(judged) - found,
        "queries without a judged document in the corpus": found - len(queries),
    }
    return queries, qrels, tuple(f"Left out {count:,} {what}." for what, count in counts.items() if count)
