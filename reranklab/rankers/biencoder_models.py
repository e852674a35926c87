"""Loader of sentence-embedding checkpoints."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from reranklab.data.paths import is_file, shown
from reranklab.errors import ModelRefusedError
from reranklab.models.checkpoints import check_missing, check_vocabulary, checked_window, dtype, guard_embeddings
from reranklab.models.device import Device
from reranklab.models.files import CONFIG, SETTINGS, ModulePart, check_parts, module_parts, no_weights, read_json_object
from reranklab.models.loaded import Loaded
from reranklab.models.sizes import check_counts, check_module, check_parameters
from reranklab.models.store import StoredModel

_CHOOSES_FILES = {
    "adapter_kwargs",
    "cache_dir",
    "gguf_file",
    "merges_file",
    "revision",
    "subfolder",
    "tokenizer_file",
    "tokenizer_name_or_path",
    "use_safetensors",
    "variant",
    "vocab_file",
}


def load_embedder(stored: StoredModel, *, device: Device, precision: str, allow_code: bool) -> Loaded:
    """A SentenceTransformer with every weight in its files."""
    from sentence_transformers import SentenceTransformer

    parts = module_parts(stored.folder, model=stored.entry.id)
    inside = next((part.folder for part in parts if part.reads_tokens), "")
    config = stored.folder / inside / CONFIG
    architectures = read_json_object(config, model=stored.entry.id).get("architectures") if is_file(config) else None
    if not parts or _classifies(architectures):
        raise ModelRefusedError(
            f"{stored.entry.id} is not a sentence-embedding checkpoint: it names no pooling (modules.json) or has a "
            "classification head. Use it with the ranker of its own family."
        )
    _check_chain_type(stored)
    check_parts(stored.folder, parts, model=stored.entry.id)
    if not stored.files.modules:
        raise no_weights(stored.folder / inside, model=stored.entry.id)
    check_vocabulary(stored)
    with stored.open(allow_code=allow_code) as folder:
        if not allow_code:
            _check_chain(stored, folder, parts)
        network = SentenceTransformer(
            str(folder),
            device=device.id,
            trust_remote_code=allow_code,
            local_files_only=True,
            model_kwargs={"dtype": dtype(precision), "use_safetensors": True},
        )
        if any("message" in (getattr(module, "modality_config", None) or {}) for module in network):
            raise ModelRefusedError(
                f"{stored.entry.id} puts every text through a chat template of its own, which is code and would run for each "
                "batch. Use a model that embeds plain texts."
            )
        check_missing(stored.entry, _absent_weights(stored, folder, network))
    guard_embeddings(stored.entry, network.tokenizer, network.transformers_model)
    return Loaded(
        network=network.eval(),
        tokenizer=network.tokenizer,
        max_tokens=_set_window(stored, network),
        weights=stored.files.modules,
    )


def _classifies(architectures: Any) -> bool:
    return isinstance(architectures, list) and "ForSequenceClassification" in str((*architectures, "")[0])


def _check_chain_type(stored: StoredModel) -> None:
    """Raise ModelRefusedError for other chains of modules: sentence-transformers would make up a pooling for them."""
    if SETTINGS in stored.files.others:
        settings = read_json_object(stored.folder / SETTINGS, model=stored.entry.id)
        kind = settings.get("model_type", "SentenceTransformer")
        if kind != "SentenceTransformer":
            raise ModelRefusedError(f"{stored.entry.id} is a {shown(str(kind))}, not a sentence-embedding checkpoint.")


def _check_chain(stored: StoredModel, folder: Path, parts: Sequence[ModulePart]) -> None:
    """Raise ModelRefusedError where a module asks for more than the weights are, or for files of its own choice."""
    from transformers import AutoConfig, AutoModel

    for part in parts:
        if part.reads_tokens:
            check_counts(stored, folder, inside=part.folder)
            _check_settings(stored, folder / part.folder)
            config = AutoConfig.from_pretrained(folder / part.folder)
            check_parameters(stored, AutoModel, config, names=stored.files.modules)
        elif part.has_config:
            check_module(stored, folder / part.folder / CONFIG, names=stored.files.modules)


def _check_settings(stored: StoredModel, folder: Path) -> None:
    """sentence_bert_config.json may name another folder for the tokenizer, and arguments for the loaders of model, tokenizer
    and configuration: those that choose files are refused."""
    for path in folder.glob("sentence_*_config.json"):
        settings = read_json_object(path, model=stored.entry.id)
        inner = [name for name, value in settings.items() if isinstance(value, dict) for name in value]
        for name in (*settings, *inner):
            if name in _CHOOSES_FILES:
                raise ModelRefusedError(
                    f"{path.name} of {stored.entry.id} sets {name}, so that other files than its own would be read. "
                    "Remove that line."
                )


def _set_window(stored: StoredModel, network: Any) -> int:
    """The tokens that the checkpoint says it reads, and no more than it has positions for. From now on it reads as many."""
    named = checked_window(stored.entry, network.max_seq_length or stored.entry.max_tokens or None)
    positions = checked_window(stored.entry, getattr(network.config, "max_position_embeddings", None), unknown=named)
    if network.max_seq_length != min(named, positions):
        network.max_seq_length = min(named, positions)
    return min(named, positions)


def _absent_weights(stored: StoredModel, folder: Path, network: Any) -> list[str]:
    """Parameters of the embedder that no weight file holds; names are compared without their wrappers' prefixes."""
    from safetensors import safe_open

    inner = network.transformers_model
    wrappers = ("model.", f"{inner.base_model_prefix}.")
    held = set()
    for name in stored.files.modules:
        with safe_open(folder / name, framework="pt") as weights:
            held |= {_unwrapped(key, wrappers) for key in weights.keys()}  # noqa: SIM118
    return [name for name, _ in inner.named_parameters() if _unwrapped(name, wrappers) not in held]


def _unwrapped(name: str, wrappers: Sequence[str]) -> str:
    for wrapper in wrappers:
        name = name.removeprefix(wrapper)
    return name
