"""Loaders of the checkpoints that cross-encoders run."""

from __future__ import annotations

from reranklab.errors import ModelRefusedError
from reranklab.models.checkpoints import (
    check_architecture,
    check_missing,
    check_weights,
    dtype,
    load_causal,
    load_onnx,
    load_tokenizer,
    window,
)
from reranklab.models.device import Device
from reranklab.models.loaded import Loaded
from reranklab.models.sizes import check_counts, check_parameters
from reranklab.models.store import StoredModel


def load_classifier(stored: StoredModel, *, device: Device, precision: str, allow_code: bool) -> Loaded:
    """A sequence classifier with one output; int8 is its ONNX file."""
    if precision == "int8":
        return load_onnx(stored, device=device)
    from transformers import AutoConfig, AutoModelForSequenceClassification

    check_weights(stored)
    with stored.open(allow_code=allow_code) as folder:
        check_counts(stored, folder)
        config = AutoConfig.from_pretrained(folder, trust_remote_code=allow_code)
        check_architecture(stored.entry, config, "ForSequenceClassification", "a cross-encoder")
        if config.num_labels != 1:
            raise ModelRefusedError(
                f"{stored.entry.id} has {config.num_labels} output labels; a cross-encoder that ranks has one."
            )
        if not allow_code:
            check_parameters(stored, AutoModelForSequenceClassification, config, names=stored.files.weights)
        network, info = AutoModelForSequenceClassification.from_pretrained(
            folder,
            dtype=dtype(precision),
            trust_remote_code=allow_code,
            use_safetensors=True,
            output_loading_info=True,
        )
        check_missing(stored.entry, info["missing_keys"])
        tokenizer = load_tokenizer(stored, folder, network, allow_code=allow_code)
    return Loaded(
        network=network.eval().to(device.id),
        tokenizer=tokenizer,
        max_tokens=window(stored.entry, config, tokenizer),
        weights=stored.files.weights,
    )


def load_causal_reranker(stored: StoredModel, *, device: Device, precision: str, allow_code: bool) -> Loaded:
    """A causal language model whose answer token is the score; int8 is its ONNX file, where it brings one."""
    if precision == "int8":
        return load_onnx(stored, device=device)
    return load_causal(stored, device=device, precision=precision, allow_code=allow_code)
