"""Sentence embedders by tier: the encoder by the fastest engine at hand, what makes a vector of its states by PyTorch."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reranklab.models.checkpoints import broken_weights, every_token_is_embedded
from reranklab.models.clock import RunClock
from reranklab.models.device import Device
from reranklab.models.engines.choice import Choice
from reranklab.models.engines.compiled import Features
from reranklab.models.engines.graph import has_graph
from reranklab.models.engines.tiers import EXACT, FAST, TIERS, Agreement, TorchGraph, choose
from reranklab.models.failures import compute_failures
from reranklab.models.loaded import Loaded, LoadedModel, Loader
from reranklab.models.store import StoredModel
from reranklab.progress import CancelSignal, Progress, check_cancel, report
from reranklab.rankers.engine_batches import batches_a_turn, engine_batches, padded_length

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

VECTORS_APART = {EXACT: 1e-5, FAST: 0.05}
"""How far any number of a unit vector may be from PyTorch's in float32."""

_logger = logging.getLogger(__name__)

_PART = 256
"""Texts that go through the tokenizer in one call."""
_AFTER_THE_ENCODER = {"Pooling", "Normalize", "Dense", "Dropout", "LayerNorm"}
"""sentence-transformers' modules that read nothing of the encoder but its last states and the mask."""


def by_tier(load: Loader) -> Loader:
    """A loader of embedders that knows the tiers besides the precisions of `load`."""

    def load_tier(stored: StoredModel, *, device: Device, precision: str, allow_code: bool) -> Loaded:
        if precision not in TIERS:
            return load(stored, device=device, precision=precision, allow_code=allow_code)
        in_torch = "fp16" if precision == FAST and device.id != "cpu" else "fp32"
        loaded = replace(load(stored, device=device, precision=in_torch, allow_code=allow_code), precision=in_torch)
        return _compiled(loaded, precision, device) if device.id == "cpu" and _can_be_compiled(loaded) else loaded

    return load_tier


def _can_be_compiled(loaded: Loaded) -> bool:
    """Whether an engine may take the encoder's place. Where a weight or a token is not sound, PyTorch's own errors say so."""
    encoder, *others = loaded.network
    modules = [(type(module).__module__.partition(".")[0], type(module).__name__) for module in (encoder, *others)]
    return (
        modules[0] == ("sentence_transformers", "Transformer")
        and all(package == "sentence_transformers" and name in _AFTER_THE_ENCODER for package, name in modules[1:])
        and bool(others)
        and loaded.tokenizer.padding_side == "right"
        and has_graph(encoder.auto_model)
        and every_token_is_embedded(loaded.tokenizer, encoder.auto_model)
        and not broken_weights(loaded.network)
    )


def _compiled(loaded: Loaded, tier: str, device: Device) -> Loaded:
    """With the engine that measures fastest. What it takes the place of is given back to the memory: explanations load their
    own copy."""

    def read(states: Any, given: Features) -> Any:
        return _unit_vectors(loaded.network, states, given["attention_mask"])

    encoder = loaded.network[0].auto_model
    choice = _choice(encoder, tier, device, read)
    if not isinstance(choice.compiled, TorchGraph):
        encoder.to("meta")
    elif choice.compiled.network is not encoder:
        loaded.network[0].model = choice.compiled.network
    return replace(loaded, backend=choice.engine.backend, precision=choice.engine.precision, choice=choice)


def _choice(encoder: Any, tier: str, device: Device, read: Callable[[Any, Features], Any]) -> Choice:
    """Of the tier, or of the exact one where no engine of the fast one is near enough."""
    agreement = Agreement(read=read, tolerance=VECTORS_APART[tier] / 2)  # absolute and relative, of numbers up to 1
    try:
        return choose(encoder, tier, device=device, agreement=agreement)
    except RuntimeError as error:
        if tier == EXACT:
            raise
        _logger.warning("No engine of the tier %s computes this model near enough", tier, exc_info=error)
        return _choice(encoder, EXACT, device, read)


def embed_compiled(
    model: LoadedModel,
    texts: Sequence[str],
    order: Sequence[int],
    *,
    batch_tokens: int,
    clock: RunClock,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> list[NDArray[np.float32]]:
    """Unit vectors of the texts by the model's engine, in the order given. `order` has their positions, long ones first."""
    assert model.choice is not None
    vectors: list[Any] = [None] * len(texts)
    for start in range(0, len(order), _PART):
        part = order[start : start + _PART]
        with clock.turn(), clock.stage("tokenise"), compute_failures(model):
            rows = _tokenised(model, [texts[position] for position in part])
        lengths = [padded_length(model, len(row)) for row in rows]
        batches, _ = engine_batches(model, lengths, batch_tokens=batch_tokens)
        at_once, done = batches_a_turn(model), start
        for first in range(0, len(batches), at_once):
            check_cancel(cancel)
            report(progress, done=done, total=len(texts), unit="document")
            turn = batches[first : first + at_once]
            with clock.turn(), clock.stage("compute"), compute_failures(model):
                given = [_features(model, [rows[place] for place in batch], lengths[batch[0]]) for batch in turn]
                for batch, features, states in zip(turn, given, model.choice.compiled.run(given, cancel=cancel), strict=True):
                    found = _unit_vectors(model.network, states, features["attention_mask"])
                    for place, vector in zip(batch, found, strict=True):
                        vectors[part[place]] = vector
            done += sum(map(len, turn))
    report(progress, done=len(texts), total=len(texts), unit="document")
    return vectors


def _tokenised(model: LoadedModel, texts: Sequence[str]) -> list[tuple[Any, Any]]:
    """The ids of each text, as arrays (tokens,), by the network's own preprocessing."""
    features = model.network.preprocess(list(texts))
    ids, seen = features["input_ids"].numpy(), features["attention_mask"].numpy().astype(bool)
    return [row[mask] for row, mask in zip(ids, seen, strict=True)]


def _features(model: LoadedModel, rows: Sequence[Any], length: int) -> dict[str, Any]:
    import numpy as np

    ids = np.full((len(rows), length), model.tokenizer.pad_token_id or 0, dtype=np.int64)
    mask = np.zeros_like(ids)
    for place, row in enumerate(rows):
        ids[place, : len(row)] = row
        mask[place, : len(row)] = 1
    return {"input_ids": ids, "token_type_ids": np.zeros_like(ids), "attention_mask": mask}


def _unit_vectors(network: Any, states: Any, mask: Any) -> NDArray[np.float32]:
    """What the modules after the encoder make of its states (rows, tokens, size)."""
    import torch

    with torch.inference_mode():
        features = {"token_embeddings": torch.from_numpy(states), "attention_mask": torch.from_numpy(mask)}
        for module in list(network)[1:]:
            features = module(features)
        found: NDArray[np.float32] = torch.nn.functional.normalize(features["sentence_embedding"].float(), dim=1).numpy()
        return found
