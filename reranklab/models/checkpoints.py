"""What the loaders of all families share: the checks that a checkpoint is what it was declared to be."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from reranklab.errors import InputError, ModelRefusedError
from reranklab.models.catalogue import CatalogueEntry
from reranklab.models.device import Device
from reranklab.models.files import VOCABULARY_FILES
from reranklab.models.loaded import Loaded
from reranklab.models.store import StoredModel

_UNLIMITED = 1_000_000
_HARMLESS_MISSING = ("pooler.", "position_ids", "token_type_ids")


def import_libraries(precision: str) -> None:
    """Import what loading needs, so that the time to load a model is the model's own."""
    import sentence_transformers
    import transformers

    _ = (sentence_transformers.SentenceTransformer, transformers.AutoModelForCausalLM, transformers.AutoTokenizer)
    if precision == "int8":
        import onnxruntime

        _ = onnxruntime.InferenceSession


def load_causal(
    stored: StoredModel, *, device: Device, precision: str, allow_code: bool, attention: str | None = None
) -> Loaded:
    """A causal language model, with the attention implementation of that name (None: its own)."""
    from transformers import AutoConfig, AutoModelForCausalLM

    with plain_words(stored.entry.id, allow_code=allow_code):
        config = AutoConfig.from_pretrained(stored.folder, trust_remote_code=allow_code)
        check_architecture(stored.entry, config, "ForCausalLM", "a causal language model")
        loaded: Any = AutoModelForCausalLM.from_pretrained(
            stored.folder,
            dtype=dtype(precision),
            trust_remote_code=allow_code,
            output_loading_info=True,
            attn_implementation=attention,
        )
        network, info = loaded
        check_missing(stored.entry, info["missing_keys"])
        tokenizer = load_tokenizer(stored, allow_code=allow_code)
        return Loaded(
            network=network.eval().to(device.id), tokenizer=tokenizer, max_tokens=window(stored.entry, config, tokenizer)
        )


def load_onnx(stored: StoredModel, *, device: Device) -> Loaded:
    """The int8 ONNX file of a model that brings one."""
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


def load_tokenizer(stored: StoredModel, *, allow_code: bool) -> Any:
    """The folder's tokenizer. Raises ModelRefusedError where it brings none."""
    from transformers import AutoTokenizer

    check_vocabulary(stored)
    return AutoTokenizer.from_pretrained(stored.folder, trust_remote_code=allow_code)


def check_vocabulary(stored: StoredModel) -> None:
    """transformers makes an empty tokenizer where a folder brings none, and every word would be unknown to the model."""
    if not any(path.name in VOCABULARY_FILES or path.suffix == ".model" for path in stored.folder.rglob("*")):
        raise ModelRefusedError(
            f"{stored.entry.id} brings no tokenizer ({', '.join(VOCABULARY_FILES)} or a *.model file). Copy it into the folder."
        )


def dtype(precision: str) -> Any:
    """torch's type of a precision."""
    import torch

    return {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}[precision]


def check_architecture(entry: CatalogueEntry, config: Any, suffix: str, wanted: str) -> None:
    """Raise ModelRefusedError unless the checkpoint's first architecture ends in `suffix`."""
    architectures = getattr(config, "architectures", None) or ["(none named)"]
    if not architectures[0].endswith(suffix):
        raise ModelRefusedError(
            f"{entry.id} is a {architectures[0]}, not {wanted} (*{suffix}); loaded as one it would score with a random head. "
            "Use it with the ranker of its own family."
        )


def check_missing(entry: CatalogueEntry, missing: Any) -> None:
    """Raise ModelRefusedError where weights that decide the score are missing: they would be random."""
    lacking = sorted(name for name in missing if not any(part in name for part in _HARMLESS_MISSING))
    if lacking:
        raise ModelRefusedError(
            f"{entry.id} lacks {len(lacking)} weights that a {entry.kind} needs (first: {lacking[0]}); they would be random. "
            "Choose a checkpoint of that kind."
        )


def window(entry: CatalogueEntry, config: Any, tokenizer: Any) -> int:
    """Tokens that the model reads at once: as catalogued, else the least that its files name, else 512."""
    if entry.max_tokens:
        return entry.max_tokens
    limits = [getattr(config, "max_position_embeddings", _UNLIMITED), getattr(tokenizer, "model_max_length", _UNLIMITED)]
    limit = int(min(limits))
    return limit if limit < _UNLIMITED else 512


def read_json(path: Path) -> dict[str, Any]:
    """The object in a file; {} where there is none."""
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


@contextmanager
def plain_words(model: str, *, allow_code: bool) -> Iterator[None]:
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
