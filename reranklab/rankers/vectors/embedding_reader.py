"""How a bi-encoder reads texts: one unit vector each, compared by cosine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from reranklab.errors import QueryTooLongError
from reranklab.models.clock import RunClock
from reranklab.models.failures import compute_failures
from reranklab.models.loaded import LoadedModel
from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.vectors.apart import QueryReading
from reranklab.rankers.vectors.embeddings import TextLength, embed, text_lengths
from reranklab.types import Scalar

if TYPE_CHECKING:
    from reranklab.rankers.vectors.apart import Packed


class EmbeddingReader:
    """Embeds texts behind the checkpoint's prefixes, in batches of `batch_tokens`."""

    def __init__(self, *, batch_tokens: int) -> None:
        self._batch_tokens = batch_tokens

    def key(self, model: LoadedModel) -> str:
        return model.entry.document_prefix

    def parameters(self, model: LoadedModel) -> dict[str, Scalar]:
        return {} if model.choice is None else {"engine": model.choice.engine.name}

    def read_query(self, model: LoadedModel, text: str, *, clock: RunClock, cancel: CancelSignal | None = None) -> QueryReading:
        prefix = model.entry.query_prefix
        with clock.turn(), clock.stage("tokenise"), compute_failures(model):
            (length,) = text_lengths(model, [text], prefix=prefix)
        if length.used < length.total:
            raise QueryTooLongError(
                f"The query has {length.total:,} tokens and {model.entry.id} reads {length.used:,} of them. Shorten the query."
            )
        vectors = embed(model, [text], [length], prefix=prefix, batch_tokens=self._batch_tokens, clock=clock, cancel=cancel)
        return QueryReading(vectors=vectors[0], tokens=length.used)

    def lengths(self, model: LoadedModel, texts: Sequence[str], *, cancel: CancelSignal | None = None) -> list[TextLength]:
        return text_lengths(model, texts, prefix=model.entry.document_prefix, cancel=cancel)

    def read_documents(
        self,
        model: LoadedModel,
        texts: Sequence[str],
        lengths: Sequence[TextLength],
        *,
        clock: RunClock,
        cancel: CancelSignal | None = None,
        progress: Progress | None = None,
    ) -> list[Packed]:
        vectors = embed(
            model,
            texts,
            lengths,
            prefix=model.entry.document_prefix,
            batch_tokens=self._batch_tokens,
            clock=clock,
            cancel=cancel,
            progress=progress,
        )
        return list(vectors)

    def scores(self, query: QueryReading, documents: Sequence[Packed]) -> list[float]:
        """Cosines."""
        import numpy as np

        return [float(score) for score in np.stack(documents) @ query.vectors]
