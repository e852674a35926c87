"""Searching a whole collection by sparse vectors: one sparse product a query."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from reranklab.errors import InputError
from reranklab.progress import CancelSignal, check_cancel
from reranklab.rankers.vectors.sparse_vectors import products, unpack

if TYPE_CHECKING:
    from scipy.sparse import csc_array

    from reranklab.rankers.vectors.apart import Packed


def term_matrix(documents: Sequence[Packed]) -> csc_array:
    """The vectors of texts as (texts, terms), float32, held term by term: what a query looks at is a few columns."""
    from scipy.sparse import csr_array

    rows = [unpack(document) for document in documents]
    starts = np.cumsum([0, *(len(terms) for terms, _ in rows)])
    terms = np.concatenate([terms for terms, _ in rows])
    weights = np.concatenate([weights for _, weights in rows])
    width = int(terms.max()) + 1 if len(terms) else 1
    return csr_array((weights, terms, starts), shape=(len(rows), width)).tocsc()


@dataclass(frozen=True, slots=True, kw_only=True)
class SparseSearch:
    """Exact search: every document that shares a term with the query is scored, as the ranker scores it.

    `matrix` is of the distinct texts (texts, terms); `texts` says for each document which of them is its own.
    """

    ids: tuple[str, ...]
    texts: NDArray[np.int64]
    matrix: csc_array
    read: Callable[[str], Packed]
    made: Mapping[str, Any]
    notes: tuple[str, ...] = ()

    def search(self, query_text: str, *, k: int, cancel: CancelSignal | None = None) -> tuple[tuple[str, float], ...]:
        """See Search.search: fewer than `k` where fewer documents share a term with the query."""
        if k < 1:
            raise InputError(f"A search depth of {k} returns nothing. Give 1 or more.")
        check_cancel(cancel)
        terms, weights = unpack(self.read(query_text))
        known = terms < self.matrix.shape[1]
        columns = self.matrix[:, terms[known]]
        columns.data = products(np.repeat(weights[known], np.diff(columns.indptr)), columns.data)
        scores = np.asarray(columns.sum(axis=1)).ravel()[self.texts]
        k = min(k, scores.size)
        least = np.partition(scores, -k)[-k]
        found = np.flatnonzero((scores >= least) & (scores > 0))
        best = found[np.argsort(-scores[found], kind="stable")][:k]
        return tuple((self.ids[position], float(scores[position])) for position in best.tolist())
