"""What the loaders of all families share: the checks that a checkpoint is what it was declared to be."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

from reranklab.errors import InputError, ModelError, ModelRefusedError
from reranklab.models.catalogue import CatalogueEntry
from reranklab.models.device import Device
from reranklab.models.engines.compiled import compile_onnxruntime, import_engines
from reranklab.models.engines.tiers import TIERS
from reranklab.models.files import VOCABULARY_FILES, no_weights
from reranklab.models.loaded import Loaded
from reranklab.models.sizes import check_counts, check_parameters
from reranklab.models.store import StoredModel

_UNLIMITED = 1_000_000
_HARMLESS_MISSING = ("pooler.", "position_ids", "token_type_ids")


def import_libraries(precision: str) -> None:
    """Import what loading needs, so that the time to load a model is the model's own."""
    import sentence_transformers
    import transformers

    _ = (sentence_transformers.SentenceTransformer, transformers.AutoModelForCausalLM, transformers.AutoTokenizer)
    if precision == "int8" or precision in TIERS:
        import_engines()


def load_causal(
    stored: StoredModel, *, device: Device, precision: str, allow_code: bool, attention: str | None = None
) -> Loaded:
    """A causal language model, with the attention implementation of that name (None: its own)."""
    from transformers import AutoModelForCausalLM

    return load_network(
        stored,
        AutoModelForCausalLM,
        suffix="ForCausalLM",
        wanted="a causal language model",
        device=device,
        precision=precision,
        allow_code=allow_code,
        attention=attention,
    )


def load_network(
    stored: StoredModel,
    kind: Any,
    *,
    suffix: str,
    wanted: str,
    device: Device,
    precision: str,
    allow_code: bool,
    attention: str | None = None,
    check: Callable[[Any], None] | None = None,
) -> Loaded:
    """A network of `kind`, one of transformers' automatic classes, with its tokenizer.

    The checkpoint's architecture must end in `suffix`; `wanted` says so in words. `check` looks at the configuration before the
    weights are read, and raises for one that does not fit.
    """
    from transformers import AutoConfig

    check_weights(stored)
    with stored.open(allow_code=allow_code) as folder:
        check_counts(stored, folder)
        config = AutoConfig.from_pretrained(folder, trust_remote_code=allow_code)
        check_architecture(stored.entry, config, suffix, wanted)
        if check is not None:
            check(config)
        if not allow_code:
            check_parameters(stored, kind, config, names=stored.files.weights)
        network, info = kind.from_pretrained(
            folder,
            dtype=dtype(precision),
            trust_remote_code=allow_code,
            use_safetensors=True,
            output_loading_info=True,
            attn_implementation=attention,
        )
        check_missing(stored.entry, info["missing_keys"])
        tokenizer = load_tokenizer(stored, folder, network, allow_code=allow_code)
    return Loaded(
        network=network.eval().to(device.id),
        tokenizer=tokenizer,
        max_tokens=window(stored.entry, config, tokenizer),
        weights=stored.files.weights,
    )


def load_onnx(stored: StoredModel, *, device: Device) -> Loaded:
    """The int8 ONNX file of a model that brings one."""
    import torch
    from transformers import AutoTokenizer

    if not stored.entry.onnx_int8:
        raise InputError(f"{stored.entry.id} brings no int8 ONNX file. Use fp32, fp16 or bf16.")
    if device.id != "cpu":
        raise InputError(f"The int8 back end runs on the cpu only, not on {device.id}. Use fp16 or bf16 there.")
    with stored.open(allow_code=False) as folder:
        graph = (folder / stored.entry.onnx_int8).read_bytes()
        tokenizer = AutoTokenizer.from_pretrained(folder)
    return Loaded(
        network=compile_onnxruntime(graph, threads=torch.get_num_threads()),
        tokenizer=tokenizer,
        max_tokens=stored.entry.max_tokens,
        backend="onnxruntime",
        weights=stored.files.onnx,
    )


def load_tokenizer(stored: StoredModel, folder: Path, network: Any, *, allow_code: bool) -> Any:
    """The folder's tokenizer. Raises ModelRefusedError where it brings none."""
    from transformers import AutoTokenizer

    check_vocabulary(stored)
    tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=allow_code)
    guard_embeddings(stored.entry, tokenizer, network)
    return tokenizer


def check_weights(stored: StoredModel) -> None:
    """Raise ModelRefusedError where the top of the folder has no safetensors: no other weights are read."""
    if not stored.files.weights:
        raise no_weights(stored.folder, model=stored.entry.id)


def check_vocabulary(stored: StoredModel) -> None:
    """transformers makes an empty tokenizer where a folder brings none, and every word would be unknown to the model."""
    names = [PurePosixPath(name) for name in stored.files.others]
    if not any(name.name in VOCABULARY_FILES or name.suffix == ".model" for name in names):
        raise ModelRefusedError(
            f"{stored.entry.id} brings no tokenizer ({', '.join(VOCABULARY_FILES)} or a *.model file). Copy it into the folder."
        )


def guard_embeddings(entry: CatalogueEntry, tokenizer: Any, network: Any) -> None:
    """Where the tokenizer has tokens without an embedding, look at what the network reads: an index beyond the end would stop a
    GPU for the whole process. It then raises ModelError. What RerankLab converted itself fits."""
    if entry.source == "wheel":
        return
    if every_token_is_embedded(tokenizer, network):
        return
    embeddings = network.get_input_embeddings()
    rows = embeddings.weight.shape[0]

    def check(module: Any, given: tuple[Any, ...]) -> None:
        highest = int(given[0].max()) if given else 0
        if highest >= rows:
            raise ModelError(
                f"The tokenizer of {entry.id} made a token with the number {highest:,}, and the model knows {rows:,} (from 0). "
                "They do not belong together: get both again, or use another model."
            )

    embeddings.register_forward_pre_hook(check)


def every_token_is_embedded(tokenizer: Any, network: Any) -> bool:
    """Whether the network has an embedding for each number that the tokenizer can give."""
    rows: int = network.get_input_embeddings().weight.shape[0]
    return max(tokenizer.get_vocab().values(), default=0) < rows


def broken_weights(network: Any) -> int:
    """How many weight tensors of a torch network hold NaN or infinity."""
    import torch

    return sum(not bool(torch.isfinite(weights).all()) for weights in network.parameters())


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
    return checked_window(entry, min((limit for limit in limits if isinstance(limit, int | float)), default=None))


def checked_window(entry: CatalogueEntry, tokens: Any, *, unknown: int = 512) -> int:
    """A window that a checkpoint names; `unknown` where it names none that means something.

    Raises ModelRefusedError where there is no room for text.
    """
    if not isinstance(tokens, int | float) or tokens >= _UNLIMITED:
        return unknown
    if tokens < 1:
        raise ModelRefusedError(f"{entry.id} says that it reads {tokens} tokens at once, which is no room for text.")
    return int(tokens)
