"""From a model folder to a model in memory, with its declared kind verified."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reranklab.errors import InputError, ModelRefusedError
from reranklab.models.catalogue import CatalogueEntry
from reranklab.models.device import Device
from reranklab.models.files import VOCABULARY_FILES
from reranklab.models.store import StoredModel

_UNLIMITED = 1_000_000
_HARMLESS_MISSING = ("pooler.", "position_ids", "token_type_ids")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedModel:
    """A model ready to compute. Shared: tokenise and compute only while holding the device's lock.

    `network` is a transformers model, a SentenceTransformer, or an onnxruntime session; `max_tokens` its window;
    `load` the milliseconds from folder to memory.
    """

    entry: CatalogueEntry
    network: Any
    tokenizer: Any
    max_tokens: int
    device: Device
    precision: str
    backend: str
    revision: str
    weights_sha256: str
    load: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What a loader gives: network, tokenizer, window and the suffix of the weight files it read."""

    network: Any
    tokenizer: Any
    max_tokens: int
    backend: str
    suffix: str = ".safetensors"


def import_libraries(backend: str) -> None:
    """Import what loading needs, so that the time to load a model is the model's own."""
    import sentence_transformers
    import transformers

    _ = (sentence_transformers.SentenceTransformer, transformers.AutoModelForCausalLM, transformers.AutoTokenizer)
    if backend == "onnxruntime":
        import onnxruntime

        _ = onnxruntime.InferenceSession


def load_model(stored: StoredModel, *, device: Device, precision: str, backend: str, allow_code: bool) -> Loaded:
    """Load a folder as the kind its entry declares.

    Raises ModelRefusedError where the checkpoint is of another kind, lacks weights, or needs code that is not allowed;
    InputError where the precision does not exist for it.
    """
    if backend == "onnxruntime":
        return _load_onnx(stored, device=device)
    loader = _LOADERS[stored.entry.kind]
    with _plain_words(stored.entry.id, allow_code=allow_code):
        return loader(stored, device, _dtype(precision), allow_code)


def _load_classifier(stored: StoredModel, device: Device, dtype: Any, allow_code: bool) -> Loaded:
    from transformers import AutoConfig, AutoModelForSequenceClassification

    config = AutoConfig.from_pretrained(stored.folder, trust_remote_code=allow_code)
    _check_architecture(stored.entry, config, "ForSequenceClassification", "a cross-encoder")
    if config.num_labels != 1:
        raise ModelRefusedError(f"{stored.entry.id} has {config.num_labels} output labels; a cross-encoder that ranks has one.")
    network, info = AutoModelForSequenceClassification.from_pretrained(
        stored.folder, dtype=dtype, trust_remote_code=allow_code, output_loading_info=True
    )
    _check_missing(stored.entry, info["missing_keys"])
    tokenizer = _load_tokenizer(stored, allow_code=allow_code)
    return Loaded(
        network=network.eval().to(device.id),
        tokenizer=tokenizer,
        max_tokens=_window(stored.entry, config, tokenizer),
        backend="torch",
    )


def _load_causal(stored: StoredModel, device: Device, dtype: Any, allow_code: bool) -> Loaded:
    from transformers import AutoConfig, AutoModelForCausalLM

    from reranklab.llm.capture import ATTENTION

    config = AutoConfig.from_pretrained(stored.folder, trust_remote_code=allow_code)
    _check_architecture(stored.entry, config, "ForCausalLM", "a causal language model")
    loaded: Any = AutoModelForCausalLM.from_pretrained(
        stored.folder,
        dtype=dtype,
        trust_remote_code=allow_code,
        output_loading_info=True,
        attn_implementation=ATTENTION if stored.entry.kind == "causal-lm" else None,
    )
    network, info = loaded
    _check_missing(stored.entry, info["missing_keys"])
    tokenizer = _load_tokenizer(stored, allow_code=allow_code)
    return Loaded(
        network=network.eval().to(device.id),
        tokenizer=tokenizer,
        max_tokens=_window(stored.entry, config, tokenizer),
        backend="torch",
    )


def _load_embedder(stored: StoredModel, device: Device, dtype: Any, allow_code: bool) -> Loaded:
    from sentence_transformers import SentenceTransformer

    architectures = _json(stored.folder / "config.json").get("architectures") or [""]
    if not (stored.folder / "modules.json").is_file() or "ForSequenceClassification" in architectures[0]:
        raise ModelRefusedError(
            f"{stored.entry.id} is not a sentence-embedding checkpoint: it names no pooling (modules.json) or has a "
            "classification head. Use it with the ranker of its own family."
        )
    _check_vocabulary(stored)
    network = SentenceTransformer(
        str(stored.folder), device=device.id, trust_remote_code=allow_code, local_files_only=True, model_kwargs={"dtype": dtype}
    )
    _check_missing(stored.entry, _absent_weights(stored.folder, network))
    return Loaded(
        network=network.eval(),
        tokenizer=network.tokenizer,
        max_tokens=network.max_seq_length or stored.entry.max_tokens,
        backend="torch",
    )


