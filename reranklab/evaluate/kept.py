"""An evaluation that survives: each ranking is in the store as soon as it is there, and is found again by the next request."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from reranklab.engine.identity import maker, result_key
from reranklab.engine.request import RunSettings
from reranklab.engine.timing import as_cached
from reranklab.errors import StorageError
from reranklab.evaluate.experiment import QueryError, RankerResult, RankingTask
from reranklab.evaluate.metrics import Qrels
from reranklab.models.device import Device
from reranklab.rankers.family import Ranker
from reranklab.store.codec import digest
from reranklab.store.runs import RunQuery
from reranklab.store.store import Store
from reranklab.types import Ranking

_logger = logging.getLogger(__name__)


class RunKeeper:
    """A run of the store, and its rankings by exact input. `fresh` computes anew and replaces what is stored.

    `context` names the collection whose statistics count, and `places` the device of each ranker by its id, where that is not
    this machine's of the settings. A stored ranking that is damaged counts as absent. What cannot be kept is shown all the
    same: `warn` is told why, once, and the run stays unfinished in the store.
    """

    def __init__(
        self,
        store: Store,
        settings: RunSettings,
        *,
        asked: Mapping[str, Any],
        tasks: Sequence[RankingTask],
        qrels: Qrels,
        imported: Sequence[RankerResult] = (),
        context: str = "",
        places: Mapping[str, Device] | None = None,
        fresh: bool = False,
        warn: Callable[[str], None] = _logger.warning,
    ) -> None:
        self._store = store
        self._warn = warn
        self._refused = False
        self._settings = settings
        self._context = context
        self._devices = places or {}
        self._fresh = fresh
        self._positions = {task.query.id: position for position, task in enumerate(tasks)}
        self._makers: dict[str, str] = {}
        self._keys: dict[tuple[str, str], str] = {}
        judged = {query: dict(qrels.get(query, {})) for query in self._positions}
        self.number: int | None = None
        with self._keeping():
            rankers = (*settings.ranker_ids, *(result.ranker for result in imported))
            self.number = store.runs.begin(asked, rankers, judged)
            for task in tasks:
                if not task.documents:
                    for ranker in settings.ranker_ids:
                        self._record(ranker, task.query.id)
            for result in imported:
                self._import(result)

    def find(self, ranker: Ranker, task: RankingTask) -> Ranking | None:
        key = self._key(ranker, task)
        if self._fresh:
            return None
        try:
            ranking = self._store.results.get(key)
        except StorageError:
            return None
        if ranking is None:
            return None
        with self._keeping():
            self._record(ranker.id, task.query.id, key=key)
        return as_cached(ranking)

    def keep(self, ranker: Ranker, task: RankingTask, ranking: Ranking) -> None:
        key = self._key(ranker, task)
        with self._keeping():
            self._store.results.put(key, ranking)
            self._record(ranker.id, task.query.id, key=key)

    def fail(self, ranker: Ranker, error: QueryError) -> None:
        with self._keeping():
            if error.query is not None:
                self._record(ranker.id, error.query, error=error.message)
            elif self.number is not None:
                self._store.runs.fail(self.number, ranker.id, error.message)

    def end(self) -> None:
        """Say that every ranker was over every query, where all of it was kept."""
        with self._keeping():
            if self.number is not None and not self._refused:
                self._store.runs.end(self.number)

    def _import(self, result: RankerResult) -> None:
        """Another system's rankings, under keys of what they hold."""
        for ranking in result.rankings:
            content = [(item.id, item.score) for item in ranking.items]
            key = digest(json.dumps([result.ranker, ranking.query.id, ranking.query.text, content]))
            self._store.results.put(key, ranking)
            self._record(result.ranker, ranking.query.id, key=key)
        for query in result.without_candidates:
            self._record(result.ranker, query)

    @contextmanager
    def _keeping(self) -> Iterator[None]:
        try:
            yield
        except StorageError as error:
            if not self._refused:
                self._warn(f"{error} Results are shown and not all kept.")
            self._refused = True

    def _key(self, ranker: Ranker, task: RankingTask) -> str:
        """Made once for a ranker and a query: it takes all of the candidates' text."""
        pair = (ranker.id, task.query.id)
        if pair not in self._keys:
            device = self._devices.get(ranker.id)
            if ranker.id not in self._makers:
                self._makers[ranker.id] = maker(ranker.spec, self._settings, context=self._context, device=device)
            self._keys[pair] = result_key(
                task.query,
                task.documents,
                ranker.spec,
                self._settings,
                made_by=self._makers[ranker.id],
                device=device,
            )
        return self._keys[pair]

    def _record(self, ranker: str, query: str, *, key: str | None = None, error: str | None = None) -> None:
        if self.number is not None:
            answer = RunQuery(ranker=ranker, query_id=query, key=key, error=error)
            self._store.runs.record(self.number, self._positions[query], answer)
