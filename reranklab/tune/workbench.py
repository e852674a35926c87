"""A bench of real rankers: quality from scores that are computed once, times from the configuration's own runs.

A pointwise ranker gives a document the same score at every depth and in every cascade, so a search over depths costs what the
deepest one costs. The time of a configuration is never put together from such scores: `measured` ranks the query's candidates
with the ranker of its id, from the first stage to the last.
"""

from __future__ import annotations

from collections.abc import Sequence

from reranklab.evaluate.metrics import score_lists, score_ranking
from reranklab.evaluate.task_set import TaskSet
from reranklab.progress import CancelSignal
from reranklab.rankers.family import RankerSpec
from reranklab.tune.bench import Measured
from reranklab.tune.scored import Order, ScoredLists
from reranklab.tune.space import is_cascade
from reranklab.types import Document


class Workbench:
    """Implements Bench for the `specs` over a set's tasks. A query without candidates has the value 0 and takes nothing."""

    def __init__(self, task_set: TaskSet, lists: ScoredLists, specs: Sequence[RankerSpec], *, measure: str) -> None:
        self._qrels = task_set.collection.qrels
        self._lists, self._measure = lists, measure
        self._specs = {spec.id: spec for spec in specs}
        self._values: dict[tuple[str, int], float] = {}
        self._measured: dict[tuple[str, int], Measured] = {}

    def quality(self, configuration: str, query: int, *, cancel: CancelSignal | None = None) -> float:
        key = (configuration, query)
        if key not in self._values:
            documents = self._lists.tasks[query].documents
            order = (
                self._order(self._specs[configuration], query, range(len(documents)), cancel=cancel)
                if documents
                else Order(positions=(), matched=0)
            )
            self._values[key] = self._value(query, order)
        return self._values[key]

    def estimate(self, configuration: str, query: int) -> float:
        return self._estimate(self._specs[configuration], self._lists.tasks[query].documents)

    def measured(self, configuration: str, query: int, *, cancel: CancelSignal | None = None) -> Measured:
        key = (configuration, query)
        if key not in self._measured:
            task = self._lists.tasks[query]
            if not task.documents:
                return Measured(value=0.0, ms=0.0)
            ranking = self._lists.measure(self._specs[configuration], query, task.documents, cancel=cancel)
            value = score_ranking(ranking, self._qrels[task.query.id], (self._measure,))[self._measure]
            self._measured[key] = Measured(value=value, ms=ranking.timing.p50())
        return self._measured[key]

    def _order(self, spec: RankerSpec, query: int, positions: Sequence[int], *, cancel: CancelSignal | None) -> Order:
        """As the ranker would order them."""
        if not is_cascade(spec):
            return self._lists.order(spec, query, positions, cancel=cancel)
        first, second = spec.stages
        before = self._order(first, query, positions, cancel=cancel)
        kept = before.positions[: _keep(spec)]
        after = self._order(second, query, kept, cancel=cancel)
        return Order(
            positions=(*after.positions, *before.positions[len(kept) :]),
            matched=0 if before.matched == 0 and after.matched == 0 else None,
        )

    def _estimate(self, spec: RankerSpec, documents: Sequence[Document]) -> float:
        """The second stage's documents are not known before the first has run: as many of the candidates stand for them."""
        if not is_cascade(spec):
            return self._lists.cost(spec).ms(documents)
        first, second = spec.stages
        return self._estimate(first, documents) + self._estimate(second, documents[: _keep(spec)])

    def _value(self, query: int, order: Order) -> float:
        task = self._lists.tasks[query]
        ids = [task.documents[position].id for position in order.positions]
        nothing = (task.query.id,) if order.matched == 0 else ()
        scored = score_lists({task.query.id: ids}, self._qrels, (self._measure,), matched_nothing=nothing)
        return scored[task.query.id][self._measure]


def _keep(spec: RankerSpec) -> int:
    return spec.integer("keep", low=1, high=1_000_000)
