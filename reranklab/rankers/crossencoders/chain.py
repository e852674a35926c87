"""Cross-encoders that sentence-transformers saves as a chain of modules: an encoder, a pooling, and a head of dense layers.

(Sentence-transformers 5.4 and later; the Ettin rerankers are Transformer, Pooling, Dense, LayerNorm, Dense.) The head is in
files of its own: the weights at the top alone are an encoder without a score.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
from torch import nn

from reranklab.data.paths import shown
from reranklab.errors import ModelRefusedError
from reranklab.models.checkpoints import check_missing, check_vocabulary, dtype, guard_embeddings
from reranklab.models.device import Device
from reranklab.models.files import CONFIG, SETTINGS, ModulePart, check_parts, module_parts, no_weights, read_json_object
from reranklab.models.loaded import Loaded
from reranklab.models.store import StoredModel
from reranklab.rankers.chains import absent_weights, check_chain, check_plain_texts, set_window

_SCORES = "scores"
_KNOWN = {"Transformer", "Pooling", "Dense", "LayerNorm"}
_WEIGHTS: Mapping[str, tuple[str, ...]] = {"Dense": ("linear.weight",), "LayerNorm": ("norm.weight", "norm.bias")}


class ChainedClassifier(nn.Module):
    """The modules of a CrossEncoder, called as a sequence classifier of transformers is: `logits` are (rows, 1)."""

    def __init__(self, encoder: nn.Module, head: Sequence[nn.Module]) -> None:
        super().__init__()
        self.encoder = encoder
        self.head = nn.ModuleList(head)

    @property
    def config(self) -> Any:
        """The encoder's configuration."""
        return self.encoder.config

    def forward(self, **tensors: torch.Tensor) -> Any:
        features: dict[str, torch.Tensor] = {
            "token_embeddings": self.encoder(**tensors).last_hidden_state,
            "attention_mask": tensors["attention_mask"],
        }
        for module in self.head:
            features = module(features)
        return SimpleNamespace(logits=features[_SCORES])

    def get_input_embeddings(self) -> Any:
        return self.encoder.get_input_embeddings()  # type: ignore[operator]

    def set_attn_implementation(self, name: str) -> None:
        self.encoder.set_attn_implementation(name)  # type: ignore[operator]


def is_chain(stored: StoredModel) -> bool:
    """Whether a folder says that it is a CrossEncoder of several modules."""
    if SETTINGS not in stored.files.others:
        return False
    kind = read_json_object(stored.folder / SETTINGS, model=stored.entry.id).get("model_type")
    return kind == "CrossEncoder" and len(module_parts(stored.folder, model=stored.entry.id)) > 1


def load_chain(stored: StoredModel, *, device: Device, precision: str, allow_code: bool) -> Loaded:
    """A CrossEncoder of modules with every weight of encoder and head in its files, and one score.

    Raises ModelRefusedError for other modules, and where the head or a weight of it is missing: it would be random.
    """
    from sentence_transformers import CrossEncoder

    entry = stored.entry
    parts = module_parts(stored.folder, model=entry.id)
    _check_modules(stored, parts)
    check_parts(stored.folder, parts, model=entry.id)
    if not stored.files.modules:
        raise no_weights(stored.folder, model=entry.id)
    check_vocabulary(stored)
    with stored.open(allow_code=False) as folder:
        _check_head(stored, folder, parts)
        check_chain(stored, folder, parts)
        loaded = CrossEncoder(
            str(folder),
            device=device.id,
            local_files_only=True,
            activation_fn=nn.Identity(),  # a checkpoint may name any callable of torch's
            model_kwargs={"dtype": dtype(precision), "use_safetensors": True},
        )
        check_plain_texts(entry, loaded)
        check_missing(entry, absent_weights(stored, folder, loaded))
    first, *head = loaded
    network = ChainedClassifier(first.auto_model, head).eval().to(device.id, dtype(precision))
    guard_embeddings(entry, loaded.tokenizer, network)
    return Loaded(
        network=network,
        tokenizer=loaded.tokenizer,
        max_tokens=entry.max_tokens or set_window(stored, loaded),
        weights=stored.files.modules,
    )


def _check_modules(stored: StoredModel, parts: Sequence[ModulePart]) -> None:
    unknown = [part.type for part in parts if part.own_code or part.kind not in _KNOWN]
    if unknown or not parts[0].reads_tokens or sum(part.reads_tokens for part in parts) != 1:
        raise ModelRefusedError(
            f"{stored.entry.id} is a chain of modules that is not read here "
            f"({shown(', '.join(unknown) or 'no encoder comes first')}). Use one of an encoder, a pooling, dense layers and "
            "layer norms."
        )


def _check_head(stored: StoredModel, folder: Path, parts: Sequence[ModulePart]) -> None:
    """Raise ModelRefusedError unless the last module gives one score, and the files hold the weights of each behind the
    encoder."""
    entry = stored.entry
    last = parts[-1]
    about = read_json_object(folder / last.folder / CONFIG, model=entry.id) if last.kind == "Dense" else {}
    output = about.get("module_output_name") or about.get("module_input_name")
    if output != _SCORES:
        raise ModelRefusedError(
            f"{entry.id} has no head that gives a score (its last module is {shown(last.type)}); a head made up here would be "
            "random. Use a cross-encoder, or this model with the ranker of its own family."
        )
    if about.get("out_features") != 1:
        raise ModelRefusedError(
            f"{entry.id} has {about.get('out_features')!r} output labels; a cross-encoder that ranks has one."
        )
    for part in parts:
        _check_activation(stored, folder, part)
    check_missing(entry, [name for part in parts for name in _lacking(stored, folder, part)])


def _check_activation(stored: StoredModel, folder: Path, part: ModulePart) -> None:
    """Sentence-transformers puts a tanh in the place of a function that it does not trust, and scores on."""
    if part.kind != "Dense":
        return
    name = str(read_json_object(folder / part.folder / CONFIG, model=stored.entry.id).get("activation_function", ""))
    if name and not name.startswith("torch.nn."):
        raise ModelRefusedError(
            f"{part.folder} of {stored.entry.id} asks for the activation {shown(name)}, which is none of torch's. Use a "
            "checkpoint whose head is made of torch's layers."
        )


def _lacking(stored: StoredModel, folder: Path, part: ModulePart) -> list[str]:
    """The weights of a module of the head that its files do not hold."""
    from safetensors import safe_open

    wanted = set(_WEIGHTS.get(part.kind, ()))
    if part.kind == "Dense":
        about = read_json_object(folder / part.folder / CONFIG, model=stored.entry.id)
        wanted |= {"linear.bias"} if about.get("bias", True) else set()
        reshaped = about.get("use_residual") and about.get("in_features") != about.get("out_features")
        wanted |= {"residual.weight"} if reshaped else set()
    held: set[str] = set()
    for name in stored.files.modules:
        if wanted and name.rpartition("/")[0] == part.folder:
            with safe_open(folder / name, framework="pt") as weights:
                held |= set(weights.keys())
    return [f"{part.folder}/{name}" for name in sorted(wanted - held)]
