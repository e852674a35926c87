"""The same rankers over several collections: where they stop being better than BM25, and what their scores are worth there.

Thakur et al., "BEIR" (2021): rankers trained on web search lose to BM25 on some domains, Touche-2020 above all.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from reranklab.data.collection import Collection
from reranklab.errors import InputError
from reranklab.evaluate.candidates import DEFAULT_RULE, parse_candidates
from reranklab.evaluate.confidence import Interval
from reranklab.evaluate.differences import DEFAULT_MARGIN, LEVEL, Difference, check_margin, compare_all, decided
from reranklab.evaluate.experiment import RankerResult, TimingSummary
from reranklab.evaluate.metrics import Qrels, parse_measure
from reranklab.evaluate.power import smallest_p
from reranklab.evaluate.separation import ScoredPairs, auc_within, pooled_auc, scored_pairs
from reranklab.evaluate.task_set import TaskSet, prepare_tasks
from reranklab.evaluate.text_profile import TextProfile, text_profile, word_counts
from reranklab.evaluate.thresholds import Criterion, Threshold, Transfer, best_threshold, transfer
from reranklab.progress import CancelSignal, Progress, Step
from reranklab.rankers.family import Capability, RankerSpec

if TYPE_CHECKING:
    from reranklab.services.endpoint import Endpoint
    from reranklab.store.store import Store

DEFAULT_MEASURE = "nDCG@10"

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class RankerThere:
    """One ranker on one collection. `values` is query id to the measure's value. `within` is the mean AUC inside of each query,
    `pooled` that over all queries with one scale, where scores of different lists compare. `difference` is from the baseline;
    None for the baseline itself."""

    ranker: str
    mean: Interval
    values: Mapping[str, float]
    difference: Difference | None
    pairs: ScoredPairs
    pooled: Interval | None
    within: Interval | None
    threshold: Threshold | None
    texts: TextProfile
    timing: TimingSummary | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionDrift:
    """One collection: `rankers` are those that ranked it, in the order asked. `name` is like no other of the table. `texts` is
    query id to its text, and `run` the number of the run in the store, where there is one."""

    name: str
    split: str
    queries: int
    rankers: tuple[RankerThere, ...]
    notes: tuple[str, ...] = ()
    stored: int = 0
    texts: Mapping[str, str] = field(default_factory=dict)
    run: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftTable:
    """Rankers by collections. p values are corrected over all cells."""

    measure: str
    baseline: str
    margin: float
    criterion: Criterion
    candidates: str
    rankers: tuple[str, ...]
    collections: tuple[CollectionDrift, ...]
    transfers: tuple[Transfer, ...]

    def there(self, collection: str, ranker: str) -> RankerThere | None:
        """A cell, or None where that ranker did not rank that collection."""
        found = (each for part in self.collections if part.name == collection for each in part.rankers)
        return next((each for each in found if each.ranker == ranker), None)

    @property
    def differences(self) -> tuple[tuple[str, Difference], ...]:
        """Every cell with its collection's name."""
        return tuple(
            (part.name, each.difference) for part in self.collections for each in part.rankers if each.difference is not None
        )


