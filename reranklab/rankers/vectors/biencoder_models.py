"""Loader of sentence-embedding checkpoints."""

from __future__ import annotations

from typing import Any

from reranklab.data.paths import is_file, shown
from reranklab.errors import ModelRefusedError
from reranklab.models.checkpoints import check_missing, check_vocabulary, dtype, guard_embeddings
from reranklab.models.device import Device
from reranklab.models.files import CONFIG, SETTINGS, check_parts, module_parts, no_weights, read_json_object
from reranklab.models.loaded import Loaded
from reranklab.models.store import StoredModel
from reranklab.rankers.chains import absent_weights, check_chain, check_plain_texts, set_window


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
            check_chain(stored, folder, parts)
        network = SentenceTransformer(
            str(folder),
            device=device.id,
            trust_remote_code=allow_code,
            local_files_only=True,
            model_kwargs={"dtype": dtype(precision), "use_safetensors": True},
        )
        check_plain_texts(stored.entry, network)
        check_missing(stored.entry, absent_weights(stored, folder, network))
    guard_embeddings(stored.entry, network.tokenizer, network.transformers_model)
    return Loaded(
        network=network.eval(),
        tokenizer=network.tokenizer,
        max_tokens=set_window(stored, network),
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
