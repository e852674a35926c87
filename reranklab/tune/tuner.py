"""The best configuration of rankers within a p95 budget on a judged collection, and how good that is on other queries.

The figure to quote is `Tuning.held_out`: each query ranked by what a search without it picked (see `nested`). The mean of the
chosen configuration on the queries that chose it stands beside it and is the higher one on average.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from reranklab.errors import InputError
from reranklab.evaluate.confidence import Interval, bca_mean, bootstrap_mean
from reranklab.evaluate.metrics import parse_measure
from reranklab.evaluate.pareto import Offer, front_of, pareto_front
from reranklab.evaluate.task_set import TaskSet
from reranklab.latency.machine import busy_notes, machine_state
from reranklab.latency.quantiles import Quantile, time_quantile
from reranklab.models.device import resolve_device
from reranklab.progress import CancelSignal, Progress, check_cancel, report
from reranklab.rankers.family import Capability, RankerSpec
from reranklab.tune.bench import UnusableError
from reranklab.tune.halving import by_mean
from reranklab.tune.nested import Fold, deal, nested, shuffled
from reranklab.tune.scored import ScoredLists
from reranklab.tune.search import MOST_TIMED, Found, search
from reranklab.tune.space import cascades, distinct, on_passages, variants
from reranklab.tune.workbench import Workbench

if TYPE_CHECKING:
    from reranklab.services.endpoint import Endpoint
    from reranklab.store.store import Store

DEFAULT_MEASURE = "nDCG@10"
_PROBED = 2
_PROBE_SIZES = (4, 20)
_MOST_SHOWN = 8
_ALIKE = 0.002
"""Means of replayed and of true rankings that differ by less are those of the same ranker."""
_OFTEN_CUT = 0.05
"""Passages are tried where a ranker cuts more than this share of the documents."""
_FASTER = 0.5
"""A first stage takes at most this share of the second's time on the same documents, or it would save nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finalist:
    """A configuration of the last rung. `mean` is over all queries, which chose it: too high on average. `p95` is of true runs
    over `timed` of the queries, and `median` too, in ms."""

    ranker: str
    mean: Interval
    p95: Quantile
    median: float
    timed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """What a search chose, and what it is worth. `within` says whether `chosen` keeps to the budget.

    `held_out` is the mean over the queries, each ranked by what a search without it picked; `held_out_p95` is of these runs.
    `folds` say which. `finalists` come fastest first, `front` are those that no other one is better and faster than. `tried` is
    how many configurations the space has, `rungs` the numbers of configurations and queries of the search over all queries.
    """

    measure: str
    budget: float
    device_name: str
    seed: int
    chosen: str
    within: bool
    held_out: Interval
    held_out_p95: Quantile
    folds: tuple[Fold, ...]
    finalists: tuple[Finalist, ...]
    front: tuple[str, ...]
    tried: int
    rungs: tuple[tuple[int, int], ...]
    notes: tuple[str, ...] = ()

    @property
    def winner(self) -> Finalist:
        """The chosen configuration, as it did on the queries that chose it."""
        return next(each for each in self.finalists if each.ranker == self.chosen)


def check_budget(budget: float) -> None:
    """Raise InputError for a budget that is no time."""
    if not 0 < budget < 1e9:
        raise InputError(f"A budget of {budget:g} ms does not work. Give milliseconds above 0.")


