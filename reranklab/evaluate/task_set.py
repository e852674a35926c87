"""A judged collection made ready for evaluation: its queries, each with its candidates."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reranklab.data.beir import dataset_source, load_dataset
from reranklab.data.collection import Collection, sample_queries
from reranklab.data.content import collection_sha256
from reranklab.data.statistics import SEARCH_ANALYSER, CollectionStatistics
from reranklab.engine.boundary import contained
from reranklab.engine.build import build_ranker
from reranklab.engine.request import RunSettings
from reranklab.errors import InputError, RerankLabError
from reranklab.evaluate.candidates import DEFAULT_RULE, CandidateRule, parse_candidates, task_notes
from reranklab.evaluate.cluster import Cluster, Placement
from reranklab.evaluate.differences import Difference
from reranklab.evaluate.experiment import RankerResult, RankingTask, evaluate
from reranklab.evaluate.first_stage import ranking_tasks
from reranklab.evaluate.imported import check_tags, imported_result
from reranklab.evaluate.kept import RunKeeper
from reranklab.evaluate.metrics import DEFAULT_MEASURES
from reranklab.evaluate.record import to_json
from reranklab.models.device import Device
from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.family import Capabilities, Capability, Ranker, RankerSpec
from reranklab.types import Document, Query, Ranking

if TYPE_CHECKING:
    from reranklab.data.trec import TrecRun
    from reranklab.services.endpoint import Endpoint
    from reranklab.store.store import Store

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSet:
    """The queries of a collection that are evaluated, with the candidates that `rule` gives. `statistics` are the
    collection's, where the candidates are from all of it. `source` and `seed` make the set again: what `load_dataset` takes,
    empty for a collection that was at hand, and what the sample was drawn with. `first_stage` is what found the candidates, as
    plain values, with `search_notes` on it. `change` names what was done to the input; empty where nothing was."""

    collection: Collection
    rule: CandidateRule
    tasks: tuple[RankingTask, ...]
    statistics: CollectionStatistics | None = None
    source: str = ""
    seed: int = 0
    first_stage: Mapping[str, Any] = field(default_factory=dict)
    search_notes: tuple[str, ...] = ()
    change: str = ""

    @property
    def notes(self) -> tuple[str, ...]:
        """How the collection was read and its index kept, and what a reader of the means must know of the candidates."""
        kept = self.statistics.notes if self.statistics is not None else ()
        return (*self.collection.notes, *kept, *self.search_notes, *task_notes(self.collection, self.tasks, self.rule))

    @property
    def absent(self) -> Mapping[str, tuple[str, ...]]:
        """Query id to the judged documents that the corpus lacks, for the queries that have any."""
        ids = [task.query.id for task in self.tasks]
        return {query: missing for query in ids if (missing := self.collection.absent(query))}

    def without(self, queries: frozenset[str]) -> TaskSet:
        """The set without these queries, with a note of how many it lacks. Raises InputError where none is left."""
        kept = tuple(task for task in self.tasks if task.query.id not in queries)
        if len(kept) == len(self.tasks):
            return self
        if not kept:
            where = f"{self.collection.name} ({self.collection.split})"
            raise InputError(f"All queries of {where} are left out, so none is left to evaluate. Choose others.")
        lacking = f"{len(self.tasks) - len(kept):,} of {len(self.tasks):,} queries were left out."
        return replace(self, tasks=kept, search_notes=(*self.search_notes, lacking))

    def evaluate(
        self,
        specs: Sequence[RankerSpec],
        *,
        measures: Sequence[str] | None = DEFAULT_MEASURES,
        device: str = "cpu",
        repeats: int = 1,
        endpoints: Sequence[Endpoint] = (),
        imported: Sequence[TrecRun] = (),
        store: Store | None = None,
        fresh: bool = False,
        cluster: Cluster | None = None,
        warn: Callable[[str], None] = _logger.warning,
        begun: Callable[[int], None] | None = None,
        cancel: CancelSignal | None = None,
        progress: Progress | None = None,
    ) -> tuple[RankerResult, ...]:
        """Each ranker over all tasks, then each imported run; a ranker that cannot be built has a result that says why.

        With a `store` what it holds is not computed again, unless `fresh`, and what is new is kept; where that fails, `warn` is
        told. With a `cluster` its devices compute what they can, and `device` is their kind. `begun` hears the number of the
        run in the store. Raises as `experiment.evaluate` and `imported_result` do, and what is wrong with the first ranker
        where none can be built.
        """
        check_tags(imported)
        others = [imported_result(run, self.collection, self.tasks, measures=measures or ()) for run in imported]
        placement = Placement(cluster=cluster, device=device, with_statistics=self.statistics is not None)
        rankers: list[Ranker] = []
        for spec in specs:
            try:
                with contained(spec.id):
                    rankers.append(build_ranker(spec, device=placement.here, statistics=self.statistics, endpoints=endpoints))
            except RerankLabError as error:
                rankers.append(_Unbuilt(spec=spec, error=error))
        unbuilt = [ranker for ranker in rankers if isinstance(ranker, _Unbuilt)]
        if unbuilt and len(unbuilt) == len(rankers):
            raise unbuilt[0].error
        keeper = None
        if store is not None:
            settings = RunSettings(specs=tuple(specs), device=device, repeats=repeats, endpoints=endpoints)
            keeper = self._keeper(store, settings, others, places=placement.places(specs), fresh=fresh, warn=warn)
            if begun is not None and keeper.number is not None:
                begun(keeper.number)
        results = evaluate(
            rankers,
            self.tasks,
            self.collection.qrels,
            measures=measures,
            repeats=repeats,
            keeper=keeper,
            computer=placement.computer,
            cancel=cancel,
            progress=progress,
        )
        if keeper is not None:
            keeper.end()
        return (*results, *others)

    def settings(self, *, device: str, repeats: int) -> dict[str, Any]:
        """What was asked for, as plain values: what a run of the store and a manifest keep."""
        drawn = len(self.tasks) < len(self.collection.queries)
        return {
            "source": "" if self.change else self.source,  # a changed input is not to be had from it
            "dataset": self.collection.name,
            "split": self.collection.split,
            "candidates": str(self.rule),
            "queries": len(self.tasks),
            "sample": [task.query.id for task in self.tasks] if drawn else None,
            "seed": self.seed,
            "device": device,
            "repeats": repeats,
            "documents": len(self.collection.documents),
            "collection_sha256": collection_sha256(self.collection),
            **({"first_stage": dict(self.first_stage)} if self.first_stage else {}),
            **({"change": self.change} if self.change else {}),
        }

    def context(self, specs: Iterable[RankerSpec]) -> str:
        """What names the collection in a key, where one of the rankers counts over all of it."""
        counted = self.statistics if any(map(_uses_statistics, specs)) else None
        return "" if counted is None else counted.index(SEARCH_ANALYSER).key

    def _keeper(
        self,
        store: Store,
        settings: RunSettings,
        others: Sequence[RankerResult],
        *,
        places: Mapping[str, Device],
        fresh: bool,
        warn: Callable[[str], None],
    ) -> RunKeeper:
        return RunKeeper(
            store,
            settings,
            asked=self.settings(device=settings.device, repeats=settings.repeats),
            tasks=self.tasks,
            qrels=self.collection.qrels,
            imported=others,
            context=self.context(settings.specs),
            places=places,
            fresh=fresh,
            warn=warn,
        )

    def record(
        self,
        results: Sequence[RankerResult],
        *,
        notes: Sequence[str] = (),
        differences: Sequence[Difference] = (),
    ) -> dict[str, Any]:
        """The results as plain values for JSON; `notes` are added to the set's own."""
        return to_json(
            results,
            dataset=self.collection.name,
            split=self.collection.split,
            candidates=str(self.rule),
            notes=(*self.notes, *(note for result in results for note in result.notes), *notes),
            absent=self.absent,
            differences=differences,
        )


