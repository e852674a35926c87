"""Loaders of the checkpoints that cross-encoders run."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

from reranklab.errors import ModelRefusedError
from reranklab.models.checkpoints import broken_weights, every_token_is_embedded, load_causal, load_network, load_onnx
from reranklab.models.device import Device, cpu, is_cuda
from reranklab.models.engines.choice import Choice
from reranklab.models.engines.gpu import choose_on_gpu
from reranklab.models.engines.graph import ENCODERS, has_graph, is_bert_like
from reranklab.models.engines.tiers import FAST, TIERS, TorchGraph, choose
from reranklab.models.files import CONFIG, module_parts, read_json_object
from reranklab.models.loaded import Loaded
from reranklab.models.store import StoredModel

_logger = logging.getLogger(__name__)


def load_classifier(stored: StoredModel, *, device: Device, precision: str, allow_code: bool) -> Loaded:
    """A sequence classifier with one output, or a chain of modules that ends in one score; int8 is its ONNX file, and a tier
    the fastest engine that computes it."""
    if precision == "int8":
        return load_onnx(stored, device=device)
    if precision in TIERS:
        return _load_tier(stored, precision, device=device, allow_code=allow_code)
    from transformers import AutoModelForSequenceClassification

    from reranklab.rankers.crossencoders.chain import is_chain, load_chain

    if is_chain(stored):
        return load_chain(stored, device=device, precision=precision, allow_code=allow_code)

    def check(config: Any) -> None:
        if config.num_labels != 1:
            raise ModelRefusedError(
                f"{stored.entry.id} has {config.num_labels} output labels; a cross-encoder that ranks has one."
            )

    return load_network(
        stored,
        AutoModelForSequenceClassification,
        suffix="ForSequenceClassification",
        wanted="a cross-encoder",
        device=device,
        precision=precision,
        allow_code=allow_code,
        check=check,
    )


def load_causal_reranker(stored: StoredModel, *, device: Device, precision: str, allow_code: bool) -> Loaded:
    """A causal language model whose answer token is the score; int8 is its ONNX file, where it brings one."""
    if precision == "int8":
        return load_onnx(stored, device=device)
    precision = _torch_precision(precision, device)
    loaded = load_causal(stored, device=device, precision=precision, allow_code=allow_code)
    _check_answers(stored, loaded.tokenizer)
    return replace(loaded, precision=precision)


def _check_answers(stored: StoredModel, tokenizer: Any) -> None:
    """Raise ModelRefusedError where the checkpoint names other answer tokens than the catalogue does (sentence-transformers'
    module LogitScore)."""
    for part in module_parts(stored.folder, model=stored.entry.id):
        if part.kind != "LogitScore" or part.own_code:
            continue
        named = read_json_object(stored.folder / part.folder / CONFIG, model=stored.entry.id)
        for key, token in (("true_token_id", stored.entry.true_token), ("false_token_id", stored.entry.false_token)):
            ids = tokenizer.encode(token, add_special_tokens=False) if token else [None]
            if ids != [named.get(key)]:
                raise ModelRefusedError(
                    f"{stored.entry.id} scores by the token {named.get(key)!r} ({key} of {part.folder}), and is declared with "
                    f"{token!r}, which is {ids}. The catalogue's entry is of another revision: use that one."
                )


def _load_tier(stored: StoredModel, tier: str, *, device: Device, allow_code: bool) -> Loaded:
    """On a processor and on CUDA the engine that measures fastest, for encoders of the BERT family; else torch."""
    precision = _torch_precision(tier, device)
    if is_cuda(device) and (found := _load_on_cuda(stored, tier, device=device, allow_code=allow_code)):
        return found
    if device.id != "cpu":
        loaded = load_classifier(stored, device=device, precision=precision, allow_code=allow_code)
        return replace(loaded, precision=precision)
    loaded = load_classifier(stored, device=device, precision="fp32", allow_code=allow_code)
    if not has_graph(loaded.network) or not _is_sound(loaded):
        return replace(loaded, precision=precision)
    return _with_engine(loaded, choose(loaded.network, tier, device=device))


def _load_on_cuda(stored: StoredModel, tier: str, *, device: Device, allow_code: bool) -> Loaded | None:
    """The model by the fastest engine on a GPU; None where it is no sound encoder of the BERT family, or no engine computes
    it."""
    if read_json_object(stored.folder / CONFIG, model=stored.entry.id).get("model_type") not in ENCODERS:
        return None
    loaded = load_classifier(stored, device=cpu(), precision="fp32", allow_code=allow_code)
    if not is_bert_like(loaded.network) or not _is_sound(loaded):
        return None
    try:
        return _with_engine(loaded, choose_on_gpu(loaded.network, tier, device=device))
    except RuntimeError as error:
        _logger.warning("No engine of the tier %s computes this model on %s", tier, device.id, exc_info=error)
        return None


def _with_engine(loaded: Loaded, choice: Choice) -> Loaded:
    compiled, engine = choice.compiled, choice.engine
    network = compiled.network if isinstance(compiled, TorchGraph) else compiled
    return replace(loaded, network=network, backend=engine.backend, precision=engine.precision, choice=choice)


def _is_sound(loaded: Loaded) -> bool:
    """Whether every token has an embedding and every weight is a number: else torch's own errors say what is wrong."""
    return every_token_is_embedded(loaded.tokenizer, loaded.network) and not broken_weights(loaded.network)


def _torch_precision(tier: str, device: Device) -> str:
    """What torch computes for a tier: float32, or for the fast one on a GPU float16."""
    if tier not in TIERS:
        return tier
    return "fp16" if tier == FAST and device.id != "cpu" else "fp32"
