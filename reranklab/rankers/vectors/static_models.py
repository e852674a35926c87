"""Static embeddings: a text's vector is the mean of one vector a token, whatever stands beside the token."""

from __future__ import annotations

from typing import Any

from reranklab.errors import ModelRefusedError
from reranklab.llm.escape import control_tokens, escape_control_tokens
from reranklab.models.catalogue import STATIC, is_model_folder, list_models, model_folder
from reranklab.models.checkpoints import dtype
from reranklab.models.device import Device, device_lock
from reranklab.models.failures import compute_failures
from reranklab.models.files import is_token_table, module_parts, no_weights
from reranklab.models.loaded import Loaded, LoadedModel
from reranklab.models.store import StoredModel
from reranklab.models.trained import PREFIX as TRAINED
from reranklab.operator import Lock, is_locked
from reranklab.rankers.explainable import TextVectors
from reranklab.rankers.traces import trace_text

KIND = STATIC
_UNLIMITED = 1_000_000
"""Tokens. A folder names no window, and a static embedding needs none."""


def is_static(model: str) -> bool:
    """Whether the model of that id is catalogued as one, or is a folder that holds one."""
    known = {entry.id: entry.kind for entry in list_models()}
    if not model or model in known:
        return known.get(model) == KIND
    if is_locked(Lock.LOCAL_FILES) and not model.startswith(TRAINED):
        return False
    return is_model_folder(model) and is_token_table(model_folder(model))


def load_static(stored: StoredModel, *, device: Device, precision: str, allow_code: bool) -> Loaded:
    """A SentenceTransformer of one StaticEmbedding. It has no window of its own: `max_tokens` is where this project cuts.

    Raises ModelRefusedError for any other chain of modules, and for weights that do not cover the tokenizer.
    """
    from sentence_transformers import SentenceTransformer
    from transformers import PreTrainedTokenizerFast

    entry = stored.entry
    kinds = [part.type.rpartition(".")[2] for part in module_parts(stored.folder, model=entry.id) if not part.own_code]
    if kinds != ["StaticEmbedding"]:
        raise ModelRefusedError(f"{entry.id} is no static embedding (modules.json). Use it with the ranker of its own kind.")
    if not stored.files.modules:
        raise no_weights(stored.folder, model=entry.id)
    with stored.open(allow_code=False) as folder:
        network = SentenceTransformer(str(folder), device=device.id, local_files_only=True)
        tokenizer = PreTrainedTokenizerFast.from_pretrained(folder)
    network = network.to(dtype(precision)).eval()
    if max(tokenizer.get_vocab().values()) >= network[0].num_embeddings:
        raise ModelRefusedError(f"The tokenizer of {entry.id} has tokens without a vector. Get the checkpoint again.")
    cut: Any = network[0].tokenizer
    window = entry.max_tokens or _UNLIMITED
    cut.enable_truncation(window)
    return Loaded(network=network, tokenizer=tokenizer, max_tokens=window, weights=stored.files.modules)


def static_vectors(model: LoadedModel, text: str) -> TextVectors:
    """The vectors of a text's tokens, each the same in any text, and their mean. Takes the device's lock."""
    import torch

    with device_lock(model.device.id).hold(), compute_failures(model), torch.inference_mode():
        read = escape_control_tokens(text, control_tokens(model.tokenizer))
        ids, tokens = trace_text(model, read)
        states = model.network[0].embedding.weight[list(ids)].float()
        sentence = torch.nn.functional.normalize(states.mean(dim=0), dim=0)
    return TextVectors(text=read, tokens=tokens, states=states.cpu().numpy(), sentence=sentence.cpu().numpy(), mean_pooled=True)
