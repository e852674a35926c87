"""Rankings of parts of a query's candidates, computed once: a document's score serves every depth and cascade that needs it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from reranklab.data.blank import is_blank
from reranklab.data.statistics import SEARCH_ANALYSER
from reranklab.engine.boundary import contained
from reranklab.engine.build import build_ranker
from reranklab.engine.identity import maker, result_key
from reranklab.engine.measure import measure
from reranklab.engine.request import RunSettings
from reranklab.errors import Cancelled, RerankLabError, StorageError
from reranklab.evaluate.task_set import TaskSet
from reranklab.progress import CancelSignal
from reranklab.rankers.family import Capability, Ranker, RankerSpec
from reranklab.services.endpoint import Endpoint
from reranklab.store.store import Store
from reranklab.tune.bench import UnusableError
from reranklab.tune.cost import RankerCost
from reranklab.types import Document, Ranking


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Positions in a query's candidates, best first. `matched` as in Ranking."""

    positions: tuple[int, ...]
    matched: int | None = None


@dataclass(slots=True)
class _Scores:
    """A query's documents that a ranker has scored, by position."""

    scores: dict[int, float] = field(default_factory=dict)
    matched: dict[int, int | None] = field(default_factory=dict)


class ScoredLists:
    """The rankers of one task set on one device. A pointwise ranker reads each document once; any other one ranks each list
    anew, since its order depends on the whole list. What `store` holds is not computed again."""

    def __init__(
        self,
        task_set: TaskSet,
        *,
        device: str,
        endpoints: Sequence[Endpoint] = (),
        store: Store | None = None,
        warn: Callable[[str], None],
    ) -> None:
        self.tasks = task_set.tasks
        self.truncated: dict[str, list[bool]] = {}
        self._statistics = task_set.statistics
        self._device, self._endpoints, self._store, self._warn = device, endpoints, store, warn
        self._rankers: dict[str, Ranker | str] = {}
        self._warm: set[str] = set()
        self._scores: dict[tuple[str, int], _Scores] = {}
        self._orders: dict[tuple[str, int, tuple[int, ...]], Order] = {}
        self._costs: dict[str, RankerCost] = {}
        self._makers: dict[str, str] = {}
        self._refused = False

    def cost(self, spec: RankerSpec) -> RankerCost:
        return self._costs.setdefault(spec.id, RankerCost())

    def ranker(self, spec: RankerSpec) -> Ranker:
        """Raises UnusableError where it cannot be built."""
        if spec.id not in self._rankers:
            try:
                with contained(spec.id):
                    built: Ranker | str = build_ranker(
                        spec, device=self._device, statistics=self._statistics, endpoints=self._endpoints
                    )
            except RerankLabError as error:
                built = str(error)
            self._rankers[spec.id] = built
        found = self._rankers[spec.id]
        if isinstance(found, str):
            raise UnusableError(found)
        return found

    def measure(
        self,
        spec: RankerSpec,
        query: int,
        documents: Sequence[Document],
        *,
        repeats: int = 1,
        cancel: CancelSignal | None,
    ) -> Ranking:
        """A measured ranking, after a warm-up where it is the ranker's first. Raises UnusableError where it fails."""
        ranker = self.ranker(spec)
        try:
            with contained(spec.id):
                ranking = measure(
                    ranker,
                    self.tasks[query].query,
                    documents,
                    repeats=repeats,
                    warm_up=spec.id not in self._warm,
                    cancel=cancel,
                )
        except Cancelled:
            raise
        except RerankLabError as error:
            raise UnusableError(str(error)) from error
        self._warm.add(spec.id)
        return ranking

    def order(self, spec: RankerSpec, query: int, positions: Sequence[int], *, cancel: CancelSignal | None = None) -> Order:
        """These candidates in the ranker's order; ties in the order given. Blank ones alone stay as they are."""
        documents = self.tasks[query].documents
        if all(is_blank(documents[position].content) for position in positions):
            return Order(positions=tuple(positions), matched=0)
        if not self._is_pointwise(spec):
            key = (spec.id, query, tuple(positions))
            if key not in self._orders:
                ranking = self._ranked(spec, query, positions, cancel=cancel)
                placed = tuple(positions[item.candidate] for item in ranking.items)
                self._orders[key] = Order(positions=placed, matched=ranking.matched)
            return self._orders[key]
        known = self._scores.setdefault((spec.id, query), _Scores())
        missing = [position for position in positions if position not in known.scores]
        if missing and all(is_blank(documents[position].content) for position in missing):
            missing = list(positions)  # blank documents alone would be refused
        if missing:
            ranking = self._ranked(spec, query, missing, cancel=cancel)
            for item in ranking.items:
                position = missing[item.candidate]
                known.scores[position] = item.score
                known.matched[position] = None if ranking.matched is None else int(item.rank <= ranking.matched)
        ordered = sorted(positions, key=lambda position: -known.scores[position])
        matches = [known.matched[position] for position in positions]
        matched = None if None in matches else sum(each or 0 for each in matches)
        return Order(positions=tuple(ordered), matched=matched)

    def _is_pointwise(self, spec: RankerSpec) -> bool:
        """One with term statistics is where they are the collection's."""
        return spec.can(Capability.POINTWISE) or (spec.can(Capability.STATISTICS) and self._statistics is not None)

    def _ranked(self, spec: RankerSpec, query: int, positions: Sequence[int], *, cancel: CancelSignal | None) -> Ranking:
        """Times from the store are those of then, and tell nothing of now."""
        documents = [self.tasks[query].documents[position] for position in positions]
        key = self._key(spec, query, documents)
        if key:
            stored = self._stored(key)
            if stored is not None:
                self._note(spec, stored)
                return stored
        ranking = self.measure(spec, query, documents, cancel=cancel)
        self.cost(spec).add(documents, ranking.timing.p50())
        self._note(spec, ranking)
        if key and self._store is not None and not self._refused:
            try:
                self._store.results.put(key, ranking)
            except StorageError as error:
                self._refused = True
                self._warn(f"{error} The search goes on, and its scores are not kept.")
        return ranking

    def _note(self, spec: RankerSpec, ranking: Ranking) -> None:
        self.truncated.setdefault(spec.id, []).extend(item.truncated for item in ranking.items)

    def _stored(self, key: str) -> Ranking | None:
        try:
            return self._store.results.get(key) if self._store is not None else None
        except StorageError:
            return None

    def _key(self, spec: RankerSpec, query: int, documents: Sequence[Document]) -> str:
        """ "" without a store."""
        if self._store is None:
            return ""
        settings = RunSettings(specs=(spec,), device=self._device, endpoints=self._endpoints)
        if spec.id not in self._makers:
            context = self._statistics.index(SEARCH_ANALYSER).key if self._statistics is not None else ""
            self._makers[spec.id] = maker(spec, settings, context=context)
        return result_key(self.tasks[query].query, documents, spec, settings, made_by=self._makers[spec.id])
