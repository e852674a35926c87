"""Stored runs, scored again from what the store holds alone: the collection need not be here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from reranklab.errors import InputError
from reranklab.evaluate.confidence import Interval, mean_intervals
from reranklab.evaluate.differences import DEFAULT_MARGIN, Difference, compare_measures
from reranklab.evaluate.experiment import POOLED
from reranklab.evaluate.metrics import score_lists
from reranklab.evaluate.record import difference_record
from reranklab.export import to_trec_qrels, to_trec_run
from reranklab.store.results import ScoredList
from reranklab.store.runs import Judgements, StoredRun
from reranklab.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class RankerFacts:
    """What a mean does not say of a ranker of a run. `asked` and `ranked` count queries. `unjudged` is the mean share of the
    first 10 documents that has no judgement, `condensed` the means with the unjudged ones left out; None and empty where no
    query was ranked. `ms` are the median and the 95th percentile of the times per query, where any were measured."""

    run: int
    ranker: str
    asked: int
    ranked: int
    unjudged: float | None
    condensed: Mapping[str, Interval]
    ms: tuple[float, float] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRun:
    """One run or several. `per_query` is the ranker's name to query id to measure to value; where several runs are compared a
    ranker's name has the number of its run. `facts` is by the same names."""

    runs: tuple[StoredRun, ...]
    measures: tuple[str, ...]
    per_query: Mapping[str, Mapping[str, Mapping[str, float]]]
    intervals: Mapping[str, Mapping[str, Interval]]
    differences: tuple[Difference, ...]
    facts: Mapping[str, RankerFacts]
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
                    "unjudged_in_top_10": self.facts[name].unjudged,
                    "without_unjudged": {each: interval.mean for each, interval in self.facts[name].condensed.items()},
                    "ms_per_query": None if (ms := self.facts[name].ms) is None else ms[0],
                    "per_query": {query: dict(scored) for query, scored in values.items()},
                }
                for name, values in self.per_query.items()
            ],
        }


def compare_runs(
    store: Store,
    numbers: Sequence[int],
    *,
    measures: Sequence[str],
    margin: float = DEFAULT_MARGIN,
    baseline: str | None = None,
) -> PastRun:
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
    facts: dict[str, RankerFacts] = {}
    notes = []
    for run in runs:
        for ranker, (values, own) in _scored(store, run, measures).items():
            name = ranker if len(runs) == 1 else f"{ranker} (run {run.id})"
            per_query[name], facts[name] = values, own
        if run.ended is None:
            notes.append(f"Run {run.id} stopped before its end: {run.done:,} of {run.asked:,} rankings are stored.")
        notes += [f"{ranker} of run {run.id} failed: {error}" for ranker, error in run.errors.items()]
    return PastRun(
        runs=runs,
        measures=tuple(measures),
        per_query=per_query,
        intervals={name: mean_intervals(values, measures) for name, values in per_query.items()},
        differences=compare_measures(per_query, measures, margin=margin, baseline=baseline),
        facts=facts,
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


def query_texts(store: Store, number: int) -> Mapping[str, str]:
    """Query id to text, for the queries of a run that any ranker has ranked."""
    keys = {query.query_id: query.key for query in store.runs.queries(number) if query.key is not None}
    return store.results.query_texts(keys.values())


_Scored = tuple[Mapping[str, Mapping[str, float]], RankerFacts]


def _scored(store: Store, run: StoredRun, measures: Sequence[str]) -> dict[str, _Scored]:
    """Ranker to query to measure to value, with its facts. A query without candidates scores 0."""
    judgements = store.runs.judgements(run.id)
    answers = store.runs.queries(run.id)
    lists = store.results.scored_lists(answer.key for answer in answers if answer.key is not None)
    found: dict[str, _Scored] = {}
    for ranker in run.rankers:
        mine = [answer for answer in answers if answer.ranker == ranker]
        own = {answer.query_id: lists[answer.key] for answer in mine if answer.key is not None and answer.key in lists}
        empty = {
            answer.query_id: dict.fromkeys(measures, 0.0) for answer in mine if answer.key is None and answer.error is None
        }
        values = {**_values({query: each.ids for query, each in own.items()}, own, judgements, measures), **empty}
        judged = {query: [each for each in ranked.ids if each in judgements[query]] for query, ranked in own.items()}
        unjudged = _unjudged(own, judgements)
        condensed = {
            **{query: dict.fromkeys(measures, 0.0) for query in values},
            **_values({query: ids for query, ids in judged.items() if ids}, own, judgements, measures),
        }
        times = [each.ms for each in own.values() if each.ms is not None]
        found[ranker] = (
            values,
            RankerFacts(
                run=run.id,
                ranker=ranker,
                asked=int(run.settings.get("queries", 0)),
                ranked=len(own),
                unjudged=unjudged,
                condensed=mean_intervals(condensed if unjudged else values, measures) if own else {},
                ms=(float(np.quantile(times, 0.5)), float(np.quantile(times, 0.95))) if times else None,
            ),
        )
    return found


def _values(
    lists: Mapping[str, Sequence[str]],
    ranked: Mapping[str, ScoredList],
    judgements: Judgements,
    measures: Sequence[str],
) -> dict[str, dict[str, float]]:
    nothing = [query for query in lists if ranked[query].matched == 0]
    return score_lists(lists, judgements, measures, matched_nothing=nothing)


def _unjudged(ranked: Mapping[str, ScoredList], judgements: Judgements) -> float | None:
    shares = [
        sum(document not in judgements[query] for document in each.ids[:POOLED]) / len(each.ids[:POOLED])
        for query, each in ranked.items()
        if each.ids
    ]
    return float(np.mean(shares)) if shares else None
