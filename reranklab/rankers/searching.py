"""Searching a whole collection by a ranker itself: a first stage other than words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from reranklab.errors import InputError
from reranklab.progress import CancelSignal, Progress
from reranklab.types import Document

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]


class Search(Protocol):
    """An opened search over a collection. `notes` say what went wrong with its place on disk; `made` is how it was made, as
    plain values."""

    @property
    def notes(self) -> tuple[str, ...]: ...

    @property
    def made(self) -> Mapping[str, Any]: ...

    def search(self, query_text: str, *, k: int, cancel: CancelSignal | None = None) -> tuple[tuple[str, float], ...]:
        """The best `k` documents as (id, score), ties in the collection's order; fewer where fewer are found.

        Raises QueryTooLongError, and InputError where `k` is below 1.
        """
        ...


class Searches(Protocol):
    """Capability.SEARCHES."""

    def open_search(
        self, documents: Sequence[Document], *, cancel: CancelSignal | None = None, progress: Progress | None = None
    ) -> Search:
        """The search over `documents`, which may take long where they are not indexed yet. Raises what the ranker raises."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class VectorSearch:
    """Exact search by the inner product: every document's vector is compared.

    `vectors` are of the distinct texts (texts, dimensions), `texts` says for each document which of them is its own, so that
    documents of the same text have exactly the same score.
    """

    ids: tuple[str, ...]
    texts: NDArray[np.int64]
    vectors: Vectors
    embed: Callable[[str], Vectors]
    made: Mapping[str, Any]
    notes: tuple[str, ...] = ()

    def search(self, query_text: str, *, k: int, cancel: CancelSignal | None = None) -> tuple[tuple[str, float], ...]:
        if k < 1:
            raise InputError(f"A search depth of {k} returns nothing. Give 1 or more.")
        scores = (self.vectors @ self.embed(query_text))[self.texts]
        k = min(k, scores.size)
        least = np.partition(scores, -k)[-k]
        found = np.flatnonzero(scores >= least)
        best = found[np.argsort(-scores[found], kind="stable")][:k]
        return tuple((self.ids[position], float(scores[position])) for position in best.tolist())
