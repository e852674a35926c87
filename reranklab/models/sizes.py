"""Whether a checkpoint asks for no more than its weight files hold, before anything of that size is made.

What RerankLab converted itself is as it was made, by its digests, and is not looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from reranklab.errors import ModelRefusedError
from reranklab.models.files import CONFIG, read_json_object
from reranklab.models.store import StoredModel

_COUNTED = re.compile(r"(?:layers?|blocks|depth|experts|stages)$")
_USUAL_COUNT = 1024
_USUAL_LABELS = 4096
_WEIGHTS_IN_A_BYTE = 2  # as dense as weights are stored
_SMALL = 4_000_000


def check_counts(stored: StoredModel, folder: Path, *, inside: str = "") -> None:
    """Raise ModelRefusedError where config.json in the folder `inside` counts layers or labels that no weights are there for.

    An object would be made for each, without end for an absurd number.
    """
    if _is_own(stored):
        return
    from safetensors import safe_open

    tensors, longest = 0, 0
    for name in stored.files.modules if inside else stored.files.weights:
        with safe_open(folder / name, framework="pt") as weights:
            for key in weights.keys():  # noqa: SIM118 - it is no mapping
                tensors += 1
                longest = max(longest, *weights.get_slice(key).get_shape(), 0)
    for key, number in _numbers(read_json_object(folder / inside / CONFIG, model=stored.entry.id)):
        word = key.lower()
        most = max(tensors, _USUAL_COUNT) if _COUNTED.search(word) else max(longest, _USUAL_LABELS) if "label" in word else None
        if most is not None and number > most:
            raise _absurd(stored, f"{key} {number:.6g}")


def check_parameters(stored: StoredModel, auto: Any, config: Any, *, names: Sequence[str]) -> None:
    """Raise ModelRefusedError where the network of a transformers configuration has far more weights than the files `names`.

    It is built without memory for them.
    """
    if _is_own(stored):
        return
    import torch

    with torch.device("meta"):
        network = auto.from_config(config)
    asked = sum(tensor.numel() for tensor in (*network.parameters(), *network.buffers()))
    if asked > _held(stored, names):
        raise _absurd(stored, f"{asked:,} weights")


def check_module(stored: StoredModel, config: Path, *, names: Sequence[str]) -> None:
    """The same of a module behind the transformer, whose weights are as many as the product of two of its numbers."""
    if _is_own(stored):
        return
    numbers = sorted((abs(number) for _, number in _numbers(read_json_object(config, model=stored.entry.id))), reverse=True)
    first, second = (*numbers, 1, 1)[:2]
    if first * max(second, 1) > _held(stored, names):
        raise _absurd(stored, f"{first:.6g} times {second:.6g} weights")


def _is_own(stored: StoredModel) -> bool:
    return stored.entry.source == "wheel"


def _held(stored: StoredModel, names: Sequence[str]) -> int:
    return _WEIGHTS_IN_A_BYTE * sum(stored.states[name].size for name in names) + _SMALL


def _absurd(stored: StoredModel, what: str) -> ModelRefusedError:
    return ModelRefusedError(
        f"The configuration of {stored.entry.id} asks for {what}, and its weight files hold nothing of that size. They do not "
        "belong together, or one is damaged: get both again."
    )


def _numbers(value: Any, key: str = "") -> Iterator[tuple[str, int | float]]:
    """Every number in a JSON value, with the name it has."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _numbers(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from _numbers(inner, key)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield key, value
