"""Loaders of the checkpoints that rank listwise."""

from __future__ import annotations

from reranklab.errors import ModelRefusedError
from reranklab.models.checkpoints import check_missing, check_weights, dtype, load_causal, window
from reranklab.models.device import Device
from reranklab.models.loaded import Loaded
from reranklab.models.store import StoredModel


def load_watched_causal(stored: StoredModel, *, device: Device, precision: str, allow_code: bool) -> Loaded:
    """A causal language model whose attention can be watched while it computes like any other."""
    from reranklab.llm.capture import ATTENTION

    return load_causal(stored, device=device, precision=precision, allow_code=allow_code, attention=ATTENTION)


def load_custom_code(stored: StoredModel, *, device: Device, precision: str, allow_code: bool) -> Loaded:
    """A checkpoint with code of its own and a rerank() in it. Raises ModelRefusedError unless the code is allowed."""
    from transformers import AutoModel, AutoTokenizer

    if not allow_code:
        raise ModelRefusedError(
            f"{stored.entry.id} needs Python code that comes with the checkpoint. If you have read and trust it, allow it with "
            "remote_code=allow for this model."
        )
    check_weights(stored)
    with stored.open(allow_code=True) as folder:
        network, info = AutoModel.from_pretrained(
            folder, dtype=dtype(precision), trust_remote_code=True, use_safetensors=True, output_loading_info=True
        )
        check_missing(stored.entry, info["missing_keys"])
        if not callable(getattr(network, "rerank", None)):
            raise ModelRefusedError(
                f"{stored.entry.id} brings no rerank() of its own, so it is not a listwise reranker of this kind."
            )
        brings_tokenizer = any(name in stored.files.others for name in ("tokenizer.json", "tokenizer_config.json"))
        tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=True) if brings_tokenizer else None
    return Loaded(
        network=network.eval().to(device.id),
        tokenizer=tokenizer,
        max_tokens=window(stored.entry, network.config, tokenizer),
        weights=stored.files.weights,
    )
