"""Which files of a model folder are read: looked up by name. Nothing else in the folder counts, and no pickle is read."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from reranklab.data.paths import is_file
from reranklab.errors import ModelRefusedError

TOKENIZER_FILES = (
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.txt",
    "vocab.json",
    "merges.txt",
    "bpe.codes",
    "chat_template.jinja",
    "chat_template.json",
)
VOCABULARY_FILES = ("tokenizer.json", "vocab.txt", "vocab.json")
PICKLE_SUFFIXES = (".bin", ".pt", ".pth", ".pkl", ".ckpt", ".h5", ".msgpack")
WEIGHTS = "model.safetensors"
WEIGHTS_INDEX = "model.safetensors.index.json"
CONFIG = "config.json"
MODULES = "modules.json"
ROUTER = "router_config.json"
COLBERT = "artifact.metadata"
SETTINGS = "config_sentence_transformers.json"
_OTHERS = (
    CONFIG,
    MODULES,
    ROUTER,
    COLBERT,
    "generation_config.json",
    "preprocessor_config.json",
    "processor_config.json",
    SETTINGS,
    *(
        f"sentence_{name}_config.json"
        for name in ("bert", "roberta", "distilbert", "camembert", "albert", "xlm-roberta", "xlnet")
    ),
    *TOKENIZER_FILES,
)
_ROUTERS = ("Router", "Asym")
_SHARD = re.compile(r"[\w.-]{1,200}\.safetensors")
_MOST_JSON = 32_000_000
_MOST_MODULES = 32
_MOST_SHARDS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFiles:
    """The files that a loader may read, as names relative to the folder, with /.

    `weights` are the safetensors at the top, `modules` those of the chain of a sentence-embedding checkpoint, its transformer's
    own among them. `onnx` is the file of the int8 back end. `others` are configuration, tokenizer, and code where that is
    allowed. What is not there is left out.
    """

    weights: tuple[str, ...]
    modules: tuple[str, ...]
    onnx: tuple[str, ...]
    others: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """All of them, each once, sorted."""
        return tuple(sorted({*self.weights, *self.modules, *self.onnx, *self.others}))

    def among(self, known: Collection[str]) -> ModelFiles:
        """Those of them that are in `known`."""
        groups = {name: tuple(file for file in getattr(self, name) if file in known) for name in self.__slots__}
        return ModelFiles(**groups)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModulePart:
    """One entry of modules.json: its class, and its folder ("" is the top)."""

    type: str
    folder: str

    @property
    def own_code(self) -> bool:
        """Whether the class comes with the checkpoint."""
        return not self.type.startswith("sentence_transformers.")

    @property
    def kind(self) -> str:
        """The name of the class."""
        return self.type.rpartition(".")[2]

    @property
    def reads_tokens(self) -> bool:
        return self.kind in ("Transformer", "MLMTransformer")

    @property
    def has_tokenizer(self) -> bool:
        return self.reads_tokens or self.own_code or self.kind == "SparseStaticEmbedding"

    @property
    def has_config(self) -> bool:
        return not self.own_code and self.kind not in ("Normalize", *_ROUTERS)


def model_files(folder: Path, *, model: str, onnx: str = "", code: bool = False) -> ModelFiles:
    """What a loader of any kind reads of a folder; with `code` the Python files at the top too.

    Raises ModelRefusedError where an index of shards is damaged or asks for a file that is not there.
    """
    weights, index = _weights(folder, "", model=model)
    others = [*_present(folder, _OTHERS), *index, *_sentencepiece(folder, "")]
    modules: list[str] = []
    try:
        parts = module_parts(folder, model=model)
    except ModelRefusedError:
        parts = ()  # said by the loader that reads them; for the others the folder is as good as before
    for part in parts:
        found, index = _weights(folder, part.folder, model=model)
        modules += found
        names = _OTHERS if part.has_tokenizer else (CONFIG, ROUTER)
        others += [*_present(folder, [_join(part.folder, name) for name in names]), *index]
        others += _sentencepiece(folder, part.folder)
    if code:
        others += sorted(path.name for path in folder.glob("*.py") if path.is_file())
    return ModelFiles(
        weights=tuple(weights),
        modules=tuple(dict.fromkeys(modules)),
        onnx=tuple(_present(folder, [onnx] if onnx else [])),
        others=tuple(dict.fromkeys(others)),
    )


def module_parts(folder: Path, *, model: str) -> tuple[ModulePart, ...]:
    """The chain of modules of a sentence-embedding checkpoint; empty where the folder has no modules.json. A router is followed
    by the modules that it chooses from.

    Raises ModelRefusedError where that is damaged, or names a folder outside.
    """
    if not (folder / MODULES).is_file():
        return ()
    entries = _json(folder / MODULES, model=model)
    if not isinstance(entries, list) or not 0 < len(entries) <= _MOST_MODULES or not all(map(_is_module, entries)):
        raise ModelRefusedError(
            f"{MODULES} of {model} is no list of modules, each with a type and a path inside of the folder. Get the file again."
        )
    parts = [ModulePart(type=entry["type"], folder=_tidy(entry["path"])) for entry in entries]
    return tuple(each for part in parts for each in (part, *_routed(folder, part, model=model)))


def check_parts(folder: Path, parts: Sequence[ModulePart], *, model: str) -> None:
    """Raise ModelRefusedError where a module lacks its configuration, or has pickled weights only."""
    for part in parts:
        config = _join(part.folder, CONFIG)
        if part.has_config and not (folder / config).is_file():
            raise ModelRefusedError(f"{model} has no {config}, which its {MODULES} asks for. Copy it into the folder.")
        if part.folder and not _weights(folder, part.folder, model=model)[0] and (pickled := _pickled(folder / part.folder)):
            raise _pickled_only(f"The module {part.folder} of {model}", pickled)


def no_weights(folder: Path, *, model: str) -> ModelRefusedError:
    """The error of a folder without safetensors, in particular where its weights are pickled: unpickling runs code."""
    if pickled := _pickled(folder):
        return _pickled_only(model, pickled)
    return ModelRefusedError(
        f"{model} holds no *.safetensors weights ({WEIGHTS}). Choose a folder of a transformers model that has them."
    )


def read_json_object(path: Path, *, model: str) -> dict[str, Any]:
    """The object in a JSON file of a model. Raises ModelRefusedError where there is no such file or something else in it."""
    value = _json(path, model=model)
    if not isinstance(value, dict):
        raise ModelRefusedError(f"{path.name} of {model} holds no JSON object. Get the file again.")
    return value


def holds_model(folder: Path) -> bool:
    """Whether the folder has the file that says what model it is. Nothing below it is looked at."""
    return any(is_file(folder / name) for name in (CONFIG, MODULES))


def is_token_table(folder: Path) -> bool:
    """Whether a model folder is one StaticEmbedding of sentence-transformers and nothing else. False for a damaged one: its
    loader says so."""
    try:
        parts = module_parts(folder, model=str(folder))
    except ModelRefusedError:
        return False
    return [(part.kind, part.own_code) for part in parts] == [("StaticEmbedding", False)]


def _routed(folder: Path, router: ModulePart, *, model: str) -> list[ModulePart]:
    """What a router's configuration names: folder inside of its own to class. Nothing for another module."""
    if router.kind not in _ROUTERS or router.own_code:
        return []
    types = read_json_object(folder / _join(router.folder, ROUTER), model=model).get("types")
    entries = [{"path": path, "type": kind} for path, kind in types.items()] if isinstance(types, dict) else []
    if not 0 < len(entries) <= _MOST_MODULES or not all(map(_is_module, entries)):
        raise ModelRefusedError(
            f"{ROUTER} of {model} names no modules, each with a type and a path inside of the folder. Get the file again."
        )
    return [ModulePart(type=each["type"], folder=_tidy(_join(router.folder, each["path"]))) for each in entries]


