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

_SCORED_AT_ONCE = 64
"""Tokens whose likelihoods are computed in one pass: each takes a row as wide as the vocabulary."""


class PromptReader:
    """One prompt being read. Positions count tokens from 0."""

    def __init__(self, model: LoadedModel, *, clock: RunClock, cancel: CancelSignal | None) -> None:
        self._model = model
        self._clock = clock
        self._cancel = cancel
        self._cache = DynamicCache(config=model.network.config)
        self._read: list[int] = []
        self.read_tokens = 0

    @property
    def length(self) -> int:
        """Tokens in the cache."""
        return len(self._read)

    def read(self, ids: Sequence[int]) -> None:
        """Read tokens into the cache, chunk by chunk."""
        for start in range(0, len(ids), CHUNK_TOKENS):
            self._forward(ids[start : start + CHUNK_TOKENS])

    def attention(self, ids: Sequence[int]) -> torch.Tensor:
        """Read a suffix and give the mean attention of its tokens to what came before: (layers, heads, earlier tokens)."""
        before = self.length
        with capture_rows() as rows:
            self._forward(ids)
        return torch.stack([rows[layer][:, :, :before].mean(dim=1).cpu() for layer in sorted(rows)])

    def next_logits(self, ids: Sequence[int]) -> torch.Tensor:
        """Read tokens and give the logits of the token that would follow: (vocabulary,), float32 on the CPU."""
        self.read(ids[:-1])
        return self._forward(ids[-1:], rows=1)[-1]

    def logits_behind(self, ids: Sequence[int]) -> torch.Tensor:
        """The logits of the token behind a whole prompt. What it has in common with the beginning of the prompt read last is
        not read again."""
        self._begin(ids)
        rest = ids[self.length :]
        last = CHUNK_TOKENS * ((len(rest) - 1) // CHUNK_TOKENS)
        self.read(rest[:last])
        return self._forward(rest[last:], rows=1)[-1]

    def log_likelihoods(self, ids: Sequence[int], *, behind: Sequence[int]) -> torch.Tensor:
        """Of each token of `ids`, as the continuation of the prompt `behind` and the tokens before it: (tokens,), natural
        logarithms. A common beginning is not read again."""
        self._begin(behind)
        self.read(behind[self.length : -1])
        inputs = [behind[-1], *ids[:-1]]
        found = []
        for start in range(0, len(ids), _SCORED_AT_ONCE):
            part = inputs[start : start + _SCORED_AT_ONCE]
            logits = self._forward(part, rows=len(part))
            targets = torch.tensor(list(ids[start : start + _SCORED_AT_ONCE]))
            found.append(torch.log_softmax(logits, dim=-1).gather(1, targets[:, None])[:, 0])
        return torch.cat(found)

    def rewind(self, length: int) -> None:
        """Forget everything read after the first `length` tokens."""
        if length < self.length:  # cropping by nothing would empty the cache
            self._cache.crop(length - self.length)
            del self._read[length:]

    def _begin(self, ids: Sequence[int]) -> None:
        """Keep what the cache has of the beginning of a prompt, without its last token."""
        common = 0
        for known, token in zip(self._read, ids[:-1], strict=False):
            if known != token:
                break
            common += 1
        self.rewind(common)

    def _forward(self, ids: Sequence[int], *, rows: int = 0) -> torch.Tensor:
        """Read tokens; the logits behind the last `rows` of them: (rows, vocabulary), float32 on the CPU."""
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
            if rows:
                answer = network(tokens, past_key_values=self._cache, use_cache=True, logits_to_keep=rows)
                output: torch.Tensor = answer.logits[0, -rows:].float().cpu()
            else:
                network.base_model(tokens, past_key_values=self._cache, use_cache=True)
                output = torch.empty(0)
        self._read += ids
        self.read_tokens += len(ids)
        return output