def _uses_statistics(spec: RankerSpec) -> bool:
    return spec.can(Capability.STATISTICS) or any(map(_uses_statistics, spec.stages))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Unbuilt:
    """Stands for a ranker that cannot be built: loading it says why."""

    spec: RankerSpec
    error: RerankLabError

    @property
    def id(self) -> str:
        return self.spec.id

    @property
    def capabilities(self) -> Capabilities:
        return frozenset()

    def load(self, *, cancel: CancelSignal | None = None, progress: Progress | None = None) -> None:
        raise self.error

    def rank(
        self,
        query: Query,
        documents: Sequence[Document],
        *,
        cancel: CancelSignal | None = None,
        progress: Progress | None = None,
    ) -> Ranking:
        raise self.error


def prepare_tasks(
    dataset: str | Path | Collection,
    *,
    split: str | None = None,
    candidates: str = DEFAULT_RULE,
    queries: int | None = None,
    seed: int = 0,
    device: str = "cpu",
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> TaskSet:
    """A dataset's judged queries, or a seeded sample of `queries` of them, with their candidates.

    `dataset` is what `load_dataset` takes, or a collection that is loaded; `candidates` is what `parse_candidates` takes, and a
    ranker that searches does so on `device`. Raises InputError for a rule or a number that does not work, and what
    `load_dataset` and `ranking_tasks` raise.
    """
    rule = parse_candidates(candidates)
    collection = (
        dataset if isinstance(dataset, Collection) else load_dataset(dataset, split=split, cancel=cancel, progress=progress)
    )
    chosen = sample_queries(collection, number=queries, seed=seed)
    first = ranking_tasks(collection, chosen, rule, device=device, cancel=cancel, progress=progress)
    return TaskSet(
        collection=collection,
        rule=replace(rule, run=str(Path(rule.run).expanduser().resolve())) if rule.run else rule,
        tasks=first.tasks,
        statistics=first.statistics,
        source="" if isinstance(dataset, Collection) else dataset_source(dataset),
        seed=seed,
        first_stage=first.made,
        search_notes=first.notes,
    )
