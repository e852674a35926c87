"""What a cross-encoder attends to: an overview of all heads, and the map of one head, a mean, or rollout.

The forward pass is the ranker's own; the probabilities are computed beside it, layer by layer, and only what is asked for is
kept. Attention says where a model looks, not what moves its score: `faithfulness` measures that.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from reranklab.errors import InputError
from reranklab.explain.tokens import TracedPair, Word, trace_pair
from reranklab.models.device import device_lock
from reranklab.models.loaders import LoadedModel
from reranklab.models.memory import memory_errors
from reranklab.rankers.crossencoder import score_pairs
from reranklab.types import Document, Query

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from reranklab.llm.capture import Watcher

    Matrix = NDArray[np.float32]

View = Literal["head", "mean", "rollout"]


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


def attention_overview(model: LoadedModel, query: Query, document: Document, *, instruction: str = "") -> AttentionOverview:
    """One pass, (layers x heads) numbers kept. Raises InputError for a model whose attention cannot be read."""
    import numpy as np

    traced = trace_pair(model, query, document, instruction=instruction)
    rows, other = traced.positions("query"), traced.positions("document")
    frame = traced.positions("frame")
    crossing: list[Any] = []
    framed: list[Any] = []

    def watch(layer: int, weights: Any) -> None:
        paid = len(rows) + len(other)
        crossed = weights[:, rows][:, :, other].sum(dim=(1, 2)) + weights[:, other][:, :, rows].sum(dim=(1, 2))
        crossing.append((crossed / paid).cpu().numpy())
        framed.append((weights[:, rows + other][:, :, frame].sum(dim=(1, 2)) / paid).cpu().numpy())

    score = _watched_pass(model, traced, watch)
    return AttentionOverview(crossing=np.stack(crossing), frame=np.stack(framed), score=score)


def attention_map(
    model: LoadedModel,
    query: Query,
    document: Document,
    *,
    view: View = "mean",
    layer: int | None = None,
    head: int | None = None,
    instruction: str = "",
) -> AttentionMap:
    """One map, from one pass. Layers and heads count from 0.

    "head" is one head of one layer. "mean" is the mean over heads of `layer`, or over all layers. "rollout" multiplies the
    layers' mean attention, each mixed half and half with the residual connection (Abnar and Zuidema 2020, arXiv 2005.00928).
    Raises InputError for a head or layer that the model does not have.
    """
    traced = trace_pair(model, query, document, instruction=instruction)
    collector = _Collector(view=view, layer=layer, head=head)
    _watched_pass(model, traced, collector)
    return AttentionMap(traced=traced, weights=collector.result(model.entry.id), name=collector.name)


class _Collector:
    """Reduces the layers of one pass to one map."""

    def __init__(self, *, view: View, layer: int | None, head: int | None) -> None:
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


def _watched_pass(model: LoadedModel, traced: TracedPair, watch: Watcher) -> float:
    """The ranker's own forward pass of one pair, with its attention handed to `watch`. The score."""
    from reranklab.llm.capture import watch_attention

    layers = 0

    def count(layer: int, weights: Any) -> None:
        nonlocal layers
        layers += 1
        watch(layer, weights)

    with device_lock(model.device.id).hold(), _readable(model), watch_attention(count), memory_errors(model):
        (score,) = score_pairs(model, [traced.pair])
    if not layers:
        raise InputError(f"{model.entry.id} does not let its attention be read. Use leave-one-out instead.")
    return score


@contextmanager
def _readable(model: LoadedModel) -> Iterator[None]:
    """The model with an attention implementation that can be watched. Hold the device's lock: the model is shared."""
    from reranklab.llm.capture import ATTENTION

    if model.backend != "torch":
        raise InputError(f"The {model.precision} weights of {model.entry.id} do not show their attention. Use fp32.")
    before = model.network.config._attn_implementation
    model.network.set_attn_implementation(ATTENTION)
    try:
        yield
    finally:
        model.network.set_attn_implementation(before)
