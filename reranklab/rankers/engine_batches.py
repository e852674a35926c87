"""How the inputs of a compiled graph are batched, so that no score depends on what else is read."""

from __future__ import annotations

from collections.abc import Sequence

from reranklab.models.engines.tiers import TORCH
from reranklab.models.loaded import LoadedModel
from reranklab.rankers.batching import equal_batches, token_batches

STEP = 16
"""Lengths of a compiled graph's inputs, in tokens."""

_ENGINE_TOKENS = 1024
_TURNS = 4
"""Batches that each thread of an engine takes before others may have the device: at the end of a turn threads wait."""
_GPU_TURN = 2
"""Batches that a GPU takes: it computes one while the other is prepared."""


def padded_length(model: LoadedModel, tokens: int) -> int:
    """To how many tokens an input is padded, whatever else is in its batch: a compiled graph makes something ready, and keeps
    it, for every length that it meets."""
    if model.choice is None or model.choice.engine.batching != "equal":
        return tokens
    return max(tokens, min(-(-tokens // STEP) * STEP, model.max_tokens))


def engine_batches(model: LoadedModel, lengths: Sequence[int], *, batch_tokens: int) -> tuple[list[list[int]], int]:
    """Positions of the inputs of each batch and the most tokens (of `lengths`) in one.

    An engine of the processor gets inputs of one length in a batch. Its batches are small: they are no faster when they are
    larger, and nobody can interrupt one. Below float32 the shape of a product decides roundings that grow into hundredths of a
    logit, so inputs are read one at a time. On a GPU, which has nothing to do then, batches are as without an engine.
    """
    if model.choice is None or model.choice.engine.batching != "equal":
        return token_batches(lengths, budget=batch_tokens), batch_tokens
    budget = min(batch_tokens, _ENGINE_TOKENS) if model.precision == "fp32" else 1
    return equal_batches(lengths, budget=budget), budget


def batches_a_turn(model: LoadedModel) -> int:
    """How many batches an engine computes before it gives the device to others."""
    if model.choice is None:
        return 1
    if model.choice.engine.batching != "equal":
        return _GPU_TURN
    if model.backend == TORCH:
        return 1
    return _TURNS * model.choice.compiled.workers


def computed_tokens(model: LoadedModel, lengths: Sequence[int]) -> int:
    """The tokens that a batch of inputs of these lengths computes, padding included."""
    if model.choice is not None and model.choice.engine.batching == "packed":
        return sum(lengths)
    return len(lengths) * padded_length(model, max(lengths))
