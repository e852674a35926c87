"""Loaders of the checkpoints that cross-encoders run."""

from __future__ import annotations

from typing import Any

from reranklab.errors import ModelRefusedError
from reranklab.models.checkpoints import load_causal, load_network, load_onnx
from reranklab.models.device import Device
from reranklab.models.loaded import Loaded
from reranklab.models.store import StoredModel


def load_classifier(stored: StoredModel, *, device: Device, precision: str, allow_code: bool) -> Loaded:
    """A sequence classifier with one output; int8 is its ONNX file."""
    if precision == "int8":
        return load_onnx(stored, device=device)
    from transformers import AutoModelForSequenceClassification

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
    return load_causal(stored, device=device, precision=precision, allow_code=allow_code)
