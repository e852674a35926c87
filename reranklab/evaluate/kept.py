"""An evaluation that survives: each ranking is in the store as soon as it is there, and is found again by the next request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reranklab.engine.identity import result_key
from reranklab.engine.request import Candidates, RunSettings
from reranklab.engine.timing import as_cached
from reranklab.errors import StorageError
from reranklab.evaluate.experiment import QueryError, RankingTask
from reranklab.evaluate.metrics import Qrels
from reranklab.rankers.family import Ranker
from reranklab.store.runs import RunQuery
from reranklab.store.store import Store
from reranklab.types import Ranking


class RunKeeper:
    """A run of the store, and its rankings by exact input. `fresh` computes anew and replaces what is stored.

    `context` names the collection whose statistics count. A stored ranking that is damaged counts as absent.
    """

    def __init__(
        self,
        store: Store,
        settings: RunSettings,
        *,
        asked: Mapping[str, Any],
        tasks: Sequence[RankingTask],
        qrels: Qrels,
        context: str = "",
        fresh: bool = False,
    ) -> None:
        self._store = store
        self._settings = settings
        self._context = context
        self._fresh = fresh
        self._positions = {task.query.id: position for position, task in enumerate(tasks)}
        self._kept: set[str] = set()
        judged = {query: dict(qrels[query]) for query in self._positions}
        self.number = store.runs.begin(asked, settings.ranker_ids, judged)
        for task in tasks:
            if not task.documents:
                for ranker in settings.ranker_ids:
                    self._record(ranker, task.query.id)

    def find(self, ranker: Ranker, task: RankingTask) -> Ranking | None:
        key = self._key(ranker, task)
        if self._fresh and key not in self._kept:
            return None
        try:
            ranking = self._store.results.get(key)
        except StorageError:
            return None
        if ranking is None:
            return None
        self._record(ranker.id, task.query.id, key=key)
        return as_cached(ranking)

    def keep(self, ranker: Ranker, task: RankingTask, ranking: Ranking) -> None:
        key = self._key(ranker, task)
        self._store.results.put(key, ranking)
        self._kept.add(key)
        self._record(ranker.id, task.query.id, key=key)

    def fail(self, ranker: Ranker, error: QueryError) -> None:
        if error.query is None:
            self._store.runs.fail(self.number, ranker.id, error.message)
        else:
            self._record(ranker.id, error.query, error=error.message)

    def end(self) -> None:
        """Say that every ranker was over every query."""
        self._store.runs.end(self.number)

    def _key(self, ranker: Ranker, task: RankingTask) -> str:
        candidates = Candidates(documents=tuple(task.documents), context=self._context)
        return result_key(task.query, candidates, ranker.spec, self._settings)

    def _record(self, ranker: str, query: str, *, key: str | None = None, error: str | None = None) -> None:
        answer = RunQuery(ranker=ranker, query_id=query, key=key, error=error)
        self._store.runs.record(self.number, self._positions[query], answer)
