"""An attention implementation that computes like SDPA and can hand out the attention probabilities of a forward pass.

Probabilities are computed only inside `watch_attention` and `capture_rows`, one layer at a time and for the tokens of that
pass alone: a short suffix behind a long cached prefix costs (heads x suffix x keys) a layer and never a full map.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import torch
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

ATTENTION = "reranklab"

Watcher = Callable[[int, torch.Tensor], None]

_watcher: ContextVar[Watcher | None] = ContextVar("attention_watcher", default=None)


@contextmanager
def watch_attention(watcher: Watcher) -> Iterator[None]:
    """Call `watcher(layer, probabilities)` for every layer that runs inside the block: layers count from 0, probabilities are
    float32 of shape (heads, tokens, keys). Only models that run with ATTENTION are watched, one input at a time."""
    token = _watcher.set(watcher)
    try:
        yield
    finally:
        _watcher.reset(token)


@contextmanager
def capture_rows() -> Iterator[dict[int, torch.Tensor]]:
    """Collect, by layer, the attention of every token read inside the block: float32 of shape (heads, tokens, keys)."""
    rows: dict[int, torch.Tensor] = {}
    with watch_attention(rows.__setitem__):
        yield rows


def attention_rows(
    query: torch.Tensor, key: torch.Tensor, scaling: float, *, mask: torch.Tensor | None = None, causal: bool = True
) -> torch.Tensor:
    """Attention probabilities (heads, tokens, keys) of the last `tokens` positions.

    `query` is (1, heads, tokens, size), `key` (1, key heads, keys, size); key heads are shared by groups of heads. `mask`,
    which comes before `causal`, is boolean (true: visible) or added to the logits, of shape (1, 1 or heads, tokens, keys).
    """
    heads, tokens = query.shape[1], query.shape[2]
    keys = key.shape[2]
    grouped = key[0].repeat_interleave(heads // key.shape[1], dim=0)
    logits = torch.matmul(query[0].float(), grouped.float().transpose(1, 2)) * scaling
    if mask is not None:
        visible = mask[0, ..., :keys]
        logits = logits.masked_fill(~visible, float("-inf")) if visible.dtype == torch.bool else logits + visible
    elif causal:
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
    watcher = _watcher.get()
    if watcher is not None:
        scale = scaling or query.shape[-1] ** -0.5
        causal = bool(getattr(module, "is_causal", True))
        rows = attention_rows(query, key, scale, mask=attention_mask, causal=causal)
        watcher(int(module.layer_idx), rows)  # type: ignore[arg-type]
    return sdpa_attention_forward(module, query, key, value, attention_mask, scaling=scaling, **options)


AttentionInterface.register(ATTENTION, _forward)
AttentionMaskInterface.register(ATTENTION, sdpa_mask)