def measure_drift(
    datasets: Sequence[str | Path | Collection],
    specs: Sequence[RankerSpec],
    *,
    measure: str = DEFAULT_MEASURE,
    baseline: str | None = None,
    margin: float = DEFAULT_MARGIN,
    criterion: Criterion = "F1",
    candidates: str = DEFAULT_RULE,
    queries: int | None = None,
    seed: int = 0,
    leave_out: Callable[[Collection], frozenset[str]] | None = None,
    device: str = "cpu",
    endpoints: Sequence[Endpoint] = (),
    store: Store | None = None,
    fresh: bool = False,
    warn: Callable[[str], None] = _logger.warning,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> DriftTable:
    """Each ranker over each collection, one collection after the other; what the `store` holds is not computed again.

    Without a `baseline` it is the first ranker that uses term statistics, as BM25 does. `queries` is the size of a seeded
    sample of each collection, None takes all, and those that `leave_out` names are not evaluated. Documents without a
    judgement count as not relevant. A ranker that fails on a collection has no cell there, and a note. Raises InputError for
    settings that do not work, a collection twice and a baseline that ranked nothing, and as `load_dataset` does.
    """
    check_margin(margin)
    parse_measure(measure)
    parse_candidates(candidates)
    rankers = tuple(spec.id for spec in specs)
    baseline = baseline or default_baseline(specs)
    if baseline not in rankers:
        raise InputError(f"The baseline {baseline} is not among the rankers. Add it, or choose another.")
    if len(rankers) < 2:
        raise InputError(f"{baseline} alone has nothing to differ from. Add another ranker.")
    names = [str(each) for each in datasets if not isinstance(each, Collection)]
    if len(set(names)) < len(names):
        raise InputError("A collection is named twice. Name each once.")
    parts: list[CollectionDrift] = []
    for number, dataset in enumerate(datasets, start=1):
        told = _of(progress, f"collection {number} of {len(datasets)}")
        tasks = prepare_tasks(
            dataset, candidates=candidates, queries=queries, seed=seed, device=device, cancel=cancel, progress=told
        )
        if leave_out is not None:
            tasks = tasks.without(leave_out(tasks.collection))
        runs: list[int] = []
        results = tasks.evaluate(
            specs,
            measures=[measure],
            device=device,
            endpoints=endpoints,
            store=store,
            fresh=fresh,
            warn=warn,
            begun=runs.append,
            cancel=cancel,
            progress=told,
        )
        name = _unlike(tasks.collection.name, [part.name for part in parts])
        part = _collection(name, tasks, results, measure=measure, baseline=baseline, margin=margin, criterion=criterion)
        parts.append(replace(part, run=next(iter(runs), None)))
    parts = _corrected(parts)
    return DriftTable(
        measure=measure,
        baseline=baseline,
        margin=margin,
        criterion=criterion,
        candidates=candidates,
        rankers=rankers,
        collections=tuple(parts),
        transfers=tuple(_transfers(parts, rankers)),
    )


def default_baseline(specs: Sequence[RankerSpec]) -> str:
    """The first that uses term statistics. Raises InputError where none does."""
    for spec in specs:
        if spec.can(Capability.STATISTICS):
            return spec.id
    raise InputError("No ranker counts words, as BM25 does, so there is no baseline. Add one, or name a baseline.")


def _of(progress: Progress | None, which: str) -> Progress | None:
    if progress is None:
        return None
    return lambda step: progress(Step(done=step.done, total=step.total, unit=step.unit, label=f"{which}, {step.label}"))


def _unlike(name: str, others: Sequence[str]) -> str:
    """The name, numbered where another collection has it."""
    number = sum(other == name or other.startswith(f"{name} (") for other in others)
    return f"{name} ({number + 1})" if number else name


def _collection(
    name: str,
    tasks: TaskSet,
    results: Sequence[RankerResult],
    *,
    measure: str,
    baseline: str,
    margin: float,
    criterion: Criterion,
) -> CollectionDrift:
    values = {
        result.ranker: {query: scored[measure] for query, scored in result.per_query.items()}
        for result in results
        if result.rankings
    }
    if baseline not in values:
        reason = next((error.message for result in results if result.ranker == baseline for error in result.errors), "")
        raise InputError(
            f"The baseline {baseline} ranked no query of {name}, so nothing can be compared with it. {reason}".strip()
        )
    pairs = {pair.first: pair for pair in compare_all(values, measure=measure, margin=margin, baseline=baseline)}
    words = word_counts({document.id: document for task in tasks.tasks for document in task.documents})
    return CollectionDrift(
        name=name,
        split=tasks.collection.split,
        queries=len(tasks.tasks),
        rankers=tuple(
            _there(
                result,
                pairs.get(result.ranker),
                tasks.collection.qrels,
                words,
                values[result.ranker],
                measure=measure,
                criterion=criterion,
            )
            for result in results
            if result.ranker in values
        ),
        notes=(*tasks.notes, *_remarks(results)),
        stored=sum(result.stored for result in results),
        texts={task.query.id: task.query.text for task in tasks.tasks},
    )


def _there(
    result: RankerResult,
    difference: Difference | None,
    qrels: Qrels,
    words: Mapping[str, int],
    values: Mapping[str, float],
    *,
    measure: str,
    criterion: Criterion,
) -> RankerThere:
    pairs = scored_pairs(result.rankings, qrels)
    return RankerThere(
        ranker=result.ranker,
        mean=result.intervals[measure],
        values=values,
        difference=difference,
        pairs=pairs,
        pooled=None if pairs.scale.within_list else pooled_auc(pairs),
        within=auc_within(pairs),
        threshold=best_threshold(pairs, criterion),
        texts=text_profile(result.rankings, words),
        timing=result.timing,
    )


def _remarks(results: Sequence[RankerResult]) -> Iterator[str]:
    for result in results:
        if not result.complete and result.errors:
            yield f"{result.ranker} ranked {result.queries:,} of {result.asked:,} queries: {result.errors[0].message}"


def _corrected(parts: Sequence[CollectionDrift]) -> list[CollectionDrift]:
    """The same with verdicts from p values that are corrected over all cells, and a note where these can hardly be reached."""
    differences = [each.difference for part in parts for each in part.rankers if each.difference is not None]
    cells = iter(decided(differences))
    return [
        replace(
            part,
            rankers=tuple(each if each.difference is None else replace(each, difference=next(cells)) for each in part.rankers),
            notes=(*part.notes, *_too_few(part.queries, len(differences))),
        )
        for part in parts
    ]


def _too_few(queries: int, cells: int) -> Iterator[str]:
    least = smallest_p(queries)
    if least * cells >= 1 - LEVEL:
        yield (
            f"{queries:,} queries can hardly decide anything among {cells} cells: their smallest p is {least:.2g} before the "
            "correction. Give more queries, or compare fewer collections and rankers."
        )


def _transfers(parts: Sequence[CollectionDrift], rankers: Sequence[str]) -> Iterator[Transfer]:
    """Each collection's threshold on each other collection."""
    for ranker in rankers:
        there = {part.name: each for part in parts for each in part.rankers if each.ranker == ranker}
        for source, fitted in there.items():
            for target, used in there.items():
                if source != target and fitted.threshold is not None:
                    carried = transfer(used.pairs, fitted.threshold, ranker=ranker, source=source, target=target)
                    if carried is not None:
                        yield carried
