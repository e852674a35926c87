"""Effectiveness against candidate depth, replayed from the scores of one deep run.

A pointwise ranker gives a document the same score whatever stands beside it, so that its order of the first d candidates is the
order of all of them with the others left out. Ranking deeper costs time and can make the first page worse: Jacob et al.,
"Drowning in documents", 2024.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from reranklab.errors import InputError
from reranklab.evaluate.candidates import JUDGED
from reranklab.evaluate.confidence import Interval, bootstrap_columns
from reranklab.evaluate.experiment import RankerResult
from reranklab.evaluate.imported import PREFIX
from reranklab.evaluate.metrics import Qrels
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.rankers.family import Capability
from reranklab.store.results import ScoredList
from reranklab.store.store import Store
from reranklab.types import Ranking

CUTOFF = 10
DEPTHS = (1, 2, 5, 10, 20, 30, 50, 75, 100, 150, 200, 300, 500, 1000)

_ABSENT = 1_000_000_000

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64] | npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, kw_only=True)
class DepthCurve:
    """One ranker over the first d candidates, for each of `depths`. `means` are of nDCG@10 over the queries, `values` has a
    row for each query. `ms` is what a query takes: the measured time at full depth, in proportion to the tokens read; None
    where none was measured."""

    ranker: str
    depths: tuple[int, ...]
    means: tuple[Interval, ...]
    values: Floats
    ms: tuple[float, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DepthReplay:
    """The curves of a run's rankers. `recall` is the share of the relevant documents among the first d candidates: what no
    reranker can pass. `left_out` are the rankers whose scores depend on the whole list."""

    depths: tuple[int, ...]
    recall: tuple[float, ...]
    first_stage: tuple[float, ...]
    curves: tuple[DepthCurve, ...]
    queries: int
    left_out: tuple[str, ...] = ()

    def record(self) -> dict[str, Any]:
        """The curves as plain values for JSON; times in ms."""
        return {
            "measure": f"nDCG@{CUTOFF}",
            "queries": self.queries,
            "depths": list(self.depths),
            "recall": list(self.recall),
            "first_stage": list(self.first_stage),
            "left_out": list(self.left_out),
            "rankers": [
                {
                    "ranker": curve.ranker,
                    "means": [each.mean for each in curve.means],
                    "confidence": [[each.low, each.high] for each in curve.means],
                    "ms": None if curve.ms is None else list(curve.ms),
                }
                for curve in self.curves
            ],
        }


def replay_depth(store: Store, number: int, *, depths: Sequence[int] = DEPTHS) -> DepthReplay:
    """nDCG@10 of each pointwise ranker of a stored run at each depth up to the run's own.

    Raises InputError for a run that does not exist, has no pointwise ranker, or has nothing stored.
    """
    run = store.runs.get(number)
    judgements = store.runs.judgements(number)
    _check_rule(str(run.settings.get("candidates")), f"Run {number}")
    pointwise = [ranker for ranker in run.rankers if _is_pointwise(ranker)]
    keys = {
        (answer.ranker, answer.query_id): answer.key
        for answer in store.runs.queries(number)
        if answer.key is not None and answer.ranker in pointwise
    }
    lists = store.results.scored_lists(keys.values())
    by_ranker: dict[str, dict[str, ScoredList]] = {}
    for (ranker, query), key in keys.items():
        if key in lists:
            by_ranker.setdefault(ranker, {})[query] = lists[key]
    left_out = tuple(ranker for ranker in run.rankers if ranker not in pointwise)
    return _replayed(by_ranker, judgements, depths, left_out=left_out, what=f"Run {number}")


def replay_results(results: Sequence[RankerResult], qrels: Qrels, *, candidates: str) -> DepthReplay:
    """`replay_depth` of results at hand, whose first stage was the rule `candidates`. Raises as it does."""
    _check_rule(candidates, "The evaluation")
    pointwise = [result for result in results if _is_pointwise(result.ranker)]
    by_ranker = {
        result.ranker: {ranking.query.id: _listed(ranking) for ranking in result.rankings}
        for result in pointwise
        if result.rankings
    }
    left_out = tuple(result.ranker for result in results if result not in pointwise)
    return _replayed(by_ranker, qrels, DEPTHS, left_out=left_out, what="The evaluation")


def _replayed(
    by_ranker: Mapping[str, Mapping[str, ScoredList]],
    judgements: Qrels,
    depths: Sequence[int],
    *,
    left_out: tuple[str, ...],
    what: str,
) -> DepthReplay:
    if not by_ranker:
        raise InputError(f"{what} holds no ranking of a ranker that scores each document by itself. Depth needs one.")
    lists_of = next(iter(by_ranker.values()))
    deepest = max(len(each.ids) for each in lists_of.values())
    used = (*(depth for depth in depths if depth < deepest), deepest)
    grades = {query: _grades_by_position(each, judgements[query]) for query, each in lists_of.items()}
    ideal = {query: _ideal(judgements[query]) for query in grades}
    queries = list(grades)
    in_order = np.tile(np.arange(deepest), (len(queries), 1))
    in_order[in_order >= np.array([[grades[query].size] for query in queries])] = _ABSENT
    return DepthReplay(
        depths=used,
        recall=_recall(grades, judgements, used),
        first_stage=tuple(_ndcg(in_order, _stacked(grades, queries, deepest), ideal, queries, used).mean(axis=0).tolist()),
        curves=_curves(by_ranker, grades, ideal, used),
        queries=len(queries),
        left_out=left_out,
    )


def _check_rule(candidates: str, what: str) -> None:
    if candidates == JUDGED:
        raise InputError(f"{what} ranks the judged documents, which have no depth. Choose other --candidates.")


def _listed(ranking: Ranking) -> ScoredList:
    return ScoredList(
        ids=tuple(item.id for item in ranking.items),
        scores=np.array([item.score for item in ranking.items]),
        positions=np.array([item.candidate for item in ranking.items], dtype=np.int32),
        tokens=np.array([item.tokens_used for item in ranking.items], dtype=np.int32),
        matched=ranking.matched,
        ms=ranking.timing.p50() if ranking.timing.runs else None,
    )


def _is_pointwise(ranker: str) -> bool:
    """One with term statistics is too: where a search found the candidates they are the collection's. An imported run is not,
    since nothing is known of its scores, nor is a ranker of a family that is not here."""
    if ranker.startswith(PREFIX):
        return False
    try:
        spec = parse_ranker_id(ranker)
    except InputError:
        return False
    return spec.can(Capability.POINTWISE) or spec.can(Capability.STATISTICS)


def _curves(
    by_ranker: Mapping[str, Mapping[str, ScoredList]],
    grades: Mapping[str, Floats],
    ideal: Mapping[str, float],
    depths: Sequence[int],
) -> tuple[DepthCurve, ...]:
    """A curve for each ranker; those of the same queries have their intervals from the same draws."""
    values = {ranker: _by_depth(ranked, grades, ideal, depths) for ranker, ranked in by_ranker.items()}
    means: dict[str, tuple[Interval, ...]] = {}
    for rows in {table.shape[0] for table in values.values()}:
        alike = [ranker for ranker, table in values.items() if table.shape[0] == rows]
        intervals = bootstrap_columns(np.concatenate([values[ranker] for ranker in alike], axis=1))
        for number, ranker in enumerate(alike):
            means[ranker] = intervals[number * len(depths) : (number + 1) * len(depths)]
    return tuple(
        DepthCurve(
            ranker=ranker,
            depths=tuple(depths),
            means=means[ranker],
            values=values[ranker],
            ms=_times(list(ranked.values()), depths),
        )
        for ranker, ranked in by_ranker.items()
    )


def _by_depth(
    ranked: Mapping[str, ScoredList], grades: Mapping[str, Floats], ideal: Mapping[str, float], depths: Sequence[int]
) -> Floats:
    queries = [query for query in ranked if query in grades]
    positions = np.full((len(queries), depths[-1]), _ABSENT)
    for row, query in enumerate(queries):
        positions[row, : len(ranked[query].positions)] = ranked[query].positions
    return _ndcg(positions, _stacked(grades, queries, depths[-1]), ideal, queries, depths)


def _ndcg(
    positions: Integers, by_position: Floats, ideal: Mapping[str, float], queries: Sequence[str], depths: Sequence[int]
) -> Floats:
    """nDCG@10 of shape (queries, depths). `positions` are the candidates in rank order, a row for each query."""
    gains = np.take_along_axis(by_position, np.minimum(positions, by_position.shape[1] - 1), axis=1)
    best = np.array([ideal[query] for query in queries])
    columns = []
    for depth in depths:
        among = positions < depth
        ranks = np.cumsum(among, axis=1)
        counted = among & (ranks <= CUTOFF)
        gain = np.where(counted, gains / np.log2(np.maximum(ranks, 1) + 1), 0.0).sum(axis=1)
        columns.append(np.divide(gain, best, out=np.zeros_like(best), where=best > 0))
    return np.stack(columns, axis=1)


def _ideal(judged: Mapping[str, int]) -> float:
    grades = np.array(sorted((grade for grade in judged.values() if grade > 0), reverse=True)[:CUTOFF], dtype=np.float64)
    return float((grades / np.log2(np.arange(2, grades.size + 2))).sum())


def _stacked(grades: Mapping[str, Floats], queries: Sequence[str], width: int) -> Floats:
    """A row of grades by position for each query."""
    rows = np.zeros((len(queries), width))
    for row, query in enumerate(queries):
        rows[row, : grades[query].size] = grades[query]
    return rows


def _grades_by_position(each: ScoredList, judged: Mapping[str, int]) -> Floats:
    grades = np.zeros(len(each.ids))
    places = dict(zip(each.ids, each.positions.tolist(), strict=True))
    for document, grade in judged.items():
        if grade > 0 and document in places:
            grades[places[document]] = grade
    return grades


def _recall(
    grades: Mapping[str, Floats], judgements: Mapping[str, Mapping[str, int]], depths: Sequence[int]
) -> tuple[float, ...]:
    relevant = {query: sum(grade > 0 for grade in judgements[query].values()) for query in grades}
    answerable = [query for query in grades if relevant[query]]
    if not answerable:
        return tuple(0.0 for _ in depths)
    return tuple(
        float(np.mean([np.count_nonzero(grades[query][:depth]) / relevant[query] for query in answerable])) for depth in depths
    )


def _times(ranked: Sequence[ScoredList], depths: Sequence[int]) -> tuple[float, ...] | None:
    shares = []
    for each in ranked:
        tokens = np.zeros(depths[-1])
        tokens[each.positions] = each.tokens
        read = np.cumsum(tokens)
        if each.ms is not None and read[-1]:
            shares.append(each.ms * read / read[-1])
    if not shares:
        return None
    means = np.mean(shares, axis=0)
    return tuple(float(means[depth - 1]) for depth in depths)
