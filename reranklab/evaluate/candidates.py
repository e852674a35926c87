"""Which documents are reranked for a query: the top of a BM25 search, or the judged ones."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from reranklab.data.collection import Collection, judged_candidates
from reranklab.data.index import bm25_candidates, own_document
from reranklab.data.statistics import SEARCH_ANALYSER, CollectionStatistics
from reranklab.data.text import shorten
from reranklab.errors import InputError
from reranklab.evaluate.experiment import RankingTask
from reranklab.progress import CancelSignal, Progress, check_cancel
from reranklab.rankers.base import MAX_CANDIDATES
from reranklab.types import Query

DEFAULT_RULE = "bm25:100"
JUDGED = "judged"


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateRule:
    """`depth` 0 stands for the judged documents in file order, anything else for BM25's top `depth` of the collection."""

    depth: int

    def __str__(self) -> str:
        return f"bm25:{self.depth}" if self.depth else JUDGED


def parse_candidates(text: str) -> CandidateRule:
    """`bm25:100` or `judged`. Raises InputError for anything else."""
    if text == JUDGED:
        return CandidateRule(depth=0)
    match = re.fullmatch(r"bm25:([0-9]{1,6})", text)
    if match is None or not 1 <= int(match[1]) <= MAX_CANDIDATES:
        raise InputError(f"Candidates {text!r} do not exist. Write judged, or bm25:DEPTH, 1 to {MAX_CANDIDATES}.")
    return CandidateRule(depth=int(match[1]))


def ranking_tasks(
    collection: Collection,
    queries: Sequence[Query],
    rule: CandidateRule,
    *,
    add_judged: bool = False,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> tuple[tuple[RankingTask, ...], CollectionStatistics | None]:
    """Each query with its candidates, and the collection's term statistics where a BM25 search found them.

    A query may have none: BM25 found nothing, or the corpus lacks every judged document. `add_judged` adds the relevant
    documents that BM25 missed. The first call for a collection builds its index.
    """
    if not rule.depth:
        tasks = tuple(RankingTask(query=query, documents=judged_candidates(collection, query.id)) for query in queries)
        return tasks, None
    statistics = CollectionStatistics(collection)
    index = statistics.index(SEARCH_ANALYSER, cancel=cancel, progress=progress)
    tasks_found = []
    for query in queries:
        check_cancel(cancel)
        documents = bm25_candidates(collection, index, query, k=rule.depth, add_judged=add_judged)
        tasks_found.append(RankingTask(query=query, documents=documents, own=own_document(collection, query)))
    return tuple(tasks_found), statistics


def task_notes(collection: Collection, tasks: Sequence[RankingTask], rule: CandidateRule) -> tuple[str, ...]:
    """What a reader of the means must know of the candidates, a sentence each."""
    own = [task.query.id for task in tasks if task.own is not None]
    unranked = [task.query.id for task in tasks if not task.documents]
    partial = [task.query.id for task in tasks if not rule.depth and task.documents and collection.absent(task.query.id)]
    reason = "BM25 found no document" if rule.depth else "no judged document is in the corpus"
    return (
        *_note(own, "is a document of the collection, which is", "are documents of the collection, which are", "left out"),
        *_note(partial, "is", "are", "ranked without those of the judged documents that are not in the corpus"),
        *_note(unranked, "has", "have", f"no candidates, since {reason}; every ranker scores 0 there"),
    )


def _note(queries: Sequence[str], one: str, several: str, rest: str) -> tuple[str, ...]:
    if not queries:
        return ()
    subject = f"1 query {one}" if len(queries) == 1 else f"{len(queries):,} queries {several}"
    return (f"{subject} {rest}: {shorten(queries)}.",)
