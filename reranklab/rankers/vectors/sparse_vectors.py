"""Texts as sparse vectors over a tokenizer's vocabulary, and what two of them have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from reranklab.errors import QueryTooLongError
from reranklab.models.clock import RunClock
from reranklab.models.failures import compute_failures
from reranklab.models.loaded import LoadedModel
from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.vectors.apart import QueryReading
from reranklab.rankers.vectors.embeddings import TextLength, read_batches, text_lengths
from reranklab.types import Scalar

if TYPE_CHECKING:
    from reranklab.rankers.vectors.apart import Packed

Task = Literal["query", "document"]
_GRID = 2.0**36


def pack(terms: NDArray[np.integer[Any]], weights: NDArray[np.float32]) -> Packed:
    """Terms (ids, rising) and weights as one row: the bits of the ids, then the weights."""
    return np.concatenate([terms.astype(np.int32).view(np.float32), weights.astype(np.float32)])


def unpack(packed: Packed) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Terms and weights of `pack`."""
    half = len(packed) // 2
    return np.ascontiguousarray(packed[:half]).view(np.int32), packed[half:]


def products(query: NDArray[Any], document: NDArray[Any]) -> NDArray[np.float64]:
    """Weights times weights, rounded to a multiple of 2**-36 (1.5e-11): sums up to 100,000 of them are then exact in any order.
    What is no number stays none."""
    return np.rint(query.astype(np.float64) * document.astype(np.float64) * _GRID) / _GRID


class SparseReader:
    """Reads texts by a SparseEncoder in batches of `batch_tokens`."""

    def __init__(self, *, batch_tokens: int) -> None:
        self._batch_tokens = batch_tokens

    def key(self, model: LoadedModel) -> str:
        return f"sparse {_prompt(model, 'document')}"

    def parameters(self, model: LoadedModel) -> dict[str, Scalar]:
        return {}

    def read_query(self, model: LoadedModel, text: str, *, clock: RunClock, cancel: CancelSignal | None = None) -> QueryReading:
        with clock.turn(), clock.stage("tokenise"), compute_failures(model):
            (length,) = text_lengths(model, [text], prefix=_prompt(model, "query"))
        if length.used < length.total:
            raise QueryTooLongError(
                f"The query has {length.total:,} tokens and {model.entry.id} reads {length.used:,} of them. Shorten the query."
            )
        (vectors,) = self._read(model, [text], [length], task="query", clock=clock, cancel=cancel)
        return QueryReading(vectors=vectors, tokens=length.used)

    def lengths(self, model: LoadedModel, texts: Sequence[str], *, cancel: CancelSignal | None = None) -> list[TextLength]:
        return text_lengths(model, texts, prefix=_prompt(model, "document"), cancel=cancel)

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
        return self._read(model, texts, lengths, task="document", clock=clock, cancel=cancel, progress=progress)

    def scores(self, query: QueryReading, documents: Sequence[Packed]) -> list[float]:
        """The inner products."""
        terms, weights = unpack(query.vectors)
        places = {term: number for number, term in enumerate(terms.tolist())}
        found = []
        for document in documents:
            held, own = unpack(document)
            common = [(places[term], number) for number, term in enumerate(held.tolist()) if term in places]
            mine, theirs = np.array(common, dtype=np.int64).reshape(-1, 2).T
            found.append(float(products(weights[mine], own[theirs]).sum()))
        return found

    def _read(
        self,
        model: LoadedModel,
        texts: Sequence[str],
        lengths: Sequence[TextLength],
        *,
        task: Task,
        clock: RunClock,
        cancel: CancelSignal | None = None,
        progress: Progress | None = None,
    ) -> list[Packed]:
        def features(part: Sequence[str]) -> dict[str, Any]:
            found: dict[str, Any] = model.network.preprocess(list(part), prompt=_prompt(model, task) or None, task=task)
            return found

        def rows(features: dict[str, Any]) -> list[Packed]:
            output = _limited(model, model.network(features, task=task)["sentence_embedding"]).float().cpu().numpy()
            return [pack(terms, row[terms]) for row in output for terms in (np.flatnonzero(row),)]

        return read_batches(
            model,
            texts,
            lengths,
            features=features,
            rows=rows,
            batch_tokens=self._batch_tokens,
            clock=clock,
            cancel=cancel,
            progress=progress,
        )


def _prompt(model: LoadedModel, task: Task) -> str:
    """What the checkpoint puts before a query or a document."""
    return str(model.network.prompts.get(task) or "")


def _limited(model: LoadedModel, output: Any) -> Any:
    """The largest weights alone, where the checkpoint says how many."""
    from sentence_transformers.util import select_max_active_dims

    most = model.network.max_active_dims
    return output if most is None else select_max_active_dims(output, max_active_dims=most)
