"""Bi-encoders: query and documents embedded apart, compared by cosine."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from reranklab.errors import QueryTooLongError
from reranklab.llm.neutral import control_tokens, neutralise
from reranklab.models.clock import RunClock
from reranklab.models.device import Device
from reranklab.models.loaders import LoadedModel
from reranklab.progress import CancelSignal, Progress, part_of, report
from reranklab.rankers.base import check_input, rank_by_score
from reranklab.rankers.batching import share_scores
from reranklab.rankers.choice import choose_model
from reranklab.rankers.crossencoder import neutralised_warning
from reranklab.rankers.embeddings import EmbeddingCache, TextLength, embed, text_lengths
from reranklab.rankers.provenance import model_provenance
from reranklab.rankers.registry import RankerSpec
from reranklab.types import COSINE, Document, Query, Ranking, Scalar

if TYPE_CHECKING:
    from reranklab.rankers.embeddings import Vectors


INDEX_PART = 512
"""Documents between two writes to disk."""


class BiEncoderRanker:
    """Cosine of sentence embeddings.

    documents=embed computes every document's embedding in every run, inside the time. documents=indexed reads embeddings
    from disk, computes missing ones before the run, and times the query side alone, as a search service would.
    """

    family = "bi-encoder"

    def __init__(self, *, spec: RankerSpec, device: Device) -> None:
        self.id = spec.id
        self._choice = choose_model(spec, device=device)
        self._batch_tokens = spec.integer("batch_tokens", low=1, high=1 << 20)
        self._indexed = spec.option("documents") == "indexed"

    def load(self, *, cancel: CancelSignal | None = None, progress: Progress | None = None) -> None:
        self._choice.get(cancel=cancel, progress=progress)

    def rank(
        self,
        query: Query,
        documents: Sequence[Document],
        *,
        cancel: CancelSignal | None = None,
        progress: Progress | None = None,
    ) -> Ranking:
        check_input(query, documents)
        model = self._choice.get(cancel=cancel, progress=progress)
        tokens = control_tokens(model.tokenizer)
        query_text = neutralise(query.text, tokens)
        texts = [neutralise(document.content, tokens) for document in documents]
        changed = sum(text != document.content for text, document in zip(texts, documents, strict=True))
        details: dict[str, Scalar] = {}
        vectors = None
        if self._indexed:
            start = time.perf_counter()
            vectors, computed = self.index(texts, model=model, cancel=cancel, progress=progress)
            details = {"documents_embedded_now": computed, "indexing_ms": round(1000 * (time.perf_counter() - start), 3)}
        clock = RunClock(self._choice.device)
        with clock.turn(), clock.stage("tokenise"):
            lengths = text_lengths(model, texts, prefix=self._choice.entry.document_prefix)
            query_length = self._query_length(model, query_text)
        query_vector = self._embed_query(model, query_text, query_length, clock=clock, cancel=cancel)
        if vectors is None:
            vectors = self._embed(model, texts, lengths, clock=clock, cancel=cancel, progress=progress)
        with clock.stage("postprocess"):
            scores = share_scores([float(score) for score in vectors @ query_vector], texts)
            used, total = [length.used for length in lengths], [length.total for length in lengths]
            items = rank_by_score(documents, scores, used=used, total=total, ranker=self.id)
        timing = clock.stop(
            documents=len(documents),
            tokens=query_length.used + (0 if self._indexed else sum(used)),
            precision=model.precision,
            load=model.load,
        )
        return Ranking(
            ranker=self.id,
            query=query,
            items=items,
            scale=COSINE,
            timing=timing,
            provenance=model_provenance(
                model, ranker=self.id, family=self.family, parameters={"documents": "indexed" if self._indexed else "embed"}
            ),
            warnings=neutralised_warning(changed + (query_text != query.text)),
            details=details,
        )

    def index(
        self,
        texts: Sequence[str],
        *,
        model: LoadedModel | None = None,
        cancel: CancelSignal | None = None,
        progress: Progress | None = None,
    ) -> tuple[Vectors, int]:
        """Document embeddings (texts, dimensions) through the disk cache, and how many were computed now.

        Every INDEX_PART of them go to disk, so that little is lost where the work stops.
        """
        import numpy as np

        model = model or self._choice.get(cancel=cancel, progress=progress)
        cache = EmbeddingCache(model, prefix=self._choice.entry.document_prefix)
        known = cache.read(texts)
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        for start in range(0, len(missing), INDEX_PART):
            part = missing[start : start + INDEX_PART]
            clock = RunClock(self._choice.device)
            with clock.turn():
                lengths = text_lengths(model, part, prefix=self._choice.entry.document_prefix)
            count = part_of(progress, before=start, part=len(part), total=len(missing), unit="document", label="embedding")
            fresh = self._embed(model, part, lengths, clock=clock, cancel=cancel, progress=count)
            cache.write(part, fresh)
            known |= dict(zip(part, fresh, strict=True))
        if not missing:
            report(progress, done=1, total=1, unit="batch")
        return np.stack([known[text] for text in texts]), len(missing)

    def embed_query(self, text: str) -> Vectors:
        """The query's embedding (dimensions,)."""
        model = self._choice.get()
        length = self._query_length(model, text)
        return self._embed_query(model, text, length, clock=RunClock(self._choice.device), cancel=None)

    def _embed_query(
        self, model: LoadedModel, text: str, length: TextLength, *, clock: RunClock, cancel: CancelSignal | None
    ) -> Vectors:
        prefix = self._choice.entry.query_prefix
        vectors = embed(model, [text], [length], prefix=prefix, batch_tokens=self._batch_tokens, clock=clock, cancel=cancel)
        vector: Vectors = vectors[0]
        return vector

    def _embed(
        self,
        model: LoadedModel,
        texts: Sequence[str],
        lengths: Sequence[TextLength],
        *,
        clock: RunClock,
        cancel: CancelSignal | None,
        progress: Progress | None,
    ) -> Vectors:
        return embed(
            model,
            texts,
            lengths,
            prefix=self._choice.entry.document_prefix,
            batch_tokens=self._batch_tokens,
            clock=clock,
            cancel=cancel,
            progress=progress,
        )

    def _query_length(self, model: LoadedModel, text: str) -> TextLength:
        (length,) = text_lengths(model, [text], prefix=self._choice.entry.query_prefix)
        if length.used < length.total:
            raise QueryTooLongError(
                f"The query has {length.total:,} tokens and {model.entry.id} reads {length.used:,} of them. Shorten the query."
            )
        return length
