"""Loader of late-interaction checkpoints: those of sentence-transformers, PyLate and Stanford's ColBERT."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from reranklab.data.paths import shown
from reranklab.errors import ModelRefusedError
from reranklab.models.checkpoints import check_missing, check_vocabulary, check_weights, dtype, guard_embeddings
from reranklab.models.device import Device
from reranklab.models.files import CONFIG, SETTINGS, ModulePart, check_parts, module_parts, no_weights, read_json_object
from reranklab.models.loaded import Loaded, LoadedModel
from reranklab.models.sizes import check_counts, check_parameters
from reranklab.models.store import StoredModel
from reranklab.rankers.chains import absent_weights, check_chain, check_plain_texts, set_window

KIND = "multi-vector"
_KNOWN = {"Transformer", "Dense", "MultiVectorMask", "Normalize"}
_PYLATE = "pylate.models.Dense.Dense"
"""sentence-transformers reads it as its own Dense."""


def load_multi_vector(stored: StoredModel, *, device: Device, precision: str, allow_code: bool) -> Loaded:
    """A MultiVectorEncoder with every weight in its files. `max_tokens` is what it reads of a document.

    Raises ModelRefusedError for a checkpoint without a projection of its own: sentence-transformers would make a random one.
    """
    from sentence_transformers import MultiVectorEncoder

    entry = stored.entry
    parts = module_parts(stored.folder, model=entry.id)
    if parts:
        _check_modules(stored, parts)
    else:
        _check_stanford(stored)
    check_vocabulary(stored)
    with stored.open(allow_code=allow_code) as folder:
        if not allow_code:
            _check_sizes(stored, parts, folder)
        network = MultiVectorEncoder(
            str(folder),
            device=device.id,
            trust_remote_code=allow_code,
            local_files_only=True,
            model_kwargs={"dtype": dtype(precision), "use_safetensors": True},
        ).to(dtype(precision))
        check_plain_texts(entry, network)
        check_missing(entry, absent_weights(stored, folder, network))
    guard_embeddings(entry, network.tokenizer, network.transformers_model)
    window = set_window(stored, network)
    transformer: Any = network[0]
    return Loaded(
        network=network.eval(),
        tokenizer=network.tokenizer,
        max_tokens=min(window, transformer.document_length or window),
        weights=stored.files.modules or stored.files.weights,
    )


def query_window(model: LoadedModel) -> int:
    """How many tokens of a query a loaded checkpoint reads, its own frame among them."""
    transformer = model.network[0]
    window = int(transformer.max_seq_length)
    expansion = transformer.query_expansion
    if expansion is not None and expansion["strategy"] == "fixed":
        return min(window, int(expansion["length"]))
    if transformer.query_length is None:
        return window
    return min(window, max(int(transformer.query_length), int(expansion["length"]) if expansion else 0))


def _check_modules(stored: StoredModel, parts: Sequence[ModulePart]) -> None:
    """PyLate's chain, or sentence-transformers' own."""
    entry = stored.entry
    settings = read_json_object(stored.folder / SETTINGS, model=entry.id) if SETTINGS in stored.files.others else {}
    kinds = [part.kind for part in parts]
    own = [part.type for part in parts if part.own_code and part.type != _PYLATE]
    complete = settings.get("model_type") == "ColBERT" or (
        settings.get("model_type") == "MultiVectorEncoder" and "MultiVectorMask" in kinds
    )
    if own or not complete or not _KNOWN.issuperset(kinds):
        raise ModelRefusedError(
            f"{entry.id} is no late-interaction checkpoint (modules.json: {shown(', '.join(kinds))}): its projection would be "
            "random. Use it with the ranker of its own family."
        )
    check_parts(stored.folder, parts, model=entry.id)
    if not stored.files.modules:
        raise no_weights(stored.folder, model=entry.id)
    for part in parts:
        if part.kind == "Dense" and not any(Path(name).parent.as_posix() == part.folder for name in stored.files.modules):
            raise ModelRefusedError(f"{entry.id} lacks the weights of its projection, {part.folder}. Get the checkpoint again.")


def _check_stanford(stored: StoredModel) -> None:
    """The projection stands among the weights of the network."""
    from safetensors import safe_open

    entry = stored.entry
    check_weights(stored)
    architectures = read_json_object(stored.folder / CONFIG, model=entry.id).get("architectures") or []
    held = set()
    for name in stored.files.weights:
        with safe_open(stored.folder / name, framework="pt") as weights:
            held |= set(weights.keys())
    if "HF_ColBERT" not in architectures or "linear.weight" not in held:
        raise ModelRefusedError(
            f"{entry.id} is no late-interaction checkpoint ({shown(', '.join(map(str, architectures)))}): it has no projection "
            "of its own, and a random one would be made. Use a checkpoint that was trained for late interaction."
        )


def _check_sizes(stored: StoredModel, parts: Sequence[ModulePart], folder: Path) -> None:
    from transformers import AutoConfig, AutoModel

    if parts:
        check_chain(stored, folder, parts)
        return
    check_counts(stored, folder)
    check_parameters(stored, AutoModel, AutoConfig.from_pretrained(folder), names=stored.files.weights)
