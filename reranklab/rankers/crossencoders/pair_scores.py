"""Encoded pairs to raw scores, by torch or a compiled graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from reranklab.errors import ModelRefusedError
from reranklab.models.catalogue import CatalogueEntry
from reranklab.models.engines.transfer import to_device
from reranklab.models.failures import compute_failures
from reranklab.models.loaded import LoadedModel
from reranklab.progress import CancelSignal, check_cancel
from reranklab.rankers.engine_batches import padded_length
from reranklab.rankers.pairs import EncodedPair
from reranklab.types import LOG_ODDS, LOGIT, YES_LOGIT, ScoreScale

if TYPE_CHECKING:
    import torch

_SCALES = {scale.name: scale for scale in (LOGIT, LOG_ODDS, YES_LOGIT)}


def score_pairs(model: LoadedModel, pairs: Sequence[EncodedPair]) -> list[float]:
    """The raw scores of one padded batch. Call while holding the device's lock."""
    return score_batches(model, [pairs])[0]


def score_batches(
    model: LoadedModel, batches: Sequence[Sequence[EncodedPair]], *, cancel: CancelSignal | None = None
) -> list[list[float]]:
    """The raw scores of padded batches. A compiled graph computes several at once. Raises Cancelled before the next one. Call
    while holding the device's lock."""
    if model.backend != "torch":
        return _score_compiled(model, batches, cancel)
    return _score_torch(model, batches, cancel)


def _score_torch(
    model: LoadedModel, batches: Sequence[Sequence[EncodedPair]], cancel: CancelSignal | None
) -> list[list[float]]:
    """A GPU computes a batch while the next one is prepared."""
    import numpy as np
    import torch

    scores = []
    with compute_failures(model), torch.inference_mode():
        for pairs in batches:
            check_cancel(cancel)
            features = _pad(model, pairs, left=model.entry.kind == "causal-reranker")
            tensors = {name: to_device(np.array(rows, dtype=np.int64), model.device.id) for name, rows in features.items()}
            scores.append(network_scores(model, tensors))
        return [[float(score) for score in each.cpu()] for each in scores]


def network_scores(model: LoadedModel, tensors: Mapping[str, torch.Tensor]) -> torch.Tensor:
    """The scores (rows,) in float32 that the network gives to tensors ready for it, on its device."""
    if model.entry.kind != "causal-reranker":
        scores: torch.Tensor = model.network(**tensors).logits[:, 0].float()
        return scores
    logits = model.network(**tensors, logits_to_keep=1).logits[:, -1].float()
    scores = logits[:, _token_id(model, model.entry.true_token)]
    if model.entry.false_token:
        scores = scores - logits[:, _token_id(model, model.entry.false_token)]
    return scores


def score_scale(entry: CatalogueEntry) -> ScoreScale:
    """What the scores of a model mean."""
    return _SCALES[entry.scale or "logit"]


def _score_compiled(
    model: LoadedModel, batches: Sequence[Sequence[EncodedPair]], cancel: CancelSignal | None
) -> list[list[float]]:
    import numpy as np

    given = []
    for pairs in batches:
        features = {name: np.array(rows, dtype=np.int64) for name, rows in _pad(model, pairs, left=False).items()}
        features.setdefault("token_type_ids", np.zeros_like(features["input_ids"]))
        given.append(features)
    with compute_failures(model):
        return [[float(score) for score in scores[:, 0]] for scores in model.network.run(given, cancel=cancel)]


def _pad(model: LoadedModel, pairs: Sequence[EncodedPair], *, left: bool) -> dict[str, list[list[int]]]:
    length = padded_length(model, max(len(pair.ids) for pair in pairs))
    padding = model.tokenizer.pad_token_id or 0

    def row(values: list[int], fill: int) -> list[int]:
        rest = [fill] * (length - len(values))
        return rest + values if left else values + rest

    features = {
        "input_ids": [row(pair.ids, padding) for pair in pairs],
        "attention_mask": [row([1] * len(pair.ids), 0) for pair in pairs],
    }
    if pairs[0].types:
        features["token_type_ids"] = [row(pair.types, 0) for pair in pairs]
    return features


def _token_id(model: LoadedModel, token: str) -> int:
    ids: list[Any] = model.tokenizer.encode(token, add_special_tokens=False)
    if len(ids) != 1:
        raise ModelRefusedError(
            f"{model.entry.id} is declared to answer with {token!r}, and its tokenizer has no such token. Use another model."
        )
    return int(ids[0])
