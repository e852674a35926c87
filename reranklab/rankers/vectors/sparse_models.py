"""Loader of learned sparse encoders: SPLADE and its kin, whose dimensions are the terms of the tokenizer's vocabulary."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from reranklab.data.paths import shown
from reranklab.errors import ModelRefusedError
from reranklab.models.catalogue import list_models
from reranklab.models.checkpoints import check_missing, check_vocabulary, check_weights, dtype, guard_embeddings
from reranklab.models.device import Device
from reranklab.models.files import CONFIG, SETTINGS, ModulePart, check_parts, module_parts, no_weights, read_json_object
from reranklab.models.loaded import Loaded
from reranklab.models.sizes import check_counts, check_parameters
from reranklab.models.store import StoredModel
from reranklab.rankers.chains import absent_weights, check_chain, check_plain_texts, set_window

KIND = "sparse-encoder"
_KNOWN = {"Transformer", "MLMTransformer", "SpladePooling", "SparseStaticEmbedding", "Router", "Asym"}


def load_sparse(stored: StoredModel, *, device: Device, precision: str, allow_code: bool) -> Loaded:
    """A SparseEncoder with every weight in its files. Queries may go another way than documents, to a table of weights.

    Raises ModelRefusedError for other chains of modules: sentence-transformers would put a random layer behind them, or their
    dimensions are no terms.
    """
    from sentence_transformers import SparseEncoder
    from sentence_transformers.sparse_encoder.modules import SpladePooling

    entry = stored.entry
    parts = module_parts(stored.folder, model=entry.id)
    _check_kind(stored, parts)
    check_vocabulary(stored)
    with stored.open(allow_code=allow_code) as folder:
        if not allow_code:
            _check_sizes(stored, parts)
        network = SparseEncoder(
            str(folder),
            device=device.id,
            trust_remote_code=allow_code,
            local_files_only=True,
            model_kwargs={"dtype": dtype(precision), "use_safetensors": True},
        )
        check_plain_texts(entry, network)
        check_missing(entry, absent_weights(stored, folder, network))
    for module in network.modules():
        if isinstance(module, SpladePooling) and module.pooling_strategy == "max":
            module.forward = partial(_pool_before_logarithm, module)  # type: ignore[method-assign]
    guard_embeddings(entry, network.tokenizer, network.transformers_model)
    return Loaded(
        network=network.eval(),
        tokenizer=network.tokenizer,
        max_tokens=set_window(stored, network),
        weights=stored.files.modules or stored.files.weights,
    )


def _pool_before_logarithm(pooling: Any, features: dict[str, Any]) -> dict[str, Any]:
    """SpladePooling's largest weight over the tokens. The logarithm rises with its argument, so it is taken of the largest
    logit alone, which gives the same numbers: of every token's logits it would take longer than the network itself."""
    import torch

    padding = ~features["attention_mask"].bool().unsqueeze(-1)
    weights = torch.log1p(features["token_embeddings"].masked_fill_(padding, float("-inf")).amax(dim=1).relu_())
    features["sentence_embedding"] = torch.log1p(weights) if pooling.activation_function == "log1p_relu" else weights
    return features


def _check_kind(stored: StoredModel, parts: Sequence[ModulePart]) -> None:
    """The chain of a SparseEncoder, or a catalogued masked language model, which is read as SPLADE."""
    entry = stored.entry
    if not parts:
        check_weights(stored)
        architectures = read_json_object(stored.folder / CONFIG, model=entry.id).get("architectures") or [""]
        if not str(architectures[0]).endswith("ForMaskedLM") or entry not in list_models():
            raise ModelRefusedError(
                f"{entry.id} does not say that it is a sparse encoder (modules.json), and the weights of a language model that "
                "was not trained as one mean nothing. Save it with sentence-transformers' SparseEncoder."
            )
        return
    kinds = {part.kind for part in parts if not part.own_code}
    settings = read_json_object(stored.folder / SETTINGS, model=entry.id) if SETTINGS in stored.files.others else {}
    own = [part.type for part in parts if part.own_code]
    if settings.get("model_type") != "SparseEncoder" or own or not kinds <= _KNOWN or "SpladePooling" not in kinds:
        chain = ", ".join([*sorted(kinds), *own])
        raise ModelRefusedError(
            f"{entry.id} is no sparse encoder over the terms of its vocabulary (modules.json: {shown(chain)}). Use it with the "
            "ranker of its own family."
        )
    check_parts(stored.folder, parts, model=entry.id)
    if not stored.files.modules:
        raise no_weights(stored.folder, model=entry.id)


def _check_sizes(stored: StoredModel, parts: Sequence[ModulePart]) -> None:
    from transformers import AutoConfig, AutoModelForMaskedLM

    if parts:
        check_chain(stored, stored.folder, parts, auto=AutoModelForMaskedLM)
        return
    check_counts(stored, stored.folder)
    config = AutoConfig.from_pretrained(stored.folder)
    check_parameters(stored, AutoModelForMaskedLM, config, names=stored.files.weights)
