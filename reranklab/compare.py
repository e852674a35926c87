"""Several rankers on the same candidates, one after the other, so that no timing disturbs another.

The events of `compare` carry everything a screen needs to show results as they come.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from reranklab.engine.measure import measure
from reranklab.errors import Cancelled, RerankLabError
from reranklab.progress import CancelSignal, Step
from reranklab.rankers.base import Ranker, check_input
from reranklab.types import Document, Query, Ranking


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """The ranker begins: loading, warming up, ranking."""

    ranker: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Progressed:
    """The ranker is on its way."""

    ranker: str
    step: Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """The ranker is done. `ranking.timing.cached` marks a result measured earlier."""

    ranker: str
    ranking: Ranking


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """The ranker failed, or was stopped (`cancelled`); the others go on."""

    ranker: str
    error: RerankLabError
    cancelled: bool = False


Event = Started | Progressed | Finished | Failed


class ResultCache:
    """The latest rankings by exact input, ranker, device and repeats. Bounded, safe between threads."""

    def __init__(self, *, capacity: int = 64) -> None:
        self._capacity = capacity
        self._rankings: OrderedDict[str, Ranking] = OrderedDict()
        self._guard = threading.Lock()

    def get(self, key: str) -> Ranking | None:
        """The ranking marked as cached, or None."""
        with self._guard:
            ranking = self._rankings.get(key)
            if ranking is None:
                return None
            self._rankings.move_to_end(key)
        return replace(ranking, timing=replace(ranking.timing, cached=True))

    def put(self, key: str, ranking: Ranking) -> None:
        with self._guard:
            self._rankings[key] = ranking
            self._rankings.move_to_end(key)
            while len(self._rankings) > self._capacity:
                self._rankings.popitem(last=False)


def input_key(query: Query, documents: Sequence[Document], *, ranker: str, device: str, repeats: int, context: str = "") -> str:
    """The digest under which a ranking is cached.

    `context` names what else decides the result: a collection's statistics, an endpoint.
    """
    candidates = [(document.id, document.title, document.text) for document in documents]
    text = json.dumps([query.id, query.text, candidates, ranker, device, repeats, context])
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def compare(
    build: Callable[[str], Ranker],
    ranker_ids: Sequence[str],
    query: Query,
    documents: Sequence[Document],
    *,
    device: str = "cpu",
    repeats: int = 1,
    context: str = "",
    cache: ResultCache | None = None,
    cancel: CancelSignal | None = None,
    emit: Callable[[Event], None],
) -> None:
    """Rank with each of `ranker_ids` in turn and `emit` an event for whatever happens.

    `build` makes a ranker from its id, on the device named in `device`. A ranker's failure is an event; input that no
    ranker can use raises InputError before anything starts.
    """
    check_input(query, documents)
    for ranker_id in ranker_ids:
        if cancel is not None and cancel.is_set():
            emit(Failed(ranker=ranker_id, error=Cancelled("Stopped before it began."), cancelled=True))
            continue
        key = input_key(query, documents, ranker=ranker_id, device=device, repeats=repeats, context=context)
        known = cache.get(key) if cache is not None else None
        if known is not None:
            emit(Finished(ranker=ranker_id, ranking=known))
            continue
        emit(Started(ranker=ranker_id))
        try:
            ranking = measure(
                build(ranker_id),
                query,
                documents,
                repeats=repeats,
                cancel=cancel,
                progress=lambda step, ranker_id=ranker_id: emit(Progressed(ranker=ranker_id, step=step)),  # type: ignore[misc]
            )
        except RerankLabError as error:
            emit(Failed(ranker=ranker_id, error=error, cancelled=isinstance(error, Cancelled)))
            continue
        if cache is not None:
            cache.put(key, ranking)
        emit(Finished(ranker=ranker_id, ranking=ranking))


def finished(events: Sequence[Event]) -> Iterator[Ranking]:
    """The rankings among events, in order."""
    return (event.ranking for event in events if isinstance(event, Finished))
