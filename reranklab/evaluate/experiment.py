"""Rankers over many queries: effectiveness, confidence and time of each."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from reranklab.engine.boundary import contained
from reranklab.errors import Cancelled, InputError, RerankLabError, StorageError
from reranklab.evaluate.computing import Computer, OneByOne
from reranklab.evaluate.computing import RankingTask as RankingTask
from reranklab.evaluate.confidence import Interval, mean_intervals
from reranklab.evaluate.metrics import DEFAULT_MEASURES, Qrels, condensed, judged_share, parse_measure, score_rankings
from reranklab.progress import CancelSignal, Progress, check_cancel, report
from reranklab.rankers.family import Ranker
from reranklab.types import Ranking

POOLED = 10
"""Unjudged documents are counted among the first so many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryError:
    """Why a query has no ranking. `query` is None where the ranker could not be loaded, so that no query was tried."""

    query: str | None
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WarningCount:
    """A warning of a ranker's rankings, and in how many queries it occurred."""

    message: str
    queries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TimingSummary:
    """Run totals over all measured runs of all queries, in ms; `load` as in Timing."""

    p50: float
    p95: float
    runs: int
    load: float | None
    device: str
    device_name: str
    precision: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RankerResult:
    """One ranker over `asked` queries.

    `metrics`, `intervals` and `per_query` (query id to measure to value) cover the queries that were ranked, and with 0 those
    without candidates; where `complete` is False that is not all of them, and the means are not comparable with those of other
    rankers. `timing` is None where no query was ranked; the mappings are empty where the ranker could not be loaded, or all
    failed. `rankings` are in task order; `stored` of them were computed earlier. `unjudged` is the mean share of the first 10
    documents that has no judgement, and `condensed` are the means with the unjudged documents left out; both are empty where no
    query was ranked. `notes` say what a reader of the means must know of this ranker.
    """

    ranker: str
    asked: int
    rankings: tuple[Ranking, ...]
    metrics: Mapping[str, float]
    intervals: Mapping[str, Interval]
    per_query: Mapping[str, Mapping[str, float]]
    timing: TimingSummary | None
    errors: tuple[QueryError, ...] = ()
    without_candidates: tuple[str, ...] = ()
    stored: int = 0
    unjudged: float | None = None
    condensed: Mapping[str, Interval] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def unmatched(self) -> tuple[str, ...]:
        """The ids of queries in which the ranker matched nothing; each scores 0."""
        return tuple(ranking.query.id for ranking in self.rankings if ranking.matched == 0)

    @property
    def warnings(self) -> tuple[WarningCount, ...]:
        """The warnings of the rankings, the most frequent first."""
        counts = Counter(message for ranking in self.rankings for message in dict.fromkeys(ranking.warnings))
        return tuple(WarningCount(message=message, queries=count) for message, count in counts.most_common())

    @property
    def queries(self) -> int:
        """Queries that were ranked."""
        return len(self.rankings)

    @property
    def complete(self) -> bool:
        return self.queries + len(self.without_candidates) == self.asked

    @property
    def ms_per_query(self) -> float | None:
        """Median of the run totals, in ms."""
        return None if self.timing is None else self.timing.p50


class Keeper(Protocol):
    """Remembers rankings between evaluations."""

    def find(self, ranker: Ranker, task: RankingTask) -> Ranking | None:
        """The ranking of that input by that ranker, where it was kept."""
        ...

    def keep(self, ranker: Ranker, task: RankingTask, ranking: Ranking) -> None:
        """Keep a new ranking. Raises StorageError."""
        ...

    def fail(self, ranker: Ranker, error: QueryError) -> None:
        """Keep why a query has no ranking. Raises StorageError."""
        ...


def visit_order(queries: Sequence[str]) -> tuple[int, ...]:
    """The positions of the queries in the order in which they are ranked: random, and always the same for the same ids, so that
    those ranked so far are a random sample of all."""
    return tuple(sorted(range(len(queries)), key=lambda position: hashlib.sha256(queries[position].encode()).digest()))


