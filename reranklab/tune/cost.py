"""What a ranker would take, from what it took: rough, so that a search can leave out what is far too slow."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from reranklab.types import Document

_PER_DOCUMENT = 100
"""Characters that a document costs besides its own: the query in its pair, and the work around it."""
_LEAST = 1e-3


def size_of(documents: Sequence[Document]) -> int:
    """What a ranker has to read, in characters."""
    return sum(_PER_DOCUMENT + len(document.content) for document in documents)


class RankerCost:
    """Time = a + b x size, non-negative, fitted to relative errors of measured lists."""

    def __init__(self) -> None:
        self._sizes: list[float] = []
        self._times: list[float] = []
        self._fitted: tuple[float, float] | None = None

    def add(self, documents: Sequence[Document], ms: float) -> None:
        """A measured list; only the first ones are kept, which came at sizes that were chosen to tell a from b."""
        if len(self._times) < 40:
            self._sizes.append(float(size_of(documents)))
            self._times.append(max(ms, _LEAST))
            self._fitted = None

    def ms(self, documents: Sequence[Document]) -> float:
        """0 before anything was measured."""
        if not self._times:
            return 0.0
        if self._fitted is None:
            self._fitted = self._fit()
        a, b = self._fitted
        return a + b * size_of(documents)

    def _fit(self) -> tuple[float, float]:
        from scipy.optimize import nnls

        times = np.array(self._times)
        table = np.stack([np.ones(len(times)), np.array(self._sizes)], axis=1) / times[:, None]
        scale = np.maximum(table.max(axis=0), 1e-300)
        (a, b), _ = nnls(table / scale, np.ones(len(times)))
        return float(a / scale[0]), float(b / scale[1])
