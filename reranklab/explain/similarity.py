"""A bi-encoder token by token: what one vector for a whole document keeps, and what a comparison of words would have seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reranklab.errors import InputError
from reranklab.explain.tokens import Token, Word, group_tokens, trace_text
from reranklab.llm.neutral import control_tokens, neutralise
from reranklab.models.clock import RunClock
from reranklab.models.loaders import LoadedModel
from reranklab.models.memory import memory_errors
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


def token_similarity(model: LoadedModel, query: Query, document: Document) -> TokenSimilarity:
    """One pass over the query and one over the document. Raises InputError where one of them has no words."""
    import numpy as np

    control = control_tokens(model.tokenizer)
    texts = [neutralise(query.text, control), neutralise(document.content, control)]
    prefixes = [model.entry.query_prefix, model.entry.document_prefix]
    sides = [_read(model, text, prefix) for text, prefix in zip(texts, prefixes, strict=True)]
    words = [tuple(group_tokens(side.tokens, part="document", text=text)) for side, text in zip(sides, texts, strict=True)]
    for what, found in zip(("The query", f"Document {document.id!r}"), words, strict=True):
        if not found:
            raise InputError(f"{what} has no words, so there is nothing to compare.")
    rows, columns = (_word_vectors(side, found) for side, found in zip(sides, words, strict=True))
    contributions = frame = None
    if _mean_pooled(model):
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Side:
    """One text read: its tokens, their vectors (tokens, size) and the unit vector of the whole."""

    tokens: tuple[Token, ...]
    states: Matrix
    sentence: Matrix


def _read(model: LoadedModel, text: str, prefix: str) -> _Side:
    import torch

    clock = RunClock(model.device)
    with clock.turn(), memory_errors(model), torch.inference_mode():
        _, tokens = trace_text(model, text, prefix=prefix)
        features = model.network.preprocess([prefix + text])
        output = model.network({name: value.to(model.device.id) for name, value in features.items() if torch.is_tensor(value)})
        sentence = torch.nn.functional.normalize(output["sentence_embedding"].float(), dim=1)[0]
        states = output["token_embeddings"][0, : len(tokens)].float()
    return _Side(tokens=tokens, states=states.cpu().numpy(), sentence=sentence.cpu().numpy())


def _word_vectors(side: _Side, words: Sequence[Word]) -> Matrix:
    import numpy as np

    vectors = np.stack([side.states[list(word.tokens)].mean(axis=0) for word in words])
    unit: Matrix = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    return unit


def _mean_pooled(model: LoadedModel) -> bool:
    """Whether the sentence vector is the mean over all tokens, perhaps normalised, and nothing else."""
    _, pooling, *others = model.network
    return getattr(pooling, "pooling_mode", "") == "mean" and all(type(module).__name__ == "Normalize" for module in others)