def evaluate(
    rankers: Sequence[Ranker],
    tasks: Sequence[RankingTask],
    qrels: Qrels,
    *,
    measures: Sequence[str] | None = DEFAULT_MEASURES,
    repeats: int = 1,
    keeper: Keeper | None = None,
    computer: Callable[[Ranker], Computer] = lambda ranker: OneByOne(),
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> tuple[RankerResult, ...]:
    """Each ranker over all tasks in `visit_order`, one ranker after the other; warmed up on its first query only.

    `computer` gives what computes a ranker. What `keeper` knows is not computed again, and each new ranking is kept at once. An
    error of a ranker, whatever it raised, is kept with its query and the next query goes on; a ranker that cannot be loaded is
    not tried. A query without candidates, or in which a ranker matched nothing, scores 0. With `measures` None nothing is
    scored, and the queries need no judgements.
    Raises InputError for unusable measures, tasks or judgements before anything runs, StorageError where a result cannot be
    kept, and Cancelled once `cancel` is set.
    """
    _check(tasks, qrels, measures)
    results = []
    for number, ranker in enumerate(rankers):

        def told(step: int, *, before: int = number * len(tasks), label: str = ranker.id) -> None:
            report(progress, done=before + step, total=len(rankers) * len(tasks), unit="query", label=label)

        results.append(
            _over_tasks(
                ranker,
                tasks,
                qrels,
                measures or (),
                repeats=repeats,
                keeper=keeper,
                computer=computer(ranker),
                cancel=cancel,
                progress=progress,
                told=told,
            )
        )
    return tuple(results)


def _over_tasks(
    ranker: Ranker,
    tasks: Sequence[RankingTask],
    qrels: Qrels,
    measures: Sequence[str],
    *,
    repeats: int,
    keeper: Keeper | None,
    computer: Computer,
    cancel: CancelSignal | None,
    progress: Progress | None,
    told: Callable[[int], None],
) -> RankerResult:
    rankings: dict[int, Ranking] = {}
    errors: dict[int, QueryError] = {}
    stored = passed = 0

    def wanted() -> Iterator[tuple[int, RankingTask]]:
        """The tasks that no one has computed yet; those that are stored go to the rankings as they are passed."""
        nonlocal stored, passed
        for position in visit_order([task.query.id for task in tasks]):
            task = tasks[position]
            check_cancel(cancel)
            told(len(rankings) + len(errors) + passed)
            if not task.documents:
                passed += 1
                continue
            known = None
            if keeper is not None:
                with contained(ranker.id):
                    known = keeper.find(ranker, task)
            if known is None:
                yield position, task
            else:
                rankings[position] = known
                stored += 1

    try:
        for outcome in computer.compute(ranker, wanted(), repeats=repeats, cancel=cancel, progress=progress):
            task = tasks[outcome.position]
            if isinstance(outcome.result, RerankLabError):
                errors[outcome.position] = QueryError(query=task.query.id, message=str(outcome.result))
                if keeper is not None:
                    keeper.fail(ranker, errors[outcome.position])
            else:
                rankings[outcome.position] = outcome.result
                if keeper is not None:
                    keeper.keep(ranker, task, outcome.result)
    except (Cancelled, StorageError):
        raise
    except RerankLabError as error:  # the ranker as a whole cannot be used
        errors[-1] = QueryError(query=None, message=str(error))
        if keeper is not None:
            keeper.fail(ranker, errors[-1])
    told(len(tasks))
    without = [task.query.id for task in tasks if not task.documents]
    in_order = [ranking for _, ranking in sorted(rankings.items())]
    failed = [error for _, error in sorted(errors.items())]
    return summarise(ranker.id, len(tasks), in_order, failed, without, qrels, measures, stored=stored)


def _check(tasks: Sequence[RankingTask], qrels: Qrels, measures: Sequence[str] | None) -> None:
    if measures is not None and not measures:
        raise InputError("No measure was given. Name at least one, such as nDCG@10.")
    for name in measures or ():
        parse_measure(name)
    if not tasks:
        raise InputError("There are no queries to evaluate. Choose a split that has judgements.")
    seen: set[str] = set()
    for task in tasks:
        if task.query.id in seen:
            raise InputError(f"Two queries have the id {task.query.id!r}. Give each query its own id.")
        seen.add(task.query.id)
        if measures is not None and not qrels.get(task.query.id):
            raise InputError(f"The query {task.query.id!r} has no judgements. Evaluate judged queries only.")


def summarise(
    ranker: str,
    asked: int,
    rankings: Sequence[Ranking],
    errors: Sequence[QueryError],
    without: Sequence[str],
    qrels: Qrels,
    measures: Sequence[str],
    *,
    stored: int = 0,
) -> RankerResult:
    """The result of a ranker from its rankings, scored by the judgements; no measures need none. Raises as `score_rankings`
    does."""
    per_query = score_rankings(rankings, qrels, measures) if measures else {}
    if measures and (rankings or not errors):
        per_query |= {query: dict.fromkeys(measures, 0.0) for query in without}
    intervals = mean_intervals(per_query, measures)
    shares = [1 - judged_share(ranking, qrels[ranking.query.id], POOLED) for ranking in rankings if measures]
    return RankerResult(
        ranker=ranker,
        asked=asked,
        rankings=tuple(rankings),
        metrics={name: interval.mean for name, interval in intervals.items()},
        intervals=intervals,
        per_query=per_query,
        timing=_timing(rankings) if rankings else None,
        errors=tuple(errors),
        without_candidates=tuple(without),
        stored=stored,
        unjudged=float(np.mean(shares)) if shares else None,
        condensed=mean_intervals(_condensed(rankings, qrels, measures, per_query), measures) if any(shares) else intervals,
    )


def _condensed(
    rankings: Sequence[Ranking], qrels: Qrels, measures: Sequence[str], per_query: Mapping[str, Mapping[str, float]]
) -> dict[str, dict[str, float]]:
    """The measures without unjudged documents; a ranking without judged ones scores 0."""
    lists = [condensed(ranking, qrels[ranking.query.id]) for ranking in rankings]
    return {
        **{query: dict.fromkeys(measures, 0.0) for query in per_query},
        **score_rankings([ranking for ranking in lists if ranking is not None], qrels, measures),
    }


def _timing(rankings: Sequence[Ranking]) -> TimingSummary | None:
    totals = [run.total for ranking in rankings for run in ranking.timing.runs]
    if not totals:
        return None
    first = rankings[0].timing
    return TimingSummary(
        p50=float(np.quantile(totals, 0.5)),
        p95=float(np.quantile(totals, 0.95)),
        runs=len(totals),
        load=first.load,
        device=first.device,
        device_name=first.device_name,
        precision=first.precision,
    )
