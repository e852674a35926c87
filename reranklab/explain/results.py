"""The answers that were computed, so that one analysis can build on another's without computing it again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any

_ABSENT = object()


class ResultStore:
    """The latest answers by key (see `analyse.result_key`). Bounded, safe between threads."""

    def __init__(self, *, capacity: int = 60) -> None:
        self._capacity = capacity
        self._results: OrderedDict[str, Any] = OrderedDict()
        self._guard = threading.Lock()

    def get(self, key: str, default: Any = None) -> Any:
        with self._guard:
            result = self._results.get(key, _ABSENT)
            if result is _ABSENT:
                return default
            self._results.move_to_end(key)
            return result

    def put(self, key: str, result: Any) -> None:
        with self._guard:
            self._results[key] = result
            self._results.move_to_end(key)
            while len(self._results) > self._capacity:
                self._results.popitem(last=False)