def _load_listwise_remote(stored: StoredModel, device: Device, dtype: Any, allow_code: bool) -> Loaded:
    from transformers import AutoModel, AutoTokenizer

    if not allow_code:
        raise ModelRefusedError(
            f"{stored.entry.id} needs Python code that comes with the checkpoint. If you have read and trust it, allow it with "
            "remote_code=allow for this model."
        )
    network, info = AutoModel.from_pretrained(stored.folder, dtype=dtype, trust_remote_code=True, output_loading_info=True)
    _check_missing(stored.entry, info["missing_keys"])
    if not callable(getattr(network, "rerank", None)):
        raise ModelRefusedError(
            f"{stored.entry.id} brings no rerank() of its own, so it is not a listwise reranker of this kind."
        )
    brings_tokenizer = any((stored.folder / name).is_file() for name in ("tokenizer.json", "tokenizer_config.json"))
    tokenizer = AutoTokenizer.from_pretrained(stored.folder, trust_remote_code=True) if brings_tokenizer else None
    return Loaded(
        network=network.eval().to(device.id),
        tokenizer=tokenizer,
        max_tokens=_window(stored.entry, network.config, tokenizer),
        backend="torch",
    )


_LOADERS: Mapping[str, Callable[[StoredModel, Device, Any, bool], Loaded]] = {
    "cross-encoder": _load_classifier,
    "causal-reranker": _load_causal,
    "causal-lm": _load_causal,
    "bi-encoder": _load_embedder,
    "listwise-remote": _load_listwise_remote,
}


def _load_onnx(stored: StoredModel, *, device: Device) -> Loaded:
    import onnxruntime
    from transformers import AutoTokenizer

    if not stored.entry.onnx_int8:
        raise InputError(f"{stored.entry.id} brings no int8 ONNX file. Use fp32, fp16 or bf16.")
    if device.id != "cpu":
        raise InputError(f"The int8 back end runs on the cpu only, not on {device.id}. Use fp16 or bf16 there.")
    session = onnxruntime.InferenceSession(str(stored.folder / stored.entry.onnx_int8), providers=["CPUExecutionProvider"])
    return Loaded(
        network=session,
        tokenizer=AutoTokenizer.from_pretrained(stored.folder),
        max_tokens=stored.entry.max_tokens,
        backend="onnxruntime",
        suffix=".onnx",
    )


def _load_tokenizer(stored: StoredModel, *, allow_code: bool) -> Any:
    from transformers import AutoTokenizer

    _check_vocabulary(stored)
    return AutoTokenizer.from_pretrained(stored.folder, trust_remote_code=allow_code)


def _check_vocabulary(stored: StoredModel) -> None:
    """transformers makes an empty tokenizer where a folder brings none, and every word would be unknown to the model."""
    if not any(path.name in VOCABULARY_FILES or path.suffix == ".model" for path in stored.folder.rglob("*")):
        raise ModelRefusedError(
            f"{stored.entry.id} brings no tokenizer ({', '.join(VOCABULARY_FILES)} or a *.model file). Copy it into the folder."
        )


def _dtype(precision: str) -> Any:
    import torch

    return {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}[precision]


def _check_architecture(entry: CatalogueEntry, config: Any, suffix: str, wanted: str) -> None:
    architectures = getattr(config, "architectures", None) or ["(none named)"]
    if not architectures[0].endswith(suffix):
        raise ModelRefusedError(
            f"{entry.id} is a {architectures[0]}, not {wanted} (*{suffix}); loaded as one it would score with a random head. "
            "Use it with the ranker of its own family."
        )


def _check_missing(entry: CatalogueEntry, missing: Any) -> None:
    lacking = sorted(name for name in missing if not any(part in name for part in _HARMLESS_MISSING))
    if lacking:
        raise ModelRefusedError(
            f"{entry.id} lacks {len(lacking)} weights that a {entry.kind} needs (first: {lacking[0]}); they would be random. "
            "Choose a checkpoint of that kind."
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


def _window(entry: CatalogueEntry, config: Any, tokenizer: Any) -> int:
    if entry.max_tokens:
        return entry.max_tokens
    limits = [getattr(config, "max_position_embeddings", _UNLIMITED), getattr(tokenizer, "model_max_length", _UNLIMITED)]
    limit = int(min(limits))
    return limit if limit < _UNLIMITED else 512


def _json(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


@contextmanager
def _plain_words(model: str, *, allow_code: bool) -> Iterator[None]:
    """Loading in silence, and the libraries' complaints as one sentence."""
    from safetensors import SafetensorError
    from transformers.utils import logging as untyped

    logging: Any = untyped
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    except (ValueError, OSError, KeyError, ImportError, RuntimeError, SafetensorError) as error:
        if not allow_code and "trust_remote_code" in str(error):
            raise ModelRefusedError(
                f"{model} needs Python code that comes with the checkpoint. If you have read and trust it, allow it with "
                "remote_code=allow for this model."
            ) from error
        raise ModelRefusedError(f"{model} cannot be loaded: {str(error).splitlines()[0]}") from error
