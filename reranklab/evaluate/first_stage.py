"""The candidates of each query, and what found them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from reranklab.data.collection import Collection, judged_candidates
from reranklab.data.index import bm25_candidates, own_document
from reranklab.data.paths import typed_path
from reranklab.data.statistics import SEARCH_ANALYSER, SEARCH_B, SEARCH_K1, CollectionStatistics
from reranklab.data.text import shorten
from reranklab.data.trec import check_documents
from reranklab.data.uploads import is_uploaded
from reranklab.engine.build import build_ranker
from reranklab.errors import InputError, QueryTooLongError
from reranklab.evaluate.candidates import CandidateRule
from reranklab.evaluate.experiment import RankingTask
from reranklab.evaluate.imported import read_run_file
from reranklab.operator import Lock, check_unlocked
from reranklab.progress import CancelSignal, Progress, check_cancel
from reranklab.rankers.searching import Searches
from reranklab.types import Document, Query


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstStage:
    """Each query with its candidates; a query may have none.

    `statistics` are the collection's, None where the judged documents are all there is. `notes` say what went wrong with an
    index, and what a run lacks; `made` is what found the candidates, as plain values.
    """

    tasks: tuple[RankingTask, ...]
    statistics: CollectionStatistics | None = None
    notes: tuple[str, ...] = ()
    made: Mapping[str, Any] = field(default_factory=dict)


def ranking_tasks(
    collection: Collection,
    queries: Sequence[Query],
    rule: CandidateRule,
    *,
    add_judged: bool = False,
    device: str = "cpu",
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> FirstStage:
    """Each query with the candidates that the rule gives.

    `add_judged` adds the relevant documents that a BM25 search missed. The first call for a collection builds the index of the
    search, a ranker's on `device`. Raises InputError for a run that cannot be used, what the ranker raises, and Cancelled.
    """
    if rule.run:
        return _from_run(collection, queries, rule)
    if rule.ranker:
        return _by_ranker(collection, queries, rule, device=device, cancel=cancel, progress=progress)
    if not rule.depth:
        return FirstStage(
            tasks=tuple(RankingTask(query=query, documents=judged_candidates(collection, query.id)) for query in queries)
        )
    statistics = CollectionStatistics(collection)
    index = statistics.index(SEARCH_ANALYSER, cancel=cancel, progress=progress)
    tasks = []
    for query in queries:
        check_cancel(cancel)
        documents = bm25_candidates(collection, index, query, k=rule.depth, add_judged=add_judged)
        tasks.append(RankingTask(query=query, documents=documents, own=own_document(collection, query)))
    made = {"search": "words", "analyser": SEARCH_ANALYSER, "k1": SEARCH_K1, "b": SEARCH_B, "index": index.key}
    return FirstStage(tasks=tuple(tasks), statistics=statistics, made=made)


def _by_ranker(
    collection: Collection,
    queries: Sequence[Query],
    rule: CandidateRule,
    *,
    device: str,
    cancel: CancelSignal | None,
    progress: Progress | None,
) -> FirstStage:
    ranker = build_ranker(rule.ranker, device=device)
    ranker.load(cancel=cancel, progress=progress)
    opened = cast(Searches, ranker).open_search(tuple(collection.documents.values()), cancel=cancel, progress=progress)

    too_long = []

    def found(query: Query, k: int) -> Iterable[str]:
        check_cancel(cancel)
        try:
            return [document for document, _ in opened.search(query.text, k=k, cancel=cancel)]
        except QueryTooLongError:
            too_long.append(query.id)
            return ()

    tasks = tuple(_task(collection, query, rule.depth, found) for query in queries)
    note = f"Too long for {rule.ranker}, and so without candidates: {shorten(too_long)}." if too_long else ""
    return FirstStage(
        tasks=tasks,
        statistics=CollectionStatistics(collection),
        notes=(*opened.notes, *filter(None, [note])),
        made=opened.made,
    )


def _from_run(collection: Collection, queries: Sequence[Query], rule: CandidateRule) -> FirstStage:
    if not is_uploaded(Path(rule.run)):
        check_unlocked(Lock.LOCAL_FILES, f"The run {rule.run}", "Choose a search of the collection.")
    path = typed_path(rule.run, what="The run")
    run = read_run_file(path)
    asked = {query.id: run.lists[query.id] for query in queries if query.id in run.lists}
    if not asked:
        raise InputError(f"The run {run.name} has none of the {len(queries):,} queries. Give the run of this collection.")
    check_documents(replace(run, lists=asked), collection.documents)
    tied = sum(len({score for _, score in documents}) < len(documents) for documents in asked.values())
    lists = "1 list" if tied == 1 else f"{tied:,} lists"
    note = f"Scores repeat in {lists} of the run {run.name}: candidates are in the order of its rank column there."

    def found(query: Query, k: int) -> Iterable[str]:
        return [document for document, _ in asked.get(query.id, ())][:k]

    return FirstStage(
        tasks=tuple(_task(collection, query, rule.depth, found) for query in queries),
        statistics=CollectionStatistics(collection),
        notes=(note,) if tied else (),
        made={"search": "run", "file": run.name, "tag": run.tag, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()},
    )


def _task(collection: Collection, query: Query, depth: int, found: Callable[[Query, int], Iterable[str]]) -> RankingTask:
    """The query with the first `depth` documents, without its own."""
    own = own_document(collection, query)
    ids = [document for document in found(query, depth if own is None else depth + 1) if document != own][:depth]
    documents: tuple[Document, ...] = tuple(collection.documents[document] for document in ids)
    return RankingTask(query=query, documents=documents, own=own)
