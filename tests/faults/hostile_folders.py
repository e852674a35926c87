"""Model folders made to run code, to load something else than is hashed, to eat memory, or that are merely broken."""

from __future__ import annotations

import io
import json
import os
import shutil
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from tests.models.tiny import tiny_causal, tiny_classifier, tiny_embedder, write_json

Harm = Callable[[Path], object]
"""Changes a whole model folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hostile:
    """A folder for a family, and how it must end: refused with words that match `says`, or, where that is empty, ranking with
    the weights of the whole model."""

    name: str
    family: str
    harm: Harm
    says: str


MAKERS: dict[str, Callable[[Path], Path]] = {
    "cross-encoder": tiny_classifier,
    "bi-encoder": tiny_embedder,
    "listwise-llm": tiny_causal,
}
_DEEP = "[" * 200_000
_LONG = "9" * 5_000


class _Payload:
    """Unpickled, it writes a file."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[object, ...]:
        return os.system, (f"touch '{self.marker}'",)


def marker_of(folder: Path) -> Path:
    return folder.parent / f"{folder.name} was unpickled"


def pickle_bomb(folder: Path, name: str = "pytorch_model.bin") -> None:
    content = io.BytesIO()
    torch.save({"linear.weight": _Payload(marker_of(folder))}, content)
    (folder / name).write_bytes(content.getvalue())


def decoy(folder: Path, name: str = "decoy.safetensors") -> None:
    save_file({"decoy": torch.zeros(3)}, folder / name, metadata={"format": "pt"})


def all_folders() -> Iterator[Hostile]:
    for family in MAKERS:
        yield from _in_each(family)
    for name, harm, says in (*_CLASSIFIERS, *_TOKENIZERS):
        yield Hostile(name=name, family="cross-encoder", harm=harm, says=says)
    for name, harm, says in _EMBEDDERS:
        yield Hostile(name=name, family="bi-encoder", harm=harm, says=says)
    for name, harm, says in _CAUSAL:
        yield Hostile(name=name, family="listwise-llm", harm=harm, says=says)


def _in_each(family: str) -> Iterator[Hostile]:
    """What is tried with every kind of checkpoint."""
    harms: tuple[tuple[str, Harm, str], ...] = (
        ("a decoy beside a pickle", _only_pickled, r"only pickled weights \(pytorch_model.bin\), and unpickling runs code"),
        ("a pickle and a decoy beside the weights", _beside, ""),
        ("other weights named in the configuration", _named_elsewhere, "cannot be loaded"),
        ("shards of a distributed checkpoint", _distributed, ""),
        ("an adapter with pickled weights", _adapter, ""),
        ("an index that names a pickle", _index_of_pickle, r"names no \*\.safetensors"),
        ("an index without a shard", _index_without_shard, r"has no model-2\.safetensors"),
        ("nested configuration", _text("config.json", f'{{"a": {_DEEP}'), r"config\.json of .* is not readable JSON"),
        ("a number of 5,000 digits", _text("config.json", f'{{"hidden_size": {_LONG}}}'), "is not readable JSON"),
        ("a list for a configuration", _text("config.json", "[1, 2]"), r"config\.json of .* no JSON object"),
        ("bytes for a configuration", _bytes("config.json", bytes(range(256))), "is not readable JSON"),
        ("weights cut in the middle", _cut_weights, "cannot be loaded"),
        ("weights of zeros", _zero_weights, "cannot be loaded"),
        ("an endless header", _endless_header, "cannot be loaded"),
        ("a billion layers", _set(num_hidden_layers=10**9), r"asks for num_hidden_layers 1e\+09"),
        ("a tokenizer of bytes", _bytes("tokenizer.json", bytes(range(256)) * 9), "cannot be loaded"),
        ("a tokenizer that is nested", _text("tokenizer.json", f'{{"model": {_DEEP}'), "cannot be loaded"),
        ("more tokens than embeddings", _more_tokens, "do not belong together"),
        ("code of its own", _own_code, "needs Python code"),
    )
    for name, harm, says in harms:
        yield Hostile(name=name, family=family, harm=harm, says=says)


