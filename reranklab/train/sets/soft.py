"""Soft labels: a training set whose labels are a teacher's scores, over queries that nobody judged.

Any ranker is a teacher. One that only says which of two documents is better becomes one as `votes(ID)`, whose scores are fitted
to votes on pairs by Thurstone's model. What it was asked is kept in the store: a run that was cut off goes on where it was.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from reranklab.data.collection import Collection, sample_queries
from reranklab.data.content import collection_sha256
from reranklab.data.text import shorten
from reranklab.errors import InputError
from reranklab.evaluate.candidates import WORDS
from reranklab.evaluate.task_set import TaskSet, prepare_tasks
from reranklab.latency.prices import load_prices
from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.services.endpoint import Endpoint
from reranklab.store.store import Store
from reranklab.train.sets.alike import alike_groups
from reranklab.train.sets.evaluations import Leaks, evaluations_of, without_leaks
from reranklab.train.sets.examples import Labels, TrainingList, TrainingSet
from reranklab.train.sets.query_split import HELD_BACK, hold_back
from reranklab.train.sets.soft_agreement import LabelAgreement, label_agreement
from reranklab.train.sets.soft_cost import TeacherCost, counted_cost, estimated_cost
from reranklab.train.sets.unlabelled import unlabelled
from reranklab.types import RANK_ONLY, Ranking, Scalar

CANDIDATES = f"{WORDS}:20"

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftLabels:
    """A training set by a teacher, what that cost, and how far it agrees with judgements, None where there are none."""

    training_set: TrainingSet
    cost: TeacherCost
    agreement: LabelAgreement | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftTask:
    """Lists that a teacher is to label. `cost` is estimated: show it before `label_softly`. `evaluate_on` names what was looked
    into for leaks, `left_out` how many queries that cost; `notes` say how the input was read."""

    teacher: str
    tasks: TaskSet
    cost: TeacherCost
    evaluate_on: tuple[str, ...] = ()
    left_out: int = 0
    notes: tuple[str, ...] = ()
    seed: int = 0


def soft_task(
    source: str | Path | Collection,
    *,
    teacher: str,
    corpus: str | Path | Collection | None = None,
    split: str | None = None,
    candidates: str = CANDIDATES,
    queries: int | None = None,
    evaluate_on: Sequence[str | Path | Collection] = (),
    leaks: Leaks = "refuse",
    seed: int = 0,
    device: str = "cpu",
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> SoftTask:
    """The lists, without asking the teacher anything.

    `source` is a file of queries, a folder in BEIR layout with or without judgements, or what `load_dataset` takes; `corpus`,
    which a file of queries needs, is a dataset or a file of documents. `candidates` are found as for an evaluation, `queries`
    is the size of a seeded sample. Judgements are no labels here: they tell how far the teacher agrees with them. Leaks are
    treated as `judged_training_set` does. Raises InputError, and what `prepare_tasks` and `without_leaks` raise.
    """
    spec = parse_ranker_id(teacher)
    collection = unlabelled(source, corpus, split=split, cancel=cancel, progress=progress)
    judged = bool(collection.qrels) and not isinstance(source, Collection)
    evaluations = evaluations_of(source if judged else collection, collection, evaluate_on, cancel=cancel, progress=progress)
    left, check = without_leaks(collection, evaluations, leaks=leaks, device=device, cancel=cancel, progress=progress)
    if queries is not None:
        chosen = sample_queries(left, number=queries, seed=seed)
        left = replace(left, queries={query.id: query for query in chosen})
    tasks = prepare_tasks(left, candidates=candidates, seed=seed, device=device, cancel=cancel, progress=progress)
    return SoftTask(
        teacher=spec.id,
        tasks=tasks,
        cost=estimated_cost(spec, tasks.tasks, load_prices()),
        evaluate_on=check.checked,
        left_out=len(check.queries),
        notes=check.told,
        seed=seed,
    )


def label_softly(
    task: SoftTask,
    *,
    held_back: float = HELD_BACK,
    device: str = "cpu",
    endpoints: Sequence[Endpoint] = (),
    store: Store | None = None,
    warn: Callable[[str], None] = _logger.warning,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> SoftLabels:
    """Ask the teacher for every list. A label is its score, on its own scale, and so are those of all lists together only where
    that scale compares between lists.

    Queries on which the teacher failed, and lists of fewer than two different scores, are left out with a note; that a teacher
    gives an order and no scores is told. Raises InputError where no list is left, and as `TaskSet.evaluate` does.
    """
    spec = parse_ranker_id(task.teacher)
    (result,) = task.tasks.evaluate(
        [spec], measures=None, device=device, endpoints=endpoints, store=store, warn=warn, cancel=cancel, progress=progress
    )
    if not result.rankings and result.errors:
        raise InputError(f"{spec.id} labelled nothing: {result.errors[0].message}")
    collection = task.tasks.collection
    lists = {ranking.query.id: made for ranking in result.rankings if (made := _list(ranking, collection)) is not None}
    if not lists:
        raise InputError(f"{spec.id} gave no list of {collection.name} two different scores. Search deeper, or take another.")
    order_alone = result.rankings[0].scale == RANK_ONLY
    asked = [made.query for made in lists.values()]
    held = hold_back(
        alike_groups(asked, device=device, cancel=cancel, progress=progress),
        share=held_back,
        seed=task.seed,
        strata={},
    )
    cost = counted_cost(spec, result.rankings, load_prices())
    agreement = label_agreement(result.rankings, collection.qrels)
    failed = [error.query for error in result.errors if error.query is not None]
    alone = [ranking.query.id for ranking in result.rankings if ranking.query.id not in lists]
    training_set = TrainingSet(
        name=collection.name,
        lists=tuple(made for query, made in lists.items() if query not in held),
        held_back=tuple(made for query, made in lists.items() if query in held),
        labels=Labels.SOFT,
        licence=collection.licence,
        provenance={
            "collection": collection.name,
            "split": collection.split,
            "collection_sha256": collection_sha256(collection),
            "evaluate_on": ", ".join(task.evaluate_on),
            "leaks_left_out": task.left_out,
            **_teacher(result.rankings[0]),
            "candidates": str(task.tasks.rule),
            **cost.record("teacher"),
            **(agreement.record() if agreement else {}),
            "held_back": held_back,
            "seed": task.seed,
        },
        notes=(
            *task.tasks.notes,
            *task.notes,
            f"{spec.id} labelled {cost.words}.",
            *((agreement.words,) if agreement else ()),
            *([f"{spec.id} gives an order and no scores: its labels are 1 / rank."] if order_alone else []),
            *_left_out(failed, f"on which {spec.id} failed"),
            *_left_out(alone, "whose documents all have the same score"),
        ),
    )
    return SoftLabels(training_set=training_set, cost=cost, agreement=agreement)


def _list(ranking: Ranking, collection: Collection) -> TrainingList | None:
    """None where all scores are the same."""
    if len({item.score for item in ranking.items}) < 2:
        return None
    return TrainingList(
        query=ranking.query,
        documents=tuple(collection.documents[item.id] for item in ranking.items),
        labels=tuple(item.score for item in ranking.items),
    )


def _teacher(ranking: Ranking) -> dict[str, Scalar]:
    made = ranking.provenance
    return {
        "labels_by": "teacher",
        "teacher": ranking.ranker,
        "teacher_model": made.model,
        "teacher_revision": made.revision,
        "teacher_weights_sha256": made.weights_sha256,
        "teacher_scale": ranking.scale.name,
        "teacher_scale_within_list": ranking.scale.within_list,
    }


def _left_out(queries: Sequence[str], reason: str) -> tuple[str, ...]:
    if not queries:
        return ()
    which = "1 query" if len(queries) == 1 else f"{len(queries):,} queries"
    return (f"Left out {which} {reason}: {shorten(queries)}.",)
