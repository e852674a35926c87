"""What a ranker offers beside its ranking, so that it can be explained. A ranker that has the capability has the methods.

Explanations never run inside a measured ranking. All take the device's lock themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

from reranklab.data.segments import Place
from reranklab.data.spans import Span
from reranklab.errors import InputError
from reranklab.models.loaded import LoadedModel
from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.family import Capability, Ranker
from reranklab.rankers.traces import Token, TracedPair
from reranklab.types import Document, Query, ScoreScale

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray

    from reranklab.llm.capture import Watcher
    from reranklab.llm.passage_attention import PassageAttention
    from reranklab.rankers.bm25_terms import TermScores

    Matrix = NDArray[np.float32]

    Score = Callable[[torch.Tensor], torch.Tensor]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadText:
    """A document's text as the ranker reads it, and where each of its tokens ends, in characters of that text."""

    text: str
    ends: tuple[int, ...]


class Tokenizes(Protocol):
    """Capability.TOKENIZER."""

    def read_text(self, text: str, *, cancel: CancelSignal | None = None, progress: Progress | None = None) -> ReadText: ...


class AddsTerms(Protocol):
    """Capability.TERMS. The terms' contributions add up to the scores of `rank` on the same input, exactly."""

    def term_scores(self, query: Query, documents: Sequence[Document], *, cancel: CancelSignal | None = None) -> TermScores: ...

    def term_places(self, text: str) -> Iterable[tuple[str, Place]]:
        """The terms of a text in reading order, each with the characters that it comes from."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TermMatch:
    """A vocabulary term that query and document both have a weight for. Their product is its contribution to the score.

    `in_query` and `in_document` say whether it is a token of the text; where it is not, the model added it. `spans` are where
    the document holds it.
    """

    term: str
    query_weight: float
    document_weight: float
    contribution: float
    in_query: bool
    in_document: bool
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TermMatches:
    """What two texts, as they were read, have in common: `matches` with the largest contribution first, whose sum is `score`
    exactly. `missing` are the query's other terms with their weights, `query_terms` and `document_terms` count all of each."""

    query: str
    text: str
    matches: tuple[TermMatch, ...]
    missing: tuple[tuple[str, float], ...]
    query_terms: int
    document_terms: int
    score: float
    scale: ScoreScale


class ExpandsTerms(Protocol):
    """Capability.EXPANSION."""

    def term_matches(
        self,
        query: Query,
        document: Document,
        *,
        cancel: CancelSignal | None = None,
        progress: Progress | None = None,
    ) -> TermMatches: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenMatches:
    """Two texts, as they were read, token by token. Tokens that stand in a text have a span in it; others are of the frame.

    `cosines` is query tokens by document tokens, float32. `matched` gives for each query token the position of the document
    token with the highest cosine, empty where no document token counts; `contributions` what it adds to `score`, exactly.
    """

    query: str
    text: str
    query_tokens: tuple[Token, ...]
    document_tokens: tuple[Token, ...]
    cosines: Matrix
    matched: tuple[int, ...]
    contributions: tuple[float, ...]
    score: float
    scale: ScoreScale


class MatchesTokens(Protocol):
    """Capability.TOKEN_MATCHES."""

    def token_matches(
        self,
        query: Query,
        document: Document,
        *,
        cancel: CancelSignal | None = None,
        progress: Progress | None = None,
    ) -> TokenMatches: ...


class AttendsPairs(Protocol):
    """Capability.PAIR_ATTENTION."""

    def trace(
        self,
        query: Query,
        document: Document,
        *,
        cancel: CancelSignal | None = None,
        progress: Progress | None = None,
    ) -> TracedPair:
        """The input that the ranker builds for the pair, with where each token comes from."""
        ...

    def watch(self, traced: TracedPair, watcher: Watcher) -> float:
        """The ranker's own forward pass of one pair, with each layer's attention handed to `watcher`. The score."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPassages:
    """One prompt of passages as it was read: attention by token, and the tokens of each passage."""

    attention: PassageAttention
    tokens: tuple[int, ...]
    model: str


class AttendsPassages(Protocol):
    """Capability.PASSAGE_ATTENTION."""

    def read_passages(
        self,
        query: Query,
        documents: Sequence[Document],
        *,
        cancel: CancelSignal | None = None,
        progress: Progress | None = None,
    ) -> ReadPassages:
        """Read one prompt of `documents`, no more than its window holds."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TextVectors:
    """One text as an embedding model read it: `states` (tokens, size) are its tokens' vectors, `sentence` (size,) is the unit
    vector of the whole; `mean_pooled` says that it is the mean over all tokens and nothing else."""

    text: str
    tokens: tuple[Token, ...]
    states: Matrix
    sentence: Matrix
    mean_pooled: bool


class ComparesWords(Protocol):
    """Capability.WORD_VECTORS."""

    def text_vectors(
        self,
        query: Query,
        document: Document,
        *,
        cancel: CancelSignal | None = None,
        progress: Progress | None = None,
    ) -> tuple[TextVectors, TextVectors]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class GradientProblem:
    """A score as a function of input embeddings (rows, tokens, size), and the tokens that belong to the document.

    `embeddings` maps token ids to embeddings; `parameters` are for the provenance.
    """

    model: LoadedModel
    ids: tuple[int, ...]
    tokens: tuple[Token, ...]
    text: str
    embeddings: Any
    score: Score
    scale: ScoreScale


class Differentiable(Protocol):
    """Capability.GRADIENTS."""

    def gradient_problem(
        self,
        query: Query,
        document: Document,
        *,
        cancel: CancelSignal | None = None,
        progress: Progress | None = None,
    ) -> GradientProblem: ...


_REFUSALS: Mapping[Capability, str] = {
    Capability.TOKENIZER: "has no tokenizer here",
    Capability.TERMS: "does not add up terms",
    Capability.EXPANSION: "does not weigh the terms of a vocabulary",
    Capability.TOKEN_MATCHES: "does not match token by token",
    Capability.PAIR_ATTENTION: "does not let attention between query and document be read",
    Capability.PASSAGE_ATTENTION: "does not let attention to passages be read",
    Capability.WORD_VECTORS: "has no vectors of words to compare",
    Capability.GRADIENTS: "has no gradients",
}

_Way = TypeVar("_Way")


def ask(ranker: Ranker, capability: Capability, way: type[_Way]) -> _Way:
    """The ranker as something that has the capability. Raises InputError, saying what works instead, where it has not."""
    if capability not in ranker.capabilities:
        what = _REFUSALS.get(capability, f"has no {capability}")
        raise InputError(f"{ranker.id} {what}. Leave-one-out works for every ranker.")
    return cast(_Way, ranker)
