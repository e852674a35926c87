"""An attention implementation that computes like SDPA and can hand out the attention rows of the tokens being read.

Rows are computed only inside `capture_rows`, for the tokens of that forward pass, so a short suffix behind a long cached
prefix costs (heads x suffix x keys) a layer and never a full map.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import torch
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

ATTENTION = "reranklab"

_rows: ContextVar[dict[int, torch.Tensor] | None] = ContextVar("attention_rows", default=None)


@contextmanager
def capture_rows() -> Iterator[dict[int, torch.Tensor]]:
    """Collect, by layer, the attention of every token read inside the block: float32 of shape (heads, tokens, keys)."""
    rows: dict[int, torch.Tensor] = {}
    token = _rows.set(rows)
    try:
        yield rows
    finally:
        _rows.reset(token)


def attention_rows(query: torch.Tensor, key: torch.Tensor, scaling: float) -> torch.Tensor:
    """Causal attention probabilities (heads, tokens, keys) of the last `tokens` positions.

    `query` is (1, heads, tokens, size), `key` (1, key heads, keys, size); key heads are shared by groups of heads.
    """
    heads, tokens = query.shape[1], query.shape[2]
    keys = key.shape[2]
    grouped = key[0].repeat_interleave(heads // key.shape[1], dim=0)
    logits = torch.matmul(query[0].float(), grouped.float().transpose(1, 2)) * scaling
    positions = torch.arange(keys, device=query.device)
    last_visible = torch.arange(keys - tokens, keys, device=query.device)
    logits = logits.masked_fill(positions[None, None, :] > last_visible[None, :, None], float("-inf"))
    return torch.softmax(logits, dim=-1)


def _forward(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float | None = None,
    **options: Any,
) -> tuple[torch.Tensor, None]:
    rows = _rows.get()
    if rows is not None:
        rows[int(module.layer_idx)] = attention_rows(query, key, scaling or query.shape[-1] ** -0.5)  # type: ignore[arg-type]
    return sdpa_attention_forward(module, query, key, value, attention_mask, scaling=scaling, **options)


AttentionInterface.register(ATTENTION, _forward)
AttentionMaskInterface.register(ATTENTION, sdpa_mask)
