"""Which files of a checkpoint are used, which are refused, and their hashes."""

from __future__ import annotations

import hashlib
from pathlib import Path

from reranklab.errors import ModelRefusedError

TOKENIZER_FILES = (
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "vocab.txt",
    "vocab.json",
    "merges.txt",
    "chat_template.jinja",
)
VOCABULARY_FILES = ("tokenizer.json", "vocab.txt", "vocab.json")
WEIGHT_SUFFIXES = (".safetensors", ".onnx", ".gguf")
PICKLE_SUFFIXES = (".bin", ".pt", ".pth", ".pkl", ".ckpt", ".h5", ".msgpack")


def sha256(path: Path) -> str:
    """Hex digest of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def weight_files(folder: Path) -> list[Path]:
    """The safetensors, ONNX and GGUF files of a model folder, sorted by path.

    Raises ModelRefusedError where the folder has no safetensors, in particular where they are pickled: unpickling runs code.
    """
    weights = sorted(path for path in folder.rglob("*") if path.suffix in WEIGHT_SUFFIXES)
    if any(path.suffix == ".safetensors" for path in weights):
        return weights
    pickled = sorted(path.name for path in folder.rglob("*") if path.suffix in PICKLE_SUFFIXES)
    if pickled:
        raise ModelRefusedError(
            f"{folder.name} holds only pickled weights ({pickled[0]}), and unpickling runs code. "
            "Use a revision with safetensors, or convert the weights first."
        )
    raise ModelRefusedError(f"{folder} holds no *.safetensors weights. Choose a folder of a transformers model that has them.")


def weights_sha256(folder: Path, *, suffix: str) -> str:
    """One digest for a folder's weight files of a suffix: the file's own where there is one, else the digest of the list."""
    files = [path for path in weight_files(folder) if path.suffix == suffix]
    if len(files) == 1:
        return sha256(files[0])
    digest = hashlib.sha256()
    for path in files:
        digest.update(f"{path.relative_to(folder).as_posix()} {sha256(path)}\n".encode())
    return digest.hexdigest()
