"""Learned sparse rankers: query and document as weights of vocabulary terms, of words too that do not stand in the text
(SPLADE, arXiv 2107.05720)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from reranklab.data.spans import Span
from reranklab.export import provenance_record
from reranklab.models.device import device_lock
from reranklab.models.loaded import Kind, Learns, LoadedModel
from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.explainable import TermMatch, TermMatches
from reranklab.rankers.family import BuildContext, Capabilities, Capability, Family, Option, RankerSpec
from reranklab.rankers.provenance import model_provenance
from reranklab.rankers.reference import (
    BATCH_TOKENS,
    PRECISION_HELP,
    REMOTE_CODE,
    needs_models,
    one_at_a_time,
    other_precisions,
    refer,
)
from reranklab.rankers.traces import trace_text
from reranklab.rankers.vectors.apart import DOCUMENTS, Apart, ApartRanker, cost_apart
from reranklab.rankers.vectors.sparse_models import KIND, load_sparse
from reranklab.rankers.vectors.sparse_search import SparseSearch, term_matrix
from reranklab.rankers.vectors.sparse_vectors import SparseReader, products, unpack
from reranklab.types import TERM_WEIGHTS, Document, Query, Ranking


class SparseRanker(ApartRanker):
    """The inner product of two sparse vectors: a sum over the terms that both have."""

    def __init__(self, spec: RankerSpec, context: BuildContext) -> None:
        reader = SparseReader(batch_tokens=spec.integer("batch_tokens", low=1, high=1 << 20))
        super().__init__(Apart(spec=spec, reference=refer(spec, device=context.device), reader=reader, scale=TERM_WEIGHTS))

    def rank(
        self,
        query: Query,
        documents: Sequence[Document],
        *,
        cancel: CancelSignal | None = None,
        progress: Progress | None = None,
    ) -> Ranking:
        """See Ranker.rank."""
        ranking = super().rank(query, documents, cancel=cancel, progress=progress)
        matched = sum(item.score > 0 for item in ranking.items)
        nothing = "No document shares a term with the query. Every score is 0: the order is the input's."
        return replace(ranking, matched=matched, warnings=ranking.warnings + (() if matched else (nothing,)))

    def open_search(
        self, documents: Sequence[Document], *, cancel: CancelSignal | None = None, progress: Progress | None = None
    ) -> SparseSearch:
        """See Searches. Every document is read, or its vector read from disk, and held in memory: 8 bytes a term."""
        own, kept = self._apart.distinct(documents, cancel=cancel, progress=progress)
        model = self.reference.get(cancel=cancel, progress=progress)
        return SparseSearch(
            ids=tuple(document.id for document in documents),
            texts=own,
            matrix=term_matrix(kept.vectors),
            read=lambda text: self._apart.read_query(text).vectors,
            made={"search": "terms", **provenance_record(model_provenance(model, self.spec, parameters={}))},
            notes=kept.notes,
        )

    def term_matches(
        self,
        query: Query,
        document: Document,
        *,
        cancel: CancelSignal | None = None,
        progress: Progress | None = None,
    ) -> TermMatches:
        """See ExpandsTerms."""
        model, (query_text, text), read, vectors = self._apart.read_one(query, document, cancel=cancel, progress=progress)
        terms, weights = unpack(read.vectors)
        held, own = unpack(vectors)
        common, mine, theirs = np.intersect1d(terms, held, assume_unique=True, return_indices=True)
        added = products(weights[mine], own[theirs])
        with device_lock(model.device.id).hold(cancel):
            asked, _ = _places(model, query_text)
            standing, spans = _places(model, text)
            names = {term: _name(model, term) for term in {*terms.tolist(), *held.tolist()}}
        matches = [
            TermMatch(
                term=names[term],
                query_weight=float(weights[mine[number]]),
                document_weight=float(own[theirs[number]]),
                contribution=float(added[number]),
                in_query=term in asked,
                in_document=term in standing,
                spans=tuple(spans.get(term, ())),
            )
            for number, term in enumerate(common.tolist())
        ]
        missing = {int(term): float(weight) for term, weight in zip(terms, weights, strict=True) if term not in set(common)}
        return TermMatches(
            query=query_text,
            text=text,
            matches=tuple(sorted(matches, key=lambda match: -match.contribution)),
            missing=tuple((names[term], weight) for term, weight in sorted(missing.items(), key=lambda each: -each[1])),
            query_terms=len(terms),
            document_terms=len(held),
            score=float(added.sum()),
            scale=TERM_WEIGHTS,
        )


def _places(model: LoadedModel, text: str) -> tuple[set[int], dict[int, list[Span]]]:
    """The terms that stand in the text as far as it is read, and where. Hold the device's lock."""
    ids, tokens = trace_text(model, text)
    spans: dict[int, list[Span]] = {}
    for term, token in zip(ids, tokens, strict=True):
        if token.part == "document":
            spans.setdefault(term, []).append(token.span)
    return set(spans), spans


def _name(model: LoadedModel, term: int) -> str:
    """The term as it is written, without a tokenizer's mark for a space before it."""
    return str(model.tokenizer.decode([term])).strip() or str(model.tokenizer.convert_ids_to_tokens(term))


def _capabilities(spec: RankerSpec) -> Capabilities:
    return frozenset(
        {
            Capability.POINTWISE,
            Capability.ORDER_FREE,
            Capability.SEARCHES,
            Capability.TOKENIZER,
            Capability.TRUNCATES,
            Capability.EXPANSION,
        }
    )


FAMILY = Family(
    id="sparse",
    title="Learned sparse",
    summary="Gives each text weights over words, also words that it does not hold, and adds up what query and document share.",
    colour="#9A8F00",
    capabilities=_capabilities,
    build=SparseRanker,
    scales=(TERM_WEIGHTS,),
    options=(
        Option(name="precision", default="fp32", choices=("fp32", "fp16", "bf16"), help=PRECISION_HELP),
        DOCUMENTS,
        replace(
            BATCH_TOKENS,
            default="2048",
            help=f"{BATCH_TOKENS.help} Each token takes the memory of a whole vocabulary of numbers.",
        ),
        REMOTE_CODE,
    ),
    kinds={
        KIND: Kind(
            description="a learned sparse encoder: weights of vocabulary terms", load=load_sparse, learns=Learns.TERM_WEIGHTS
        )
    },
    default_model="embedded/splade-tiny",
    cost=cost_apart,
    needs=needs_models,
    exact=one_at_a_time,
    settings=other_precisions,
)