def _json(path: Path, *, model: str) -> Any:
    try:
        if path.stat().st_size > _MOST_JSON:
            raise ModelRefusedError(f"{path.name} of {model} has more than {_MOST_JSON:,} bytes, so it is not read.")
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ModelRefusedError(f"{model} has no {path.name}. Copy it into the folder.") from error
    except (OSError, ValueError, RecursionError) as error:
        raise ModelRefusedError(
            f"{path.name} of {model} is not readable JSON ({type(error).__name__}). Get the file again."
        ) from error


def _weights(folder: Path, inside: str, *, model: str) -> tuple[list[str], list[str]]:
    """The safetensors in a folder that transformers reads, the one of the usual name or else the shards of the index, and
    that index."""
    if (folder / _join(inside, WEIGHTS)).is_file():
        return [_join(inside, WEIGHTS)], []
    index = _join(inside, WEIGHTS_INDEX)
    if not (folder / index).is_file():
        return [], []
    shards = read_json_object(folder / index, model=model).get("weight_map")
    names = sorted({str(name) for name in shards.values()}) if isinstance(shards, dict) else []
    if not 0 < len(names) <= _MOST_SHARDS or not all(_SHARD.fullmatch(name) for name in names):
        raise ModelRefusedError(f"{index} of {model} names no *.safetensors beside it. Get the file again.")
    paths = [_join(inside, name) for name in names]
    for path in paths:
        if not (folder / path).is_file():
            raise ModelRefusedError(f"{model} has no {path}, which {index} asks for. Copy it into the folder.")
    return paths, [index]


def _present(folder: Path, names: Sequence[str]) -> list[str]:
    return [name for name in names if (folder / name).is_file()]


def _sentencepiece(folder: Path, inside: str) -> list[str]:
    paths = sorted(path for path in _entries(folder / inside) if path.suffix == ".model" and path.is_file())
    return [_join(inside, path.name) for path in paths]


def _pickled(folder: Path) -> str:
    return min((path.name for path in _entries(folder) if path.suffix in PICKLE_SUFFIXES), default="")


def _entries(folder: Path) -> Iterator[Path]:
    return folder.iterdir() if folder.is_dir() else iter(())


def _pickled_only(what: str, pickled: str) -> ModelRefusedError:
    return ModelRefusedError(
        f"{what} holds only pickled weights ({pickled}), and unpickling runs code. "
        "Use a revision with safetensors, or convert the weights first."
    )


def _tidy(path: str) -> str:
    return "/".join(PurePosixPath(path).parts)


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _is_module(entry: Any) -> bool:
    if not isinstance(entry, dict) or not isinstance(entry.get("type"), str) or not isinstance(path := entry.get("path"), str):
        return False
    parts = PurePosixPath(path)
    return len(path) <= 200 and not parts.is_absolute() and ".." not in parts.parts and "\\" not in path and path.isprintable()
