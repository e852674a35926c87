"""A training set without judgements: queries, the passages that a search finds for each, and a teacher's scores of these."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from reranklab.data.collection import UNJUDGED, Collection
from reranklab.data.content import collection_sha256
from reranklab.data.queries import ParsedQueries
from reranklab.data.text import shorten
from reranklab.errors import InputError
from reranklab.evaluate.candidates import CandidateRule
from reranklab.evaluate.experiment import RankerResult, RankingTask
from reranklab.evaluate.task_set import prepare_tasks
from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.family import RankerSpec
from reranklab.train.alike import alike_pairs, groups_of
from reranklab.train.examples import Labels, TrainingList, TrainingSet
from reranklab.train.hold_back import hold_back
from reranklab.train.leaks import find_leaks
from reranklab.types import RANK_ONLY, Ranking

if TYPE_CHECKING:
    from reranklab.services.endpoint import Endpoint
    from reranklab.store.store import Store

CANDIDATES = str(CandidateRule(depth=30))
"""What is scored for each query where nobody says."""
HELD_BACK = 0.1

_logger = logging.getLogger(__name__)


def unlabelled(source: Collection, queries: ParsedQueries | None = None) -> Collection:
    """A collection's own queries, or others over its documents, without its judgements."""
    if queries is None:
        return replace(source, qrels={})
    return Collection(
        name=f"{queries.name} over {source.name}",
        split=UNJUDGED,
        documents=source.documents,
        queries={query.id: query for query in queries.queries},
        qrels={},
        licence=source.licence,
        notes=(*source.notes, *queries.notes),
    )


def teacher_set(
    teacher: RankerSpec,
    source: Collection,
    *,
    candidates: str = CANDIDATES,
    queries: int | None = None,
    held_back: float = HELD_BACK,
    evaluate_on: Sequence[Collection] = (),
    seed: int = 0,
    device: str = "cpu",
    endpoints: Sequence[Endpoint] = (),
    store: Store | None = None,
    warn: Callable[[str], None] = _logger.warning,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> TrainingSet:
    """The teacher's scores of each query's candidates as labels; judgements are not looked at. What the `store` holds is not
    computed again.

    `queries` is the size of a seeded sample. A query that a collection of `evaluate_on` asks too, in the same or in other
    words, is left out with a note. Of queries that are alike, all are held back or none. Raises InputError for a teacher that
    gives an order alone, and where no query is left, and as `prepare_tasks` and `TaskSet.evaluate` do.
    """
    collection, notes = source, []
    if evaluate_on:
        check = find_leaks(collection, evaluate_on, device=device, cancel=cancel, progress=progress)
        leaked = set(check.queries)
        kept = {id_: query for id_, query in source.queries.items() if id_ not in leaked}
        if not kept:
            raise InputError(f"Every query of {source.name} is one of an evaluation. Give others.")
        collection = replace(source, queries=kept)
        if leaked:
            notes.append(f"Left out {len(leaked):,} queries that an evaluation asks too: {shorten(sorted(leaked))}.")
    tasks = prepare_tasks(
        collection, candidates=candidates, queries=queries, seed=seed, device=device, cancel=cancel, progress=progress
    )
    (result,) = tasks.evaluate(
        [teacher],
        measures=None,
        device=device,
        endpoints=endpoints,
        store=store,
        warn=warn,
        cancel=cancel,
        progress=progress,
    )
    lists, lacking = _lists(result, tasks.tasks)
    if not lists:
        reason = result.errors[0].message if result.errors else "no query has two candidates with different scores"
        raise InputError(f"{teacher.id} teaches nothing on {collection.name}: {reason}")
    alike = alike_pairs([each.query.text for each in lists], device=device, cancel=cancel, progress=progress)
    groups = [[lists[place].query.id for place in group] for group in groups_of(len(lists), alike.pairs)]
    held = hold_back(groups, share=held_back, seed=seed, strata={})
    return TrainingSet(
        name=collection.name,
        lists=tuple(each for each in lists if each.query.id not in held),
        held_back=tuple(each for each in lists if each.query.id in held),
        labels=Labels.SOFT,
        licence=collection.licence,
        provenance={
            "collection": collection.name,
            "split": collection.split,
            "collection_sha256": collection_sha256(source),
            "evaluate_on": ", ".join(f"{each.name} ({each.split})" for each in evaluate_on),
            "labels_by": teacher.id,
            "labels_scale": result.rankings[0].scale.name,
            "candidates": candidates,
            "queries": len(lists),
            "held_back": held_back,
            "seed": seed,
        },
        notes=(*tasks.notes, *notes, *lacking, *_failures(result)),
    )


def _lists(result: RankerResult, tasks: Sequence[RankingTask]) -> tuple[list[TrainingList], list[str]]:
    """A list for each query whose candidates have different scores, and a note on the others."""
    ranked = {ranking.query.id: ranking for ranking in result.rankings}
    if any(ranking.scale == RANK_ONLY for ranking in ranked.values()):
        raise InputError(
            f"{result.ranker} gives an order and no scores, so there is nothing to learn from. Take votes({result.ranker})."
        )
    made = {task.query.id: _list(task, ranked[task.query.id]) for task in tasks if task.query.id in ranked}
    lists = [each for each in made.values() if each is not None]
    flat = [query for query, each in made.items() if each is None]
    notes = [f"Left out {len(flat):,} queries without two candidates of different scores: {shorten(flat)}."] if flat else []
    return lists, notes


def _list(task: RankingTask, ranking: Ranking) -> TrainingList | None:
    scores = {item.candidate: item.score for item in ranking.items}
    labels = tuple(float(scores[place]) for place in range(len(task.documents)))
    if len(set(labels)) < 2:
        return None
    return TrainingList(query=task.query, documents=tuple(task.documents), labels=labels)


def _failures(result: RankerResult) -> Iterator[str]:
    if result.errors:
        yield f"{result.ranker} failed on {len(result.errors):,} queries, which are left out: {result.errors[0].message}"
