"""An evaluation as a whole, just computed or from the store: what an export and a report are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from reranklab.errors import StorageError
from reranklab.evaluate.differences import DEFAULT_MARGIN, Difference, compare_results
from reranklab.evaluate.experiment import QueryError, RankerResult, summarise
from reranklab.evaluate.metrics import Qrels
from reranklab.evaluate.record import to_json
from reranklab.evaluate.task_set import TaskSet
from reranklab.rankers.titles import ranker_titles
from reranklab.store.runs import RunQuery, StoredRun
from reranklab.store.store import Store
from reranklab.types import Ranking


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluated:
    """Results over one collection. `settings` are those of a run (`TaskSet.settings`), `qrels` the judgements of its queries.

    `imported` is the id of an imported run to its file, where that is known, `run` the number in the store.
    """

    settings: Mapping[str, Any]
    results: tuple[RankerResult, ...]
    measures: tuple[str, ...]
    qrels: Qrels
    differences: tuple[Difference, ...] = ()
    notes: tuple[str, ...] = ()
    absent: Mapping[str, Sequence[str]] = field(default_factory=dict)
    margin: float = DEFAULT_MARGIN
    baseline: str | None = None
    imported: Mapping[str, str] = field(default_factory=dict)
    run: int | None = None

    @property
    def name(self) -> str:
        return f"{self.settings.get('dataset')} ({self.settings.get('split')})"

    @property
    def candidates(self) -> str:
        return str(self.settings.get("candidates"))

    @property
    def titles(self) -> dict[str, str]:
        """Ranker id to title, no two alike."""
        return ranker_titles(result.ranker for result in self.results)

    def record(self) -> dict[str, Any]:
        """What `reranklab evaluate` gives as JSON."""
        return to_json(
            self.results,
            dataset=str(self.settings.get("dataset")),
            split=str(self.settings.get("split")),
            candidates=self.candidates,
            notes=self.notes,
            absent=self.absent,
            differences=self.differences,
        )


def evaluated(
    task_set: TaskSet,
    results: Sequence[RankerResult],
    *,
    measures: Sequence[str],
    differences: Sequence[Difference],
    notes: Sequence[str] = (),
    device: str = "cpu",
    repeats: int = 1,
    margin: float = DEFAULT_MARGIN,
    baseline: str | None = None,
    imported: Mapping[str, str] | None = None,
) -> Evaluated:
    """The results of a task set; `notes` are added to the set's own and those of the results."""
    return Evaluated(
        settings=task_set.settings(device=device, repeats=repeats),
        results=tuple(results),
        measures=tuple(measures),
        qrels={task.query.id: task_set.collection.qrels[task.query.id] for task in task_set.tasks},
        differences=tuple(differences),
        notes=(*task_set.notes, *(note for result in results for note in result.notes), *notes),
        absent=task_set.absent,
        margin=margin,
        baseline=baseline,
        imported=imported or {},
    )


def stored_evaluation(
    store: Store,
    number: int,
    *,
    measures: Sequence[str],
    margin: float = DEFAULT_MARGIN,
    baseline: str | None = None,
) -> Evaluated:
    """A run of the store, scored again by its own judgements. The collection need not be here.

    A stored ranking that is damaged is an error of its query. Raises InputError for a run that does not exist, and a baseline
    that it lacks.
    """
    run = store.runs.get(number)
    outline = stored_outline(store, number, measures=measures, margin=margin, baseline=baseline)
    answers = store.runs.queries(number)
    results = tuple(_result(store, run, ranker, answers, outline.qrels, measures) for ranker in run.rankers)
    stopped = f"Run {number} stopped before its end: {run.done:,} of {run.asked:,} rankings are stored."
    return replace(
        outline,
        results=results,
        differences=compare_results(results, measures, margin=margin, baseline=baseline),
        notes=() if run.ended else (stopped,),
    )


def stored_outline(
    store: Store,
    number: int,
    *,
    measures: Sequence[str],
    margin: float = DEFAULT_MARGIN,
    baseline: str | None = None,
) -> Evaluated:
    """What a manifest takes of a run, without its numbers: each ranker with its first ranking alone, however many there are.

    Raises InputError for a run that does not exist.
    """
    run = store.runs.get(number)
    keys: dict[str, str] = {}
    for answer in store.runs.queries(number):
        if answer.key is not None:
            keys.setdefault(answer.ranker, answer.key)
    return Evaluated(
        settings=run.settings,
        results=tuple(_first(store, ranker, keys.get(ranker)) for ranker in run.rankers),
        measures=tuple(measures),
        qrels=store.runs.judgements(number),
        margin=margin,
        baseline=baseline,
        run=number,
    )


def _first(store: Store, ranker: str, key: str | None) -> RankerResult:
    rankings: tuple[Ranking, ...] = ()
    if key is not None:
        with suppress(StorageError):
            rankings = tuple(filter(None, [store.results.get(key)]))
    return RankerResult(ranker=ranker, asked=0, rankings=rankings, metrics={}, intervals={}, per_query={}, timing=None)


def _result(
    store: Store, run: StoredRun, ranker: str, answers: Sequence[RunQuery], qrels: Qrels, measures: Sequence[str]
) -> RankerResult:
    rankings: list[Ranking] = []
    errors = [QueryError(query=None, message=run.errors[ranker])] if ranker in run.errors else []
    without = []
    for answer in answers:
        if answer.ranker != ranker:
            continue
        if answer.error is not None:
            errors.append(QueryError(query=answer.query_id, message=answer.error))
        elif answer.key is None:
            without.append(answer.query_id)
        else:
            try:
                ranking = store.results.get(answer.key)
            except StorageError as error:
                errors.append(QueryError(query=answer.query_id, message=str(error)))
                continue
            if ranking is not None:
                rankings.append(ranking)
    asked = int(run.settings.get("queries", len(qrels)))
    return summarise(ranker, asked, rankings, errors, without, qrels, measures, stored=len(rankings))
