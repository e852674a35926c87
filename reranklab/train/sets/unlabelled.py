"""Queries without labels, over the documents that they are asked of."""

from __future__ import annotations

from pathlib import Path

from reranklab.data.collection import UNJUDGED, Collection
from reranklab.data.paths import is_file, typed_path
from reranklab.data.queries import is_query_file
from reranklab.data.read import read_document_file
from reranklab.errors import InputError
from reranklab.evaluate.query_sources import load_queries
from reranklab.progress import CancelSignal, Progress
from reranklab.train.sets.evaluations import load_judged
from reranklab.types import Document


def unlabelled(
    source: str | Path | Collection,
    corpus: str | Path | Collection | None,
    *,
    split: str | None,
    cancel: CancelSignal | None,
    progress: Progress | None,
) -> Collection:
    """The queries of the source over the documents of the corpus, or over its own."""
    loaded = source if isinstance(source, Collection) else load_queries(source, cancel=cancel, progress=progress)
    if isinstance(loaded, Collection) and not isinstance(source, Collection) and loaded.split != UNJUDGED:
        loaded = load_judged(source, split=split, cancel=cancel, progress=progress)
    if isinstance(loaded, Collection) and corpus is None:
        return loaded
    if corpus is None:
        raise InputError(f"{loaded.name} holds queries and no documents. Name the corpus that they are asked of.")
    documents, licence, notes = _documents(corpus, cancel=cancel, progress=progress)
    queries = loaded.queries if isinstance(loaded, Collection) else {query.id: query for query in loaded.queries}
    return Collection(
        name=loaded.name,
        split=UNJUDGED,
        documents=documents,
        queries=queries,
        qrels={},
        licence=licence,
        notes=(*loaded.notes, *notes),
    )


def _documents(
    corpus: str | Path | Collection, *, cancel: CancelSignal | None, progress: Progress | None
) -> tuple[dict[str, Document], str, tuple[str, ...]]:
    """Documents by id, their licence, and notes on how they were read."""
    if not isinstance(corpus, Collection) and is_query_file(corpus) and is_file(typed_path(corpus, what="The corpus")):
        parsed = read_document_file(Path(corpus))
        return {document.id: document for document in parsed.documents}, "", parsed.notes
    found = corpus if isinstance(corpus, Collection) else load_queries(corpus, cancel=cancel, progress=progress)
    if not isinstance(found, Collection):
        raise InputError(f"{found.name} is no corpus. Name a dataset, or a file of documents.")
    return dict(found.documents), found.licence, found.notes
