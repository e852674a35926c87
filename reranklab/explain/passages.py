"""What a listwise language model attends to: from the query to each passage of its prompt, by layer and head."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reranklab.errors import InputError
from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.explainable import AttendsPassages, ask
from reranklab.rankers.family import Capability, Ranker
from reranklab.types import Document, Query

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class PassageMaps:
    """Attention from the query's tokens to each passage, in the order of the prompt.

    `query` is measured with the query, `no_query` with "N/A" in its place: float32 of shape (layers, heads, passages),
    summed over a passage's tokens, a share of all attention. Their difference is the calibrated attention: what is left
    without the pull of position and length. `tokens` are each passage's tokens in the prompt.
    """

    ids: tuple[str, ...]
    query: Matrix
    no_query: Matrix
    tokens: tuple[int, ...]
    model: str

    @property
    def calibrated(self) -> Matrix:
        return self.query - self.no_query

    def of(self, document_id: str, *, calibrated: bool) -> Matrix:
        """One passage's attention: (layers, heads). Raises InputError for a document that is not in the prompt."""
        if document_id not in self.ids:
            raise InputError(f"Document {document_id!r} is not in this prompt, which holds {len(self.ids)} passages.")
        values = self.calibrated if calibrated else self.query
        attention: Matrix = values[:, :, self.ids.index(document_id)]
        return attention


def passages_around(documents: Sequence[Document], document_id: str, *, window: int) -> list[Document]:
    """The first `window` documents, with the one asked for as the last if it is not among them."""
    first = list(documents[:window])
    if any(document.id == document_id for document in first):
        return first
    return first[: window - 1] + [document for document in documents if document.id == document_id]


def passage_attention(
    ranker: Ranker,
    query: Query,
    documents: Sequence[Document],
    *,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> PassageMaps:
    """Read one prompt of `documents`, as the attention method of the ranker does, and keep attention by layer and head.

    Raises InputError for a ranker that is no local language model, or for more documents than its window holds.
    """
    import numpy as np

    readable = ask(ranker, Capability.PASSAGE_ATTENTION, AttendsPassages)  # type: ignore[type-abstract]
    read = readable.read_passages(query, documents, cancel=cancel, progress=progress)
    attention = read.attention

    def by_passage(values: object) -> Matrix:
        tokens = values.numpy()  # type: ignore[attr-defined]
        return np.stack([tokens[:, :, start:end].sum(axis=2) for start, end in attention.spans], axis=2).astype(np.float32)

    return PassageMaps(
        ids=tuple(document.id for document in documents),
        query=by_passage(attention.query),
        no_query=by_passage(attention.no_query),
        tokens=read.tokens,
        model=read.model,
    )
