"""A local language model reading one prompt: passages once into the key-value cache, then short suffixes behind them."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from transformers import DynamicCache

from reranklab.llm.capture import capture_rows
from reranklab.models.clock import RunClock
from reranklab.models.failures import compute_failures
from reranklab.models.interrupt import interruptible
from reranklab.models.loaded import LoadedModel
from reranklab.progress import CancelSignal, check_cancel

CHUNK_TOKENS = 512
"""Tokens read in one turn of the device: cancellation and other users wait for no more than this."""


class PromptReader:
    """One prompt being read. Positions count tokens from 0."""

    def __init__(self, model: LoadedModel, *, clock: RunClock, cancel: CancelSignal | None) -> None:
        self._model = model
        self._clock = clock
        self._cancel = cancel
        self._cache = DynamicCache(config=model.network.config)
        self.length = 0
        self.read_tokens = 0

    def read(self, ids: Sequence[int]) -> None:
        """Read tokens into the cache, chunk by chunk."""
        for start in range(0, len(ids), CHUNK_TOKENS):
            self._forward(ids[start : start + CHUNK_TOKENS], logits=False)

    def attention(self, ids: Sequence[int]) -> torch.Tensor:
        """Read a suffix and give the mean attention of its tokens to what came before: (layers, heads, earlier tokens)."""
        before = self.length
        with capture_rows() as rows:
            self._forward(ids, logits=False)
        return torch.stack([rows[layer][:, :, :before].mean(dim=1).cpu() for layer in sorted(rows)])

    def next_logits(self, ids: Sequence[int]) -> torch.Tensor:
        """Read tokens and give the logits of the token that would follow: (vocabulary,), float32 on the CPU."""
        self.read(ids[:-1])
        return self._forward(ids[-1:], logits=True)

    def rewind(self, length: int) -> None:
        """Forget everything read after the first `length` tokens."""
        self._cache.crop(length - self.length)
        self.length = length

    def _forward(self, ids: Sequence[int], *, logits: bool) -> torch.Tensor:
        check_cancel(self._cancel)
        network = self._model.network
        with (
            self._clock.turn(),
            interruptible(self._model, self._cancel, tokens=len(ids)),
            self._clock.stage("compute"),
            compute_failures(self._model),
            torch.inference_mode(),
        ):
            tokens = torch.tensor([list(ids)], device=self._model.device.id)
            if logits:
                answer = network(tokens, past_key_values=self._cache, use_cache=True, logits_to_keep=1)
                output: torch.Tensor = answer.logits[0, -1].float().cpu()
            else:
                network.base_model(tokens, past_key_values=self._cache, use_cache=True)
                output = torch.empty(0)
        self.length += len(ids)
        self.read_tokens += len(ids)
        return output
