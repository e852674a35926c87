"""Measured rankings by exact input, so that the same request is not measured twice."""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Sequence

from reranklab.engine.timing import as_cached
from reranklab.types import Document, Query, Ranking


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
        return as_cached(ranking)

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
