"""Collections of the catalogue ir_datasets, by the id it gives them: `ir_datasets:beir/scifact/test`.

ir_datasets downloads what it does not have, with its own progress on stderr, into its own folder (IR_DATASETS_HOME). Source:
MacAvaney et al., "Simplified data wrangling with ir_datasets", SIGIR 2021.
"""

from __future__ import annotations

import difflib
import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from reranklab.data.collection import Collection, absence_notes
from reranklab.data.text import clean_text
from reranklab.errors import DataUnavailableError, InputError, RerankLabError
from reranklab.extras import IR_DATASETS
from reranklab.operator import Lock, check_unlocked
from reranklab.progress import CancelSignal, Progress, check_cancel, report
from reranklab.types import Document, Query

PREFIX = "ir_datasets:"
SPLIT = "all"
"""An id names its own split, so that the collection has one."""

_EVERY = 1_000
_SHOWN = 5
_logger = logging.getLogger(__name__)


def is_ir_id(name_or_path: str | Path) -> bool:
    return str(name_or_path).startswith(PREFIX)


def check_ir_id(name: str) -> None:
    """Raise InputError for an id that ir_datasets does not have or that lacks documents, queries or judgements, and
    MissingPackageError, naming the extra. Downloads nothing."""
    _found(name)


def load_ir_collection(
    name: str, *, split: str | None = None, cancel: CancelSignal | None = None, progress: Progress | None = None
) -> Collection:
    """The collection of an id. The documents stay in memory.

    A title is taken where the catalogue has one, else a document's text is what ir_datasets makes of its fields. Of judgements
    by subtopic the highest grade counts. Raises as `check_ir_id`; InputError for a split and for ids or judgements that
    contradict each other; DataUnavailableError where the data cannot be had; and Cancelled, though not while ir_datasets
    downloads.
    """
    if split not in (None, SPLIT):
        raise InputError(f"{name} has no split {split!r}: an id of ir_datasets names its own. Leave --split out.")
    dataset = _found(name)
    try:
        return _read(name, dataset, cancel=cancel, progress=progress)
    except RerankLabError:
        raise
    except Exception as error:  # its parsers and downloads may raise anything
        _logger.info("%s cannot be read", name, exc_info=True)
        reason = (str(error).splitlines() or [""])[0][:300].rstrip(".") or type(error).__name__
        raise DataUnavailableError(
            f"{name} cannot be had: {reason}. ir_datasets looks in IR_DATASETS_HOME and at the data's own address; its "
            "documentation says what each needs."
        ) from error


def _found(name: str) -> Any:
    """The dataset object of the id."""
    check_unlocked(Lock.LOCAL_FILES, f"The dataset {name}", "Use the name of a BEIR dataset or of a sample.")
    IR_DATASETS.check(name)
    import ir_datasets

    own = name.removeprefix(PREFIX)
    known: Any = ir_datasets
    try:
        dataset = known.load(own)
    except KeyError as error:
        similar = difflib.get_close_matches(own[:80], list(known.registry), n=3)
        hint = f"Did you mean {' or '.join(PREFIX + each for each in similar)}?" if similar else "Its site lists the ids."
        raise InputError(f"ir_datasets has no {own[:80]!r}. {hint}") from error
    parts = {"documents": dataset.has_docs(), "queries": dataset.has_queries(), "judgements": dataset.has_qrels()}
    missing = [part for part, is_there in parts.items() if not is_there]
    if missing:
        inside = [each for each in known.registry if each.startswith(f"{own}/")]
        hint = f"Some inside of it: {', '.join(PREFIX + each for each in inside[:_SHOWN])}." if inside else "Choose another."
        raise InputError(f"{name} has no {' and no '.join(missing)}. {hint}")
    return dataset


def _read(name: str, dataset: Any, *, cancel: CancelSignal | None, progress: Progress | None) -> Collection:
    qrels, notes = _judgements(name, dataset)
    queries: dict[str, Query] = {}
    for each in dataset.queries_iter():
        if each.query_id in queries:
            raise InputError(f"{name} has two queries with the id {each.query_id!r}.")
        if each.query_id in qrels:
            queries[each.query_id] = Query(id=each.query_id, text=clean_text(each.default_text()))
    documents: dict[str, Document] = {}
    for document in _documents(dataset, name, cancel=cancel, progress=progress):
        if document.id in documents:
            raise InputError(f"{name} has two documents with the id {document.id!r}.")
        documents[document.id] = document
    judged = {query: qrels[query] for query in queries}
    unasked = [query for query in qrels if query not in queries]
    return Collection(
        name=name,
        split=SPLIT,
        documents=documents,
        queries=queries,
        qrels=judged,
        notes=(*notes, *absence_notes(unasked, judged, documents)),
    )


def _judgements(name: str, dataset: Any) -> tuple[Mapping[str, dict[str, int]], tuple[str, ...]]:
    by_subtopic = "subtopic_id" in dataset.qrels_cls()._fields
    qrels: dict[str, dict[str, int]] = {}
    for each in dataset.qrels_iter():
        grades = qrels.setdefault(each.query_id, {})
        grade = int(each.relevance)
        before = grades.get(each.doc_id, grade)
        if before != grade and not by_subtopic:
            raise InputError(
                f"{name} judges document {each.doc_id!r} of query {each.query_id!r} both {before} and {grade}. Choose another."
            )
        grades[each.doc_id] = max(before, grade)
    note = "Its judgements are by subtopic: the highest grade of a document counts."
    return qrels, (note,) if by_subtopic else ()


def _documents(dataset: Any, name: str, *, cancel: CancelSignal | None, progress: Progress | None) -> Iterator[Document]:
    total = dataset.docs_count() or 0
    has_title = {"title", "text"} <= set(dataset.docs_cls()._fields)
    for done, each in enumerate(dataset.docs_iter()):
        if done % _EVERY == 0:
            check_cancel(cancel, f"Stopped while {name} was read.")
            report(progress, done=done, total=max(total, done), unit="document", label="reading")
        title, text = (each.title or "", each.text or "") if has_title else ("", each.default_text())
        yield Document(id=each.doc_id, title=clean_text(title), text=clean_text(text))
