"""Loader of sentence-embedding checkpoints."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from reranklab.errors import ModelRefusedError
from reranklab.models.checkpoints import check_missing, check_vocabulary, dtype, plain_words, read_json
from reranklab.models.device import Device
from reranklab.models.loaded import Loaded
from reranklab.models.store import StoredModel


def load_embedder(stored: StoredModel, *, device: Device, precision: str, allow_code: bool) -> Loaded:
    """A SentenceTransformer with every weight in its files."""
    from sentence_transformers import SentenceTransformer

    with plain_words(stored.entry.id, allow_code=allow_code):
        architectures = read_json(stored.folder / "config.json").get("architectures") or [""]
        if not (stored.folder / "modules.json").is_file() or "ForSequenceClassification" in architectures[0]:
            raise ModelRefusedError(
                f"{stored.entry.id} is not a sentence-embedding checkpoint: it names no pooling (modules.json) or has a "
                "classification head. Use it with the ranker of its own family."
            )
        check_vocabulary(stored)
        network = SentenceTransformer(
            str(stored.folder),
            device=device.id,
            trust_remote_code=allow_code,
            local_files_only=True,
            model_kwargs={"dtype": dtype(precision)},
        )
        if any("message" in (getattr(module, "modality_config", None) or {}) for module in network):
            raise ModelRefusedError(
                f"{stored.entry.id} puts every text through a chat template of its own, which is code and would run for each "
                "batch. Use a model that embeds plain texts."
            )
        check_missing(stored.entry, _absent_weights(stored.folder, network))
        return Loaded(
            network=network.eval(),
            tokenizer=network.tokenizer,
            max_tokens=network.max_seq_length or stored.entry.max_tokens,
        )


def _absent_weights(folder: Path, network: Any) -> list[str]:
    """Parameters of the embedder that no weight file holds; names are compared without their wrappers' prefixes."""
    from safetensors import safe_open

    inner = network.transformers_model
    wrappers = ("model.", f"{inner.base_model_prefix}.")
    held = set()
    for path in folder.rglob("*.safetensors"):
        with safe_open(path, framework="pt") as weights:
            held |= {_unwrapped(name, wrappers) for name in weights.keys()}  # noqa: SIM118
    return [name for name, _ in inner.named_parameters() if _unwrapped(name, wrappers) not in held]


def _unwrapped(name: str, wrappers: Sequence[str]) -> str:
    for wrapper in wrappers:
        name = name.removeprefix(wrapper)
    return name
