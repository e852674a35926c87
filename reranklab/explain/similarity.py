"""A bi-encoder token by token: what one vector for a whole document keeps, and what a comparison of words would have seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reranklab.errors import InputError
from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.explainable import ComparesWords, TextVectors, ask
from reranklab.rankers.family import Capability, Ranker
from reranklab.rankers.traces import Word, group_tokens
from reranklab.types import Document, Query

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenSimilarity:
    """Cosines between query words (rows) and document words (columns): float32, each word the mean of its tokens' vectors.

    `cosine` is the ranker's own score, of the two whole texts. `contributions` run along `document`: with mean pooling
    the cosine is a sum over the document's tokens, and these are its parts, summed by word; `frame` is the part of special
    tokens and a prefix. Both are None for a model with other pooling. `best` is the mean over query words of their highest
    cosine, which one vector cannot see (late interaction, arXiv 2004.12832).
    """

    query: tuple[Word, ...]
    document: tuple[Word, ...]
    cosines: Matrix
    cosine: float
    contributions: tuple[float, ...] | None
    frame: float | None

    @property
    def best(self) -> float:
        return float(self.cosines.max(axis=1).mean())


def token_similarity(
    ranker: Ranker,
    query: Query,
    document: Document,
    *,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> TokenSimilarity:
    """One pass over the query and one over the document. Raises InputError where one of them has no words."""
    import numpy as np

    comparable = ask(ranker, Capability.WORD_VECTORS, ComparesWords)  # type: ignore[type-abstract]
    sides = comparable.text_vectors(query, document, cancel=cancel, progress=progress)
    words = [tuple(group_tokens(side.tokens, part="document", text=side.text)) for side in sides]
    for what, side_words in zip(("The query", f"Document {document.id!r}"), words, strict=True):
        if not side_words:
            raise InputError(f"{what} has no words, so there is nothing to compare.")
    rows, columns = (_word_vectors(side, side_words) for side, side_words in zip(sides, words, strict=True))
    contributions = frame = None
    if sides[1].mean_pooled:
        length = float(np.linalg.norm(sides[1].states.mean(axis=0)))
        parts = sides[1].states @ sides[0].sentence / (len(sides[1].states) * length)
        contributions = tuple(float(parts[list(word.tokens)].sum()) for word in words[1])
        frame = float(parts.sum()) - sum(contributions)
    return TokenSimilarity(
        query=words[0],
        document=words[1],
        cosines=(rows @ columns.T).astype(np.float32),
        cosine=float(sides[0].sentence @ sides[1].sentence),
        contributions=contributions,
        frame=frame,
    )


def _word_vectors(side: TextVectors, words: Sequence[Word]) -> Matrix:
    import numpy as np

    vectors = np.stack([side.states[list(word.tokens)].mean(axis=0) for word in words])
    unit: Matrix = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    return unit
