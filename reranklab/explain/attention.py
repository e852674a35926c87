"""What a cross-encoder attends to: an overview of all heads, and the map of one head, a mean, or rollout.

The forward pass is the ranker's own; the probabilities are computed beside it, layer by layer, and only what is asked for is
kept. Attention says where a model looks, not what moves its score: `faithfulness` measures that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from reranklab.errors import InputError
from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.explainable import AttendsPairs, ask
from reranklab.rankers.family import Capability, Ranker
from reranklab.rankers.traces import TracedPair, Word
from reranklab.types import Document, Query

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix = NDArray[np.float32]

MapView = Literal["head", "mean", "rollout"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AttentionOverview:
    """What each head does with its attention: float32 of shape (layers, heads), shares of 1.

    `crossing` is attention from query tokens to document tokens and back, `frame` attention to special tokens and the
    prompt's own words, both as a share of all attention that query and document tokens pay. `score` is the pass's own.
    """

    crossing: Matrix
    frame: Matrix
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AttentionMap:
    """Attention of every token (row) to every token (column): float32 of shape (tokens, tokens), rows add up to 1."""

    traced: TracedPair
    weights: Matrix
    name: str

    def between(self, rows: Sequence[Word], columns: Sequence[Word]) -> Matrix:
        """Word by word (rows, columns): the mean over a row word's tokens of their attention to all tokens of a column word."""
        import numpy as np

        summed = np.stack([self.weights[:, list(word.tokens)].sum(axis=1) for word in columns], axis=1)
        return np.stack([summed[list(word.tokens)].mean(axis=0) for word in rows]).astype(np.float32)

    def received(self) -> tuple[tuple[Word, float], ...]:
        """For each word of the document, the attention it receives from a query token, on average."""
        query = self.traced.positions("query")
        words = self.traced.words("document")
        means = self.weights[query].mean(axis=0)
        return tuple((word, float(means[list(word.tokens)].sum())) for word in words)

    @property
    def frame_share(self) -> float:
        """The share of the query tokens' attention that special tokens and the prompt's own words take."""
        frame = self.traced.positions("frame")
        return float(self.weights[self.traced.positions("query")][:, frame].sum(axis=1).mean())


def attention_overview(
    ranker: Ranker,
    query: Query,
    document: Document,
    *,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> AttentionOverview:
    """One pass, (layers x heads) numbers kept. Raises InputError for a ranker whose attention cannot be read."""
    import numpy as np

    readable = ask(ranker, Capability.PAIR_ATTENTION, AttendsPairs)  # type: ignore[type-abstract]
    traced = readable.trace(query, document, cancel=cancel, progress=progress)
    rows, other = traced.positions("query"), traced.positions("document")
    frame = traced.positions("frame")
    crossing: list[Any] = []
    framed: list[Any] = []

    def watch(layer: int, weights: Any) -> None:
        paid = len(rows) + len(other)
        crossed = weights[:, rows][:, :, other].sum(dim=(1, 2)) + weights[:, other][:, :, rows].sum(dim=(1, 2))
        crossing.append((crossed / paid).cpu().numpy())
        framed.append((weights[:, rows + other][:, :, frame].sum(dim=(1, 2)) / paid).cpu().numpy())

    score = readable.watch(traced, watch)
    return AttentionOverview(crossing=np.stack(crossing), frame=np.stack(framed), score=score)


def attention_map(
    ranker: Ranker,
    query: Query,
    document: Document,
    *,
    view: MapView = "mean",
    layer: int | None = None,
    head: int | None = None,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> AttentionMap:
    """One map, from one pass. Layers and heads count from 0.

    "head" is one head of one layer. "mean" is the mean over heads of `layer`, or over all layers. "rollout" multiplies the
    layers' mean attention, each mixed half and half with the residual connection (Abnar and Zuidema 2020, arXiv 2005.00928).
    Raises InputError for a head or layer that the model does not have.
    """
    readable = ask(ranker, Capability.PAIR_ATTENTION, AttendsPairs)  # type: ignore[type-abstract]
    traced = readable.trace(query, document, cancel=cancel, progress=progress)
    collector = _Collector(view=view, layer=layer, head=head)
    readable.watch(traced, collector)
    return AttentionMap(traced=traced, weights=collector.result(ranker.id), name=collector.name)


class _Collector:
    """Reduces the layers of one pass to one map."""

    def __init__(self, *, view: MapView, layer: int | None, head: int | None) -> None:
        self._view = view
        self._layer = layer
        self._head = head
        self._layers = 0
        self._heads = 0
        self._map: Any = None

    def __call__(self, layer: int, weights: Any) -> None:
        self._layers = max(self._layers, layer + 1)
        self._heads = weights.shape[0]
        if self._view == "rollout":
            self._roll(weights.mean(dim=0))
        elif self._view == "head":
            if layer == self._layer and self._head is not None and 0 <= self._head < self._heads:
                self._map = weights[self._head]
        elif self._layer is None:
            mean = weights.mean(dim=0)
            self._map = mean if self._map is None else self._map + mean
        elif layer == self._layer:
            self._map = weights.mean(dim=0)

    @property
    def name(self) -> str:
        if self._view == "rollout":
            return "attention rollout"
        if self._view == "head":
            return f"layer {(self._layer or 0) + 1}, head {(self._head or 0) + 1}"
        return "mean of all heads" if self._layer is None else f"mean of layer {self._layer + 1}"

    def result(self, model: str) -> Matrix:
        if self._map is None:
            raise InputError(
                f"{model} has {self._layers} layers with {self._heads} heads each. Choose a layer and a head among these."
            )
        whole = self._map / self._layers if self._view == "mean" and self._layer is None else self._map
        matrix: Matrix = whole.float().cpu().numpy()
        return matrix

    def _roll(self, mean: Any) -> None:
        import torch

        mixed = 0.5 * mean + 0.5 * torch.eye(len(mean), device=mean.device)
        self._map = mixed if self._map is None else mixed @ self._map


def frame_in_words(attention_map: AttentionMap) -> str:
    """What the tokens that are neither query nor document take of the query's attention."""
    frame = attention_map.traced.positions("frame")
    pieces = list(dict.fromkeys(attention_map.traced.tokens[position].piece for position in frame))
    names = f" ({', '.join(pieces)})" if len(pieces) <= 4 else " and the prompt's own words"
    return f"Special tokens{names} take {attention_map.frame_share:.0%} of the attention that the query's tokens pay."
