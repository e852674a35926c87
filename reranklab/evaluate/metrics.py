"""Effectiveness of rankings against relevance judgements, computed by ir_measures.

Every tool that scores a run sorts it again by score, and trec_eval breaks ties by document id: with equal scores, other
ids give another nDCG. So the tools here see scores derived from the ranks (strictly decreasing) and opaque ids, and the
order that is evaluated is the order of the Ranking.

nDCG is trec_eval's: the gain is the grade itself (linear), discounted by log2(rank + 1), over the ideal order of all judged
documents, ranked or not. A document without a judgement counts as not relevant. A query whose judgements hold no relevant
document scores 0 and stays in the mean, as in trec_eval; `without_relevant` names such queries. A ranking that matched
nothing scores 0 in every measure: its order is the input's, which no retrieval system would return.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import ir_measures
from ir_measures.measures.base import MeanAgg

from reranklab.errors import InputError
from reranklab.types import Ranking

Qrels = Mapping[str, Mapping[str, int]]

EXAMPLE_MEASURES = ("nDCG@10", "RR", "RR@10", "P@5", "R@100", "AP", "ERR@10", "Success@1")
DEFAULT_MEASURES = ("nDCG@10", "RR")

# Most of its functions carry no types, which mypy --strict would refuse call by call.
_ir: Any = ir_measures
# Its own pipeline probes ranx, whose import aborts a threaded process.
_PROVIDERS = _ir.providers.FallbackProvider([_ir.pytrec_eval, _ir.judged, _ir.msmarco, _ir.gdeval])
_GDEVAL_HIGHEST_GRADE = 4
_HIGHEST_CUTOFF = 1_000_000


def parse_measure(name: str) -> Any:
    """The ir_measures measure of that name ("nDCG@10", "P(rel=2)@5").

    Raises InputError where the name is unknown, misses its cutoff, or is not a mean over queries.
    """
    examples = ", ".join(EXAMPLE_MEASURES)
    try:
        measure = _ir.parse_measure(name)
        measure.validate_params()
    except (NameError, ValueError, TypeError, AssertionError) as error:
        raise InputError(f"There is no measure {name!r}. Examples: {examples}.") from error
    for parameter in ("cutoff", "rel"):
        value = measure.params.get(parameter, 1)
        if isinstance(value, bool) or not 1 <= value <= _HIGHEST_CUTOFF:
            raise InputError(
                f"The measure {name!r} has {parameter} {value}, not one of 1 to {_HIGHEST_CUTOFF:,}. Examples: {examples}."
            )
    if not isinstance(measure.aggregator(), MeanAgg):
        raise InputError(f"The measure {name!r} is a count, not a mean over queries. Examples: {examples}.")
    if not _PROVIDERS.supports(measure):
        if _ir.gdeval.supports(measure):
            raise InputError(
                f"The measure {name!r} needs the program perl, which is not installed. Install it or leave it out."
            )
        raise InputError(f"The measure {name!r} cannot be computed here. Examples: {examples}.")
    return measure


def score_ranking(ranking: Ranking, judgements: Mapping[str, int], measures: Sequence[str]) -> dict[str, float]:
    """Measure name, as given, to value for one ranking. `judgements` maps document id to grade.

    Raises InputError for an unknown measure and for empty judgements.
    """
    return score_rankings([ranking], {ranking.query.id: judgements}, measures)[ranking.query.id]


def score_rankings(rankings: Sequence[Ranking], qrels: Qrels, measures: Sequence[str]) -> dict[str, dict[str, float]]:
    """Query id to measure name to value, for rankings of one ranker over different queries.

    Raises InputError for an unknown measure, a query without judgements, or two rankings of one query.
    """
    lists: dict[str, Sequence[str]] = {}
    for ranking in rankings:
        if ranking.query.id in lists:
            raise InputError(f"Two rankings are of the query {ranking.query.id!r}. Score one ranker at a time.")
        lists[ranking.query.id] = [item.id for item in ranking.items]
    nothing = {ranking.query.id for ranking in rankings if ranking.matched == 0}
    return score_lists(lists, qrels, measures, matched_nothing=nothing)


def score_lists(
    lists: Mapping[str, Sequence[str]], qrels: Qrels, measures: Sequence[str], *, matched_nothing: Collection[str] = ()
) -> dict[str, dict[str, float]]:
    """Query id to measure name to value, for lists of document ids, best first. The queries of `matched_nothing` score 0.

    Raises InputError for an unknown measure, and a query without judgements.
    """
    parsed = {name: parse_measure(name) for name in measures}
    run: dict[str, dict[str, float]] = {}
    judged: dict[str, dict[str, int]] = {}
    topics: dict[str, str] = {}
    deepest = min(max(map(len, lists.values()), default=0), _deepest_read(parsed.values()))
    names, scores = [f"d{rank}" for rank in range(deepest)], [float(deepest - rank) for rank in range(deepest)]
    for position, (query, documents) in enumerate(lists.items()):
        if not qrels.get(query):
            raise InputError(f"The query {query!r} has no judgements, so its ranking cannot be scored.")
        # gdeval takes only numbers as query ids.
        topics[query] = topic = str(position)
        run[topic] = dict(zip(names[: len(documents)], scores, strict=False))  # the first `deepest` documents
        places = dict(zip(documents, names, strict=False))
        judged[topic] = {
            places.get(document) or f"u{number}": int(grade) for number, (document, grade) in enumerate(qrels[query].items())
        }
    if not parsed or not run:
        return {query: {} for query in topics}
    _check_grades(parsed, judged)
    # A measure is hashed by its text, which takes longer than to compute it: numbers stand for the measures.
    measures_asked = {measure: number for number, measure in enumerate(dict.fromkeys(parsed.values()))}
    numbers: dict[int, int] = {}
    values: dict[str, dict[int, float]] = {topic: {} for topic in run}
    for query in matched_nothing:
        values[topics[query]] = dict.fromkeys(measures_asked.values(), 0.0)
    found = {topic: documents for topic, documents in run.items() if not values[topic]}
    evaluator = _PROVIDERS.evaluator(set(measures_asked), judged)
    kept = []  # an id belongs to one measure as long as that is alive
    for metric in evaluator.iter_calc(found) if found else ():
        if id(metric.measure) not in numbers:
            kept.append(metric.measure)
            numbers[id(metric.measure)] = measures_asked[metric.measure]
        values[metric.query_id][numbers[id(metric.measure)]] = float(metric.value)
    of_name = {name: measures_asked[measure] for name, measure in parsed.items()}
    return {query: {name: values[topic][number] for name, number in of_name.items()} for query, topic in topics.items()}


def _deepest_read(measures: Iterable[Any]) -> int:
    """The rank below which no measure looks."""
    return max((measure.params.get("cutoff") or sys.maxsize for measure in measures), default=0)


def judged_share(ranking: Ranking, judgements: Mapping[str, int], k: int) -> float:
    """The share of the top k documents (of all, where there are fewer) that has a judgement of any grade."""
    if k < 1:
        raise InputError(f"The depth {k} is below 1. Give a depth of 1 or more.")
    top = ranking.items[:k]
    return sum(item.id in judgements for item in top) / len(top)


def condensed(ranking: Ranking, judgements: Mapping[str, int]) -> Ranking | None:
    """The ranking without its unjudged documents, or None where none is judged.

    Sakai, "Alternatives to bpref", SIGIR 2007: pooled judgements favour the systems that were pooled, since what only others
    find counts as not relevant.
    """
    judged = [item for item in ranking.items if item.id in judgements]
    if not judged:
        return None
    items = tuple(replace(item, rank=rank, candidate=rank - 1) for rank, item in enumerate(judged, start=1))
    return replace(ranking, items=items)


def without_relevant(qrels: Qrels, queries: Iterable[str]) -> tuple[str, ...]:
    """Those of the query ids whose judgements hold no grade of 1 or more: no order can score above 0 on them."""
    return tuple(query for query in queries if not any(grade >= 1 for grade in qrels.get(query, {}).values()))


def _check_grades(parsed: Mapping[str, Any], judged: Mapping[str, Mapping[str, int]]) -> None:
    highest = max(grade for grades in judged.values() for grade in grades.values())
    if highest <= _GDEVAL_HIGHEST_GRADE:
        return
    for name, measure in parsed.items():
        if _ir.gdeval.supports(measure):
            raise InputError(
                f"The measure {name!r} knows grades up to {_GDEVAL_HIGHEST_GRADE}, and the judgements hold {highest}. "
                "Use nDCG@10 or RR instead."
            )