def change(folder: Path, name: str, **settings: object) -> None:
    path = folder / name
    known = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    write_json(path, {**known, **settings})


def _set(**settings: object) -> Harm:
    return lambda folder: change(folder, "config.json", **settings)


def _text(name: str, text: str) -> Harm:
    return lambda folder: (folder / name).write_text(text, encoding="utf-8")


def _bytes(name: str, content: bytes) -> Harm:
    return lambda folder: (folder / name).write_bytes(content)


def _json(name: str, value: object) -> Harm:
    return lambda folder: write_json(folder / name, value)


def _gone(name: str) -> Harm:
    return lambda folder: (folder / name).unlink()


def _own_code(folder: Path) -> None:
    (folder / "evil.py").write_text(f"open({str(marker_of(folder))!r}, 'w')", encoding="utf-8")
    change(folder, "config.json", auto_map={"AutoConfig": "evil.Config", "AutoModel": "evil.Model"}, model_type="evil")


def _only_pickled(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    pickle_bomb(folder)
    decoy(folder)


def _beside(folder: Path) -> None:
    for name in ("pytorch_model.bin", "model.pt", "pytorch_model-00001-of-00001.bin"):
        pickle_bomb(folder, name)
    write_json(folder / "pytorch_model.bin.index.json", {"weight_map": {"a": "pytorch_model-00001-of-00001.bin"}})
    decoy(folder)
    decoy(folder, "adapter_model.safetensors")


def _named_elsewhere(folder: Path) -> None:
    decoy(folder)
    change(folder, "config.json", transformers_weights="decoy.safetensors")


def _distributed(folder: Path) -> None:
    decoy(folder, "shard-00001-model-00001-of-00001.safetensors")
    pickle_bomb(folder, ".metadata")


def _adapter(folder: Path) -> None:
    write_json(folder / "adapter_config.json", {"peft_type": "LORA", "base_model_name_or_path": "/nowhere"})
    pickle_bomb(folder, "adapter_model.bin")


def _index_of_pickle(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    pickle_bomb(folder)
    write_json(folder / "model.safetensors.index.json", {"weight_map": {"a": "pytorch_model.bin"}})


def _index_without_shard(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "model-1.safetensors")
    shards = {"a": "model-1.safetensors", "b": "model-2.safetensors"}
    write_json(folder / "model.safetensors.index.json", {"weight_map": shards})


def _cut_weights(folder: Path) -> None:
    content = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(content[: len(content) // 2])


def _zero_weights(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(bytes((folder / "model.safetensors").stat().st_size))


def _endless_header(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", 1 << 60) + b"{}")


def _more_tokens(folder: Path) -> None:
    tokenizer = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    token = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": False}
    tokenizer["added_tokens"].append({"id": 900, "content": "milk", **token})
    tokenizer["model"]["vocab"]["milk"] = 900
    write_json(folder / "tokenizer.json", tokenizer)


def _not_a_number(folder: Path) -> None:
    tiny_classifier(folder, nan=True)


def _without_mlp(folder: Path) -> None:
    """The widths of what is missing are nowhere in the file: it would be made up, and of any size."""
    weights = {name: tensor for name, tensor in load_file(folder / "model.safetensors").items() if ".intermediate." not in name}
    weights = {name: tensor for name, tensor in weights.items() if "output.dense" not in name or "attention" in name}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    change(folder, "config.json", intermediate_size=10**9)


def _folder_for_weights(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors").mkdir()


def _pipe_for_weights(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    os.mkfifo(folder / "model.safetensors")


def _loop_of_links(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors").symlink_to("model.safetensors")


def _tokenizing(**settings: object) -> Harm:
    return lambda folder: change(folder, "tokenizer_config.json", **settings)


_CLASSIFIERS: tuple[tuple[str, Harm, str], ...] = (
    ("no configuration", _gone("config.json"), r"no config\.json"),
    ("an empty configuration", _text("config.json", ""), "is not readable JSON"),
    ("a hidden size of a billion", _set(hidden_size=10**9), "nothing of that size"),
    ("a hidden size of a hundred million", _set(hidden_size=10**8), "nothing of that size"),
    ("a vocabulary of ten billion", _set(vocab_size=10**10), "nothing of that size"),
    ("a billion positions", _set(max_position_embeddings=10**9), "nothing of that size"),
    ("a hundred million labels", _set(num_labels=10**8), r"asks for num_labels 1e\+08"),
    ("an infinite number of layers", _text("config.json", '{"num_hidden_layers": 1e999}'), "asks for num_hidden_layers inf"),
    ("made-up weights of any width", _without_mlp, "nothing of that size"),
    ("a hidden size of nothing", _set(hidden_size=0), "cannot be loaded"),
    ("a hidden size in words", _set(hidden_size="big"), "cannot be loaded"),
    ("a padding token that is not there", _set(pad_token_id=10**9), "cannot be loaded"),
    ("no vocabulary size", _set(vocab_size=None), "cannot be loaded"),
    ("an architecture that is a number", _set(architectures=7), "."),
    ("a type of model from elsewhere", _set(model_type="../../evil"), "cannot be loaded"),
    ("an unknown quantisation", _set(quantization_config={"quant_method": "evil"}), ""),
    ("an attention that is not there", _set(attn_implementation="evil"), "cannot be loaded"),
    ("weights that are no numbers", _not_a_number, "weight tensors hold NaN or infinity"),
    ("a folder for weights", _folder_for_weights, r"holds no \*\.safetensors"),
    ("a pipe for weights", _pipe_for_weights, r"holds no \*\.safetensors"),
    ("links in a circle", _loop_of_links, r"holds no \*\.safetensors"),
)
_TOKENIZERS: tuple[tuple[str, Harm, str], ...] = (
    ("no tokenizer", _gone("tokenizer.json"), "brings no tokenizer"),
    ("a list for a tokenizer", _text("tokenizer.json", "[]"), "cannot be loaded"),
    ("an empty tokenizer", _json("tokenizer.json", {}), "cannot be loaded"),
    ("a list for its settings", _text("tokenizer_config.json", "[]"), "cannot be loaded"),
    ("a window of less than nothing", _tokenizing(model_max_length=-5), "no room for text"),
    ("a window in words", _tokenizing(model_max_length="many"), "failed while it computed"),
)


def add_projection(folder: Path, *, pickled: bool = False, **settings: object) -> None:
    """A projection behind the pooling."""
    modules = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
    modules.append({"idx": 2, "name": "2", "path": "2_Dense", "type": "sentence_transformers.models.Dense"})
    write_json(folder / "modules.json", modules)
    size = {"in_features": 16, "out_features": 16, "bias": False, "activation_function": "torch.nn.modules.linear.Identity"}
    write_json(folder / "2_Dense" / "config.json", {**size, **settings})
    if pickled:
        pickle_bomb(folder, "2_Dense/pytorch_model.bin")
    else:
        save_file({"linear.weight": torch.eye(16)}, folder / "2_Dense" / "model.safetensors", metadata={"format": "pt"})


def _dense_of_both(folder: Path) -> None:
    add_projection(folder)
    pickle_bomb(folder, "2_Dense/pytorch_model.bin")


def _in_a_folder(folder: Path) -> None:
    """The transformer in a folder of its own, pickled; whole weights at the top."""
    inner = folder / "0_Transformer"
    inner.mkdir()
    for path in list(folder.iterdir()):
        if path.is_file() and path.name != "modules.json":
            shutil.copy2(path, inner)
    (inner / "model.safetensors").unlink()
    pickle_bomb(folder, "0_Transformer/pytorch_model.bin")
    modules = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
    modules[0]["path"] = "0_Transformer"
    write_json(folder / "modules.json", modules)


def _tokenizer_elsewhere(folder: Path) -> None:
    other = tiny_embedder(folder.parent / f"{folder.name} elsewhere")
    change(folder, "sentence_bert_config.json", tokenizer_name_or_path=str(other))


def _pooling(**settings: object) -> Harm:
    return _json("1_Pooling/config.json", settings)


def _modules(*modules: object) -> Harm:
    return _json("modules.json", list(modules))


_FUNCTION = "sentence_transformers.util.fullname"
_TRANSFORMER = {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"}
_EMBEDDERS: tuple[tuple[str, Harm, str], ...] = (
    ("a pickled projection", lambda folder: add_projection(folder, pickled=True), r"2_Dense .* only pickled weights"),
    ("a projection with both", _dense_of_both, ""),
    ("a projection of a billion", lambda folder: add_projection(folder, out_features=10**9), "nothing of that size"),
    ("a pickled transformer in its folder", _in_a_folder, "only pickled weights"),
    ("no pooling configuration", _gone("1_Pooling/config.json"), r"has no 1_Pooling/config\.json"),
    ("a list for a pooling configuration", _json("1_Pooling/config.json", []), "no JSON object"),
    ("a pooling that is not there", _pooling(embedding_dimension=16, pooling_mode="evil"), "cannot be loaded"),
    ("a pooling of a billion", _pooling(word_embedding_dimension=10**9), "nothing of that size"),
    ("nested modules", _text("modules.json", _DEEP), r"modules\.json of .* is not readable JSON"),
    ("modules that are no list", _json("modules.json", {"a": 1}), "is no list of modules"),
    ("modules that are numbers", _modules(1, 2), "is no list of modules"),
    ("no modules", _modules(), "is no list of modules"),
    ("100,000 modules", _json("modules.json", [_TRANSFORMER] * 100_000), "is no list of modules"),
    ("a module outside of the folder", _modules({**_TRANSFORMER, "path": "../elsewhere"}), "is no list of modules"),
    ("a module at the root", _modules({**_TRANSFORMER, "path": "/etc"}), "is no list of modules"),
    ("a module that is a function", _modules({**_TRANSFORMER, "type": "os.system"}), "needs Python code"),
    ("a module that is no module", _modules(_TRANSFORMER, {**_TRANSFORMER, "type": _FUNCTION}), "cannot be loaded"),
    ("a tokenizer from elsewhere", _tokenizer_elsewhere, "sets tokenizer_name_or_path"),
    ("weights by an argument", _json("sentence_bert_config.json", {"model_args": {"gguf_file": "/x"}}), "sets gguf_file"),
    ("a window of nothing", _json("sentence_bert_config.json", {"max_seq_length": -1}), "no room for text"),
    ("a sparse encoder", _json("config_sentence_transformers.json", {"model_type": "SparseEncoder"}), "is a 'SparseEncoder'"),
    ("prompts that are a list", _json("config_sentence_transformers.json", {"prompts": [1]}), "cannot be loaded"),
)
_CAUSAL: tuple[tuple[str, Harm, str], ...] = (
    (
        "a template that raises",
        _text("chat_template.jinja", "{{ raise_exception('no') }}"),
        "template of .* cannot be used",
    ),
    ("a template with an error", _text("chat_template.jinja", "{% for %}"), "template of .* cannot be used"),
    ("a template that reaches for Python", _text("chat_template.jinja", "{{ ''.__class__.__mro__[1]() }}"), "cannot be used"),
    ("a template that drops the prompt", _text("chat_template.jinja", "hello"), "cannot be used"),
    ("a head of a billion", _set(head_dim=10**9), "nothing of that size"),
    ("heads that do not divide", _set(num_attention_heads=3), "cannot be loaded"),
    ("a window of nothing", _set(max_position_embeddings=0), "no room for text"),
)
