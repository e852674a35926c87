"""A BM25 index of a whole collection (bm25s, Lucene's formula), cached on disk."""

from __future__ import annotations

import hashlib
import json
import tempfile
from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from reranklab.data.collection import Collection
from reranklab.data.digests import are_intact, digests_of
from reranklab.data.paths import cache_dir, is_there
from reranklab.data.storage import remove, storing
from reranklab.data.words import Analyser, tokenise
from reranklab.errors import Cancelled, InputError, StorageError
from reranklab.progress import CancelSignal, Progress, Step
from reranklab.types import Document, Query

if TYPE_CHECKING:
    from bm25s import BM25

INDEX_FORMAT = 2
"""Part of the cache key: raise it when tokenise, or what is stored, changes."""

ABOUT = "about.json"
"""The file of an index that says what it is of, with the digests of the others."""

_BATCH = 500
_STORED = {
    "data.csc.index.npy",
    "indices.csc.index.npy",
    "indptr.csc.index.npy",
    "vocab.index.json",
    "params.index.json",
    "average_length.json",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CorpusStatistics:
    """What BM25 knows of a collection: its size, the mean number of terms of a document, and in how many documents
    each term occurs."""

    documents: int
    average_length: float
    document_frequencies: Mapping[str, int]


class CorpusIndex:
    """An opened index. Searches may run in several threads at once. `key` is the digest of the texts and the settings, `notes`
    say what went wrong with its place on disk."""

    def __init__(
        self,
        *,
        key: str,
        model: BM25,
        ids: tuple[str, ...],
        average_length: float,
        analyser: Analyser,
        notes: tuple[str, ...] = (),
    ) -> None:
        self.key = key
        self.notes = notes
        self._vocabulary = model.vocab_dict
        # Views without memmap's own class, whose every slice costs more than a short posting list.
        self._weights, self._places, self._starts = (np.asarray(model.scores[name]) for name in ("data", "indices", "indptr"))
        self._ids = np.array(ids, dtype=object)
        self._average_length = average_length
        self._analyser = analyser

    @cached_property
    def statistics(self) -> CorpusStatistics:
        counts = np.diff(self._starts).tolist()
        frequencies = {term: counts[number] for term, number in self._vocabulary.items()}
        return CorpusStatistics(documents=len(self._ids), average_length=self._average_length, document_frequencies=frequencies)

    def search(self, query_text: str, *, k: int) -> tuple[tuple[str, float], ...]:
        """The best `k` documents as (id, score), fewer where fewer hold a term of the query, as in Lucene.

        Ties are in the collection's order. Raises InputError where `k` is below 1.
        """
        if k < 1:
            raise InputError(f"A search depth of {k} returns nothing. Give 1 or more.")
        vocabulary = self._vocabulary
        terms = [vocabulary[term] for term in tokenise(query_text, analyser=self._analyser) if term in vocabulary]
        if not terms:
            return ()
        numbers = np.array(terms)
        postings = [*map(slice, self._starts[numbers].tolist(), self._starts[numbers + 1].tolist())]
        # Adds in the order of the terms, as bm25s does, so that the sums are its own to the last bit.
        scores = np.bincount(
            np.concatenate([self._places[each] for each in postings]),
            weights=np.concatenate([self._weights[each] for each in postings]),
            minlength=len(self._ids),
        )
        k = min(k, len(self._ids))
        least = np.partition(scores, -k)[-k]
        found = np.flatnonzero((scores >= least) & (scores > 0))
        best = found[np.argsort(-scores[found], kind="stable")][:k]
        return tuple(zip(self._ids[best].tolist(), scores[best].tolist(), strict=True))


def indexes_dir() -> Path:
    """Where the indexes are kept, a folder each. It may not exist yet."""
    return cache_dir() / "indexes"


def open_index(
    collection: Collection,
    *,
    analyser: Analyser,
    k1: float,
    b: float,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> CorpusIndex:
    """The index of `collection`, from the cache where the same texts were indexed before with the same settings.

    Holds the terms of every document in memory while it builds (4 bytes a word, then some 40 bytes for each pair of
    document and distinct term). `progress` counts documents; `cancel` works while they are split into terms.
    A stored one that is damaged or of an earlier version is built again. One that cannot be stored is used from memory; either
    is said in its notes. Raises InputError for a collection without documents and Cancelled.
    """
    if not collection.documents:
        raise InputError(f"The collection {collection.name!r} has no documents to index.")
    ids = tuple(collection.documents)
    folder = indexes_dir() / _content_key(collection, analyser=analyser, k1=k1, b=b)
    notes: list[str] = []
    stored = _load(folder)
    if stored is None:
        if is_there(folder):
            notes.append(f"The stored index of {collection.name} was damaged or of an earlier version and was built again.")
        model, average_length = _build(collection, analyser=analyser, k1=k1, b=b, cancel=cancel, progress=progress)
        about = {"collection": collection.name, "documents": len(ids), "analyser": analyser, "k1": k1, "b": b}
        try:
            _store(folder, model, average_length, about=about)
        except StorageError as error:
            notes.append(f"{error} This time it is used from memory.")
        stored = _load(folder) or (model, average_length)
    model, average_length = stored
    return CorpusIndex(
        key=folder.name, model=model, ids=ids, average_length=average_length, analyser=analyser, notes=tuple(notes)
    )


def bm25_candidates(
    collection: Collection, index: CorpusIndex, query: Query, *, k: int, add_judged: bool = False
) -> tuple[Document, ...]:
    """The top `k` in BM25 order, without the query's own document (see own_document).

    `add_judged` adds the relevant documents of the corpus that were missed, in qrels order.
    """
    itself = own_document(collection, query)
    depth = k if itself is None else k + 1
    found = [document_id for document_id, _ in index.search(query.text, k=depth) if document_id != itself][:k]
    if add_judged:
        known = {*found, *collection.absent(query.id)}
        grades = collection.qrels.get(query.id, {})
        found += [document_id for document_id, grade in grades.items() if grade > 0 and document_id not in known]
    return tuple(collection.documents[document_id] for document_id in found)


def own_document(collection: Collection, query: Query) -> str | None:
    """The id of the document that is the query itself (ArguAna, Quora), else None.

    It has the query's id and, whitespace aside, the query's text, alone or behind its title: ids of queries and documents
    coincide by chance elsewhere. A document that is judged relevant for the query is an answer, whatever its text.
    """
    document = collection.documents.get(query.id)
    if document is None or collection.qrels.get(query.id, {}).get(query.id, 0) > 0:
        return None
    asked = query.text.split()
    return document.id if asked in (document.text.split(), document.content.split()) else None


def _content_key(collection: Collection, *, analyser: str, k1: float, b: float) -> str:
    digest = hashlib.sha256(json.dumps([INDEX_FORMAT, analyser, float(k1), float(b)]).encode())
    for document in collection.documents.values():
        for part in (document.id, document.content):
            encoded = part.encode("utf-8", "surrogatepass")
            digest.update(len(encoded).to_bytes(8, "big"))
            digest.update(encoded)
    return digest.hexdigest()[:32]


def _load(folder: Path) -> tuple[BM25, float] | None:
    """The stored index, or None where there is none, or not as it was written: it can always be built again."""
    from bm25s import BM25

    try:
        about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
        if not about["files"].keys() >= _STORED or not are_intact(folder, about["files"]):
            return None
        average_length = float(json.loads((folder / "average_length.json").read_text(encoding="utf-8")))
        return BM25.load(folder, mmap=True, show_progress=False), average_length
    except (OSError, ValueError, EOFError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _build(
    collection: Collection,
    *,
    analyser: Analyser,
    k1: float,
    b: float,
    cancel: CancelSignal | None,
    progress: Progress | None,
) -> tuple[BM25, float]:
    """The index in memory, and the mean number of terms of a document."""
    from bm25s import BM25

    vocabulary: dict[str, int] = {}
    documents: list[array[int]] = []
    for position, document in enumerate(collection.documents.values()):
        if position % _BATCH == 0:
            _tick(position, len(collection.documents), cancel=cancel, progress=progress)
        terms = tokenise(document.content, analyser=analyser)
        documents.append(array("i", [vocabulary.setdefault(term, len(vocabulary)) for term in terms]))
    _tick(len(documents), len(documents), cancel=cancel, progress=progress)
    average_length = sum(map(len, documents)) / len(documents)
    if not vocabulary:
        raise InputError(f"No document of the collection {collection.name!r} has a word to index.")
    model = BM25(method="lucene", k1=k1, b=b, dtype="float64", backend="numpy")
    model.index((documents, vocabulary), create_empty_token=False, show_progress=False)
    return model, average_length


def _store(folder: Path, model: BM25, average_length: float, *, about: Mapping[str, object]) -> None:
    """Write the index beside its place, then rename: another process sees all of it or nothing. Raises StorageError."""
    with storing("The index", folder.parent):
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".building-", dir=folder.parent) as temporary:
            complete = Path(temporary) / "index"
            model.save(complete, show_progress=False)
            (complete / "average_length.json").write_text(json.dumps(average_length), encoding="utf-8")
            facts = {**about, "built_at": datetime.now(UTC).isoformat(timespec="seconds"), "files": digests_of(complete)}
            (complete / ABOUT).write_text(json.dumps(facts), encoding="utf-8")
            _put(complete, folder)


def _put(complete: Path, folder: Path) -> None:
    """Move a folder to its place. One that another process has put there meanwhile is as good; anything else goes."""
    try:
        complete.replace(folder)
    except OSError:
        if _load(folder) is None:
            remove(folder)
            complete.replace(folder)


def _tick(done: int, total: int, *, cancel: CancelSignal | None, progress: Progress | None) -> None:
    if cancel is not None and cancel.is_set():
        raise Cancelled("Stopped before the index was complete.")
    if progress is not None:
        progress(Step(done=done, total=total, unit="document", label="indexing"))
