"""Maximal marginal relevance: relevant documents that do not repeat each other.

Carbonell and Goldstein 1998, "The use of MMR, diversity-based reranking for reordering documents and producing summaries".
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from reranklab.data.words import tokenise
from reranklab.models.clock import RunClock
from reranklab.models.device import cpu
from reranklab.progress import CancelSignal, Progress, check_cancel
from reranklab.rankers.base import SpecRanker, check_input
from reranklab.rankers.composed.whole import (
    composed_capabilities,
    composed_cost,
    composed_provenance,
    composed_timing,
    composed_warnings,
    describe_stages,
    estimate_stages,
    exact_stages,
    other_stages,
)
from reranklab.rankers.family import BuildContext, Capability, Family, Option, RankerSpec
from reranklab.types import RANK_ONLY, Document, Query, RankedDocument, Ranking, Stage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


class MmrRanker(SpecRanker):
    """Takes documents one by one: the next has the highest lambda * relevance - (1 - lambda) * similarity to its most similar
    document above it.

    Relevance is the inside ranker's score, from 0 for the list's lowest to 1 for its highest, or where that gives an order
    alone (n - rank) / (n - 1). Similarity is the cosine of tf-idf vectors of the documents' words, the idf of this list. Ties
    keep the inside ranker's order. What comes out is an order and no score.
    """

    def __init__(self, spec: RankerSpec, context: BuildContext) -> None:
        self.spec = spec
        (inside,) = spec.stages
        self._inside = context.build(inside)
        self._lambda = spec.number("lambda", low=0, high=1)

    def load(self, *, cancel: CancelSignal | None = None, progress: Progress | None = None) -> None:
        self._inside.load(cancel=cancel, progress=progress)

    def rank(
        self,
        query: Query,
        documents: Sequence[Document],
        *,
        cancel: CancelSignal | None = None,
        progress: Progress | None = None,
    ) -> Ranking:
        check_input(query, documents)
        inner = self._inside.rank(query, documents, cancel=cancel, progress=progress)
        clock = RunClock(cpu(), cancel=cancel)
        with clock.stage("postprocess"):
            items = self._diversified(inner, documents, cancel=cancel)
        return Ranking(
            ranker=self.id,
            query=query,
            items=items,
            scale=RANK_ONLY,
            timing=composed_timing([inner], documents=len(documents), own=clock.elapsed()),
            provenance=composed_provenance(self.spec, [inner], {"lambda": self._lambda}),
            warnings=composed_warnings([inner]),
            matched=0 if inner.matched == 0 else None,
            stages=(Stage.of(inner),),
        )

    def _diversified(
        self, inner: Ranking, documents: Sequence[Document], *, cancel: CancelSignal | None
    ) -> tuple[RankedDocument, ...]:
        import numpy as np

        if inner.matched == 0:  # nothing was found: the order stays the input's
            return tuple(replace(item, score=1 / item.rank) for item in inner.items)
        relevance = _relevance(inner)
        similar = similarities([documents[item.candidate].content for item in inner.items], cancel=cancel)
        nearest, left = np.zeros(len(inner.items)), np.ones(len(inner.items), dtype=bool)
        chosen: list[RankedDocument] = []
        for rank in range(1, len(inner.items) + 1):
            check_cancel(cancel)
            value = np.where(left, self._lambda * relevance - (1 - self._lambda) * nearest, -np.inf)
            place = int(np.argmax(value))  # the first of equals, which the inside ranker had first
            left[place] = False
            chosen.append(replace(inner.items[place], rank=rank, score=1 / rank))
            nearest = np.maximum(nearest, similar[place])
        return tuple(chosen)


def similarities(texts: Sequence[str], *, cancel: CancelSignal | None = None) -> Floats:
    """Cosines of tf-idf vectors, of shape (texts, texts): term frequency times ln(1 + n / document frequency). A text without
    words is like no other."""
    import numpy as np
    from scipy.sparse import csr_array

    counts = []
    for text in texts:
        check_cancel(cancel)
        counts.append(Counter(tokenise(text, analyser="english")))
    frequency = Counter(term for each in counts for term in each)
    columns = {term: column for column, term in enumerate(frequency)}
    rows, places, values = [], [], []
    for row, each in enumerate(counts):
        for term, count in each.items():
            rows.append(row)
            places.append(columns[term])
            values.append(count * math.log1p(len(texts) / frequency[term]))
    table = csr_array((values, (rows, places)), shape=(len(texts), max(len(columns), 1)))
    norms = np.sqrt(table.multiply(table).sum(axis=1))
    scale = np.divide(1.0, norms, out=np.zeros(len(texts)), where=norms > 0)
    cosines: Floats = (table @ table.T).toarray() * scale[:, None] * scale[None, :]
    return cosines


def _relevance(inner: Ranking) -> Floats:
    """In the order of the items."""
    import numpy as np

    if inner.scale == RANK_ONLY:
        return np.linspace(1.0, 0.0, len(inner.items))
    scores = np.array([item.score for item in inner.items])
    span = scores.max() - scores.min()
    relevance: Floats = (scores - scores.min()) / span if span else np.zeros(len(scores))
    return relevance


FAMILY = Family(
    id="mmr",
    title="Diversified",
    summary="Another ranker's order, in which a document that repeats those above it goes down.",
    colour="#A14A76",
    capabilities=lambda spec: composed_capabilities(spec) - {Capability.CHEAP},
    build=MmrRanker,
    scales=(RANK_ONLY,),
    options=(
        Option(name="lambda", default="0.7", help="1 is the order of the ranker inside, 0 looks at repetition alone. 0 to 1."),
    ),
    stages=1,
    default_stages=("cross-encoder",),
    cost=composed_cost,
    describe=describe_stages,
    exact=exact_stages,
    settings=other_stages,
    estimate=estimate_stages,
)
