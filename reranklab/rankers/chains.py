"""What the loaders of sentence-transformers checkpoints share: checks of their chain of modules, before and after loading."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from reranklab.errors import ModelRefusedError
from reranklab.models.catalogue import CatalogueEntry
from reranklab.models.checkpoints import checked_window
from reranklab.models.files import CONFIG, ModulePart, read_json_object
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


def check_chain(stored: StoredModel, folder: Path, parts: Sequence[ModulePart], *, auto: Any = None) -> None:
    """Raise ModelRefusedError where a module asks for more than the weights are, or for files of its own choice.

    `auto` is transformers' automatic class of the network, AutoModel where it is not given.
    """
    from transformers import AutoConfig, AutoModel

    for part in parts:
        if part.reads_tokens:
            check_counts(stored, folder, inside=part.folder)
            _check_settings(stored, folder / part.folder)
            config = AutoConfig.from_pretrained(folder / part.folder)
            check_parameters(stored, auto or AutoModel, config, names=stored.files.modules)
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


def check_plain_texts(entry: CatalogueEntry, network: Any) -> None:
    """Raise ModelRefusedError for a checkpoint that renders texts by a chat template."""
    if any("message" in (getattr(module, "modality_config", None) or {}) for module in network):
        raise ModelRefusedError(
            f"{entry.id} puts every text through a chat template of its own, which is code and would run for each batch. "
            "Use a model that embeds plain texts."
        )


def set_window(stored: StoredModel, network: Any) -> int:
    """The tokens that the checkpoint says it reads, and no more than it has positions for. From now on it reads as many."""
    named = checked_window(stored.entry, network.max_seq_length or stored.entry.max_tokens or None)
    positions = checked_window(stored.entry, getattr(network.config, "max_position_embeddings", None), unknown=named)
    if network.max_seq_length != min(named, positions):
        network.max_seq_length = min(named, positions)
    return min(named, positions)


def absent_weights(stored: StoredModel, folder: Path, network: Any) -> list[str]:
    """Parameters of the embedder that no weight file holds; names are compared without their wrappers' prefixes."""
    from safetensors import safe_open

    inner = network.transformers_model
    wrappers = ("model.", f"{inner.base_model_prefix}.")
    held = set()
    for name in stored.files.modules or stored.files.weights:
        with safe_open(folder / name, framework="pt") as weights:
            held |= {_present_name(_unwrapped(key, wrappers)) for key in weights.keys()}  # noqa: SIM118
    return [name for name, _ in inner.named_parameters() if _unwrapped(name, wrappers) not in held]


def _present_name(key: str) -> str:
    """TensorFlow's names of a layer norm's weights, which old checkpoints have, are read as PyTorch's."""
    for old, new in ((".gamma", ".weight"), (".beta", ".bias")):
        key = key.removesuffix(old) + new if key.endswith(old) else key
    return key


def _unwrapped(name: str, wrappers: Sequence[str]) -> str:
    for wrapper in wrappers:
        name = name.removeprefix(wrapper)
    return name