def tune(
    task_set: TaskSet,
    bases: Sequence[RankerSpec],
    *,
    budget: float,
    folds: int = 5,
    measure: str = DEFAULT_MEASURE,
    seed: int = 0,
    device: str = "cpu",
    endpoints: Sequence[Endpoint] = (),
    store: Store | None = None,
    warn: Callable[[str], None],
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> Tuning:
    """Search the configurations that `bases` give, once for each fold without its queries and once on all of them.

    `budget` is the p95 of a query's time in ms on the device. What the `store` holds is not scored again; times are always of
    new runs. Raises InputError for settings that do not work and where no configuration does, and Cancelled.
    """
    parse_measure(measure)
    check_budget(budget)
    if not bases:
        raise InputError("No ranker is named. Name at least one.")
    deal(len(task_set.tasks), folds, seed=seed)
    place, before = resolve_device(device), machine_state()
    lists = ScoredLists(task_set, device=place.id, endpoints=endpoints, store=store, warn=warn)
    specs, left_out = _space(lists, bases, device=place.id, budget=budget, seed=seed, cancel=cancel, progress=progress)
    bench = Workbench(task_set, lists, specs, measure=measure)
    names = [spec.id for spec in specs]
    queries = len(task_set.tasks)
    results = nested(bench, names, queries, budget=budget, folds=folds, seed=seed, cancel=cancel, progress=progress)
    order = shuffled(queries, seed=seed)
    found = search(bench, names, order, budget=budget, label="all queries", cancel=cancel, progress=progress)
    finalists, about = _finalists(bench, found, order, cancel=cancel, progress=progress)
    values = {query: value for fold in results for query, value in fold.values.items()}
    times = [each.ms for fold in results for each in fold.measured.values()]
    return Tuning(
        measure=measure,
        budget=budget,
        device_name=place.name,
        seed=seed,
        chosen=found.pick,
        within=found.within,
        held_out=_held_out([values[query] for query in range(queries)], seed=seed),
        held_out_p95=time_quantile(times, 0.95),
        folds=results,
        finalists=finalists,
        front=pareto_front({each.ranker: Offer(quality=each.mean, ms=each.p95.value) for each in finalists}),
        tried=len(names),
        rungs=found.rungs,
        notes=(
            *task_set.notes,
            *busy_notes(before, before, 0.0),
            *left_out,
            *_failures(found.failed),
            *about,
            *_held_out_failures(results),
        ),
    )


def _space(
    lists: ScoredLists,
    bases: Sequence[RankerSpec],
    *,
    device: str,
    budget: float,
    seed: int,
    cancel: CancelSignal | None,
    progress: Progress | None,
) -> tuple[tuple[RankerSpec, ...], tuple[str, ...]]:
    """Every configuration, and what was left out before the search."""
    lengths = [len(task.documents) for task in lists.tasks]
    probed = [query for query in shuffled(len(lengths), seed=seed) if lengths[query]][:_PROBED]
    if not probed:
        raise InputError("No query has candidates. Choose other --candidates.")
    notes: list[str] = []

    def usable(specs: Sequence[RankerSpec]) -> list[RankerSpec]:
        works = []
        for number, spec in enumerate(specs):
            check_cancel(cancel)
            report(progress, done=number, total=len(specs), unit="ranker", label="first times")
            try:
                _probe(lists, spec, probed, cancel=cancel)
                works.append(spec)
            except UnusableError as error:
                notes.append(f"{spec.id} is left out: {error}")
        return works

    known = distinct(bases)
    single = usable(distinct(each for base in known for each in variants(base, device=device, budget=budget)))
    if not single:
        raise InputError(notes[0])
    cut = [spec for spec in single if np.mean(lists.truncated.get(spec.id, [False])) > _OFTEN_CUT]
    single += usable(distinct(each for spec in cut for each in on_passages(spec)))
    sample = [document for query in probed for document in lists.tasks[query].documents]

    def is_faster(first: RankerSpec, second: RankerSpec) -> bool:
        return lists.cost(first).ms(sample) <= _FASTER * lists.cost(second).ms(sample)

    works = {spec.id for spec in single}
    firsts = [base for base in known if base.id in works and not base.can(Capability.HOSTED)]
    return (*single, *cascades(firsts, single, depth=max(lengths), is_faster=is_faster)), tuple(notes)


def _probe(lists: ScoredLists, spec: RankerSpec, queries: Sequence[int], *, cancel: CancelSignal | None) -> None:
    """A short and a longer list, for a first idea of the ranker's time and of what it cuts. The faster of two runs counts: what
    a busy machine adds must leave nothing out, and the search times truly what it picks."""
    for query, size in zip(itertools.cycle(queries), _PROBE_SIZES, strict=False):
        documents = lists.tasks[query].documents[:size]
        ranking = lists.measure(spec, query, documents, repeats=2, cancel=cancel)
        lists.cost(spec).add(documents, min(run.total for run in ranking.timing.runs))
        lists.truncated.setdefault(spec.id, []).extend(item.truncated for item in ranking.items)


def _finalists(
    bench: Workbench, found: Found, order: Sequence[int], *, cancel: CancelSignal | None, progress: Progress | None
) -> tuple[tuple[Finalist, ...], tuple[str, ...]]:
    """The pick, what is on the front by its estimate, and the best others, each truly timed; and what a reader must know."""
    best = by_mean(found.points)
    by_estimate = front_of({name: (point.ms, point.mean) for name, point in found.points.items()})
    names = tuple(dict.fromkeys((found.pick, *by_estimate, *best)))[:_MOST_SHOWN]
    timed = order[:MOST_TIMED]
    finalists: list[Finalist] = []
    notes: list[str] = []
    for number, name in enumerate(names):
        report(progress, done=number, total=len(names), unit="configuration", label="timing the finalists")
        try:
            runs = [bench.measured(name, query, cancel=cancel) for query in timed]
        except UnusableError as error:
            if name == found.pick:
                raise InputError(f"{name} was chosen, and fails on some of the queries. {error}") from error
            notes.append(f"{name} is left out: {error}")
            continue
        values = {query: bench.quality(name, query, cancel=cancel) for query in sorted(order)}
        replayed, itself = (float(np.mean(each)) for each in ([values[query] for query in timed], [run.value for run in runs]))
        if abs(replayed - itself) > _ALIKE:
            notes.append(
                f"Scores that were computed once give {name} the mean {replayed:.4f} over {len(timed):,} queries, its own runs "
                f"{itself:.4f}: its scores depend on what else is read."
            )
        times = [run.ms for run in runs]
        finalists.append(
            Finalist(
                ranker=name,
                mean=bootstrap_mean(list(values.values())),
                p95=time_quantile(times, 0.95),
                median=float(np.median(times)),
                timed=len(times),
            )
        )
    return tuple(sorted(finalists, key=lambda each: each.p95.value)), tuple(notes)


def _held_out(values: Sequence[float], *, seed: int) -> Interval:
    """Of few queries the interval would reach beyond what a measure can be."""
    interval = bca_mean(values, seed=seed)
    return replace(interval, low=max(0.0, interval.low), high=min(interval.high, max(1.0, *values)))


def _failures(failed: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(f"{ranker} is left out: {why}" for ranker, why in failed.items())


def _held_out_failures(folds: Sequence[Fold]) -> tuple[str, ...]:
    failed = [why for fold in folds for why in fold.failed.values()]
    if not failed:
        return ()
    queries = "1 held-out query" if len(failed) == 1 else f"{len(failed):,} held-out queries"
    return (f"What was picked failed on {queries}, which counts 0 there: {failed[0]}",)
