"""How many operations an encoder needs for inputs of given lengths, counted exactly from its configuration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """An encoder of the BERT family: `size` of a token's state, `inner` of the layer between, in so many layers."""

    layers: int
    size: int
    inner: int

    @classmethod
    def of(cls, config: Any) -> Shape:
        """That of a transformers configuration."""
        return cls(layers=config.num_hidden_layers, size=config.hidden_size, inner=config.intermediate_size)

    def operations(self, lengths: Sequence[int]) -> int:
        """Multiplications and additions, each counted, for one input of each length in tokens.

        A token passes four products of size x size and two of size x inner; each pair of tokens costs two products of length
        `size`. Embeddings, norms, activations and the head, together below one in a hundred, are left out.
        """
        linear = 2 * (4 * self.size * self.size + 2 * self.size * self.inner)
        return sum(self.layers * (linear * length + 4 * self.size * length * length) for length in lengths)
