"""Stored runs, scored again from what the store holds alone: the collection need not be here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reranklab.errors import InputError
from reranklab.evaluate.confidence import Interval, mean_intervals
from reranklab.evaluate.differences import DEFAULT_MARGIN, Difference, compare_measures
from reranklab.evaluate.metrics import score_lists
from reranklab.evaluate.record import difference_record
from reranklab.export import to_trec_qrels, to_trec_run
from reranklab.store.runs import StoredRun
from reranklab.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRun:
    """One run or several. `per_query` is the ranker's name to query id to measure to value; where several runs are compared a
    ranker's name has the number of its run."""

    runs: tuple[StoredRun, ...]
    measures: tuple[str, ...]
    per_query: Mapping[str, Mapping[str, Mapping[str, float]]]
    intervals: Mapping[str, Mapping[str, Interval]]
    differences: tuple[Difference, ...]
    notes: tuple[str, ...]

    def record(self) -> dict[str, Any]:
        """The results as plain values for JSON."""
        return {
            "notes": list(self.notes),
            "comparisons": [difference_record(each) for each in self.differences],
            "results": [
                {
                    "ranker": name,
                    "queries": len(values),
                    "metrics": {measure: interval.mean for measure, interval in self.intervals[name].items()},
                    "confidence": {measure: [each.low, each.high] for measure, each in self.intervals[name].items()},
                    "per_query": {query: dict(scored) for query, scored in values.items()},
                }
                for name, values in self.per_query.items()
            ],
        }


def compare_runs(store: Store, numbers: Sequence[int], *, measures: Sequence[str], margin: float = DEFAULT_MARGIN) -> PastRun:
    """The rankers of runs, scored by each run's own judgements; pairs are compared over the queries that both have.

    Raises InputError for a run that does not exist, or runs of different collections or judgements.
    """
    runs = tuple(store.runs.get(number) for number in dict.fromkeys(numbers))
    first = runs[0]
    for other in runs[1:]:
        for name in ("dataset", "split"):
            if other.settings.get(name) != first.settings.get(name):
                raise InputError(
                    f"Run {first.id} is of the {name} {first.settings.get(name)}, and run {other.id} of "
                    f"{other.settings.get(name)}. Compare runs of one collection."
                )
    per_query: dict[str, Mapping[str, Mapping[str, float]]] = {}
    notes = []
    for run in runs:
        for ranker, values in _scored(store, run, measures).items():
            per_query[ranker if len(runs) == 1 else f"{ranker} (run {run.id})"] = values
        if run.ended is None:
            notes.append(f"Run {run.id} stopped before its end: {run.done:,} of {run.asked:,} rankings are stored.")
        notes += [f"{ranker} of run {run.id} failed: {error}" for ranker, error in run.errors.items()]
    return PastRun(
        runs=runs,
        measures=tuple(measures),
        per_query=per_query,
        intervals={name: mean_intervals(values, measures) for name, values in per_query.items()},
        differences=compare_measures(per_query, measures, margin=margin),
        notes=tuple(notes),
    )


def export_run(store: Store, number: int, ranker: str) -> str:
    """The TREC run of one ranker of a run. Raises InputError for one that the run does not have."""
    run = store.runs.get(number)
    if ranker not in run.rankers:
        raise InputError(f"Run {number} has no ranker {ranker}. Choose one of: {', '.join(run.rankers)}.")
    keys = [query.key for query in store.runs.queries(number) if query.ranker == ranker and query.key is not None]
    rankings = [ranking for key in keys if (ranking := store.results.get(key)) is not None]
    return to_trec_run(rankings)


def export_qrels(store: Store, number: int) -> str:
    """The judgements of a run as TREC qrels."""
    return to_trec_qrels(store.runs.judgements(number))


def _scored(store: Store, run: StoredRun, measures: Sequence[str]) -> dict[str, Mapping[str, Mapping[str, float]]]:
    """Ranker to query to measure to value. A query without candidates scores 0."""
    judgements = store.runs.judgements(run.id)
    answers = store.runs.queries(run.id)
    lists = store.results.scored_lists(answer.key for answer in answers if answer.key is not None)
    found: dict[str, Mapping[str, Mapping[str, float]]] = {}
    for ranker in run.rankers:
        own = {
            answer.query_id: lists[answer.key]
            for answer in answers
            if answer.ranker == ranker and answer.key is not None and answer.key in lists
        }
        empty = {
            answer.query_id: dict.fromkeys(measures, 0.0)
            for answer in answers
            if answer.ranker == ranker and answer.key is None and answer.error is None
        }
        scored = score_lists(
            {query: each.ids for query, each in own.items()},
            judgements,
            measures,
            matched_nothing=[query for query, each in own.items() if each.matched == 0],
        )
        found[ranker] = {**scored, **empty}
    return found
