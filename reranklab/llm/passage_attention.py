"""Attention from a query to the passages of one prompt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, slots=True, kw_only=True)
class PassageAttention:
    """Attention from the query rows to the tokens of a window's passages, for the query and for "N/A".

    Both are (layers, heads, tokens); `spans` are each passage's half-open range of tokens.
    """

    query: torch.Tensor
    no_query: torch.Tensor
    spans: tuple[tuple[int, int], ...]
    tokens: int
