"""A student with some of the teacher's layers, copied weight by weight, and everything else of the teacher as it is.

(Sanh et al., "DistilBERT", 2019, keep every second of 12. With a third of them and few lists the first ones learn faster, each
of which reads what it has always read: docs/training.md has the figures.)
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from reranklab.errors import InputError, ModelRefusedError
from reranklab.models.files import CONFIG, WEIGHTS, module_parts, read_json_object
from reranklab.models.store import StoredModel

_COUNTS = ("num_hidden_layers", "n_layers")
_ALIKE = ("bert", "roberta", "xlm-roberta", "distilbert", "electra", "mpnet")
"""Model types of which each layer does the same as any other, wherever it stands."""
_LAYER = re.compile(r"(?P<before>.*\blayers?\.)(?P<number>\d+)(?P<after>\..*)")


def first_layers(kept: int, of: int) -> tuple[int, ...]:
    """The first `kept` of the layers 0 to `of` - 1.

    Raises InputError unless fewer are kept than there are.
    """
    if not 1 <= kept < of:
        raise InputError(f"A student of {kept} layers does not work: the teacher has {of}. Keep 1 to {of - 1}.")
    return tuple(range(kept))


def cut_layers(teacher: StoredModel, target: Path, *, layers: int | Sequence[int]) -> tuple[int, ...]:
    """Write a student into the empty folder `target`, and return which of the teacher's layers it has, from 0.

    `layers` is how many, the first ones, or the layers themselves. Pooler, head, embeddings and tokenizer are the teacher's.
    Raises InputError for layers that the teacher lacks, ModelRefusedError for a teacher whose layers differ from each other or
    whose weights are not in one file.
    """
    inside = _network_folder(teacher)
    config = read_json_object(teacher.folder / inside / CONFIG, model=teacher.entry.id)
    count = _layer_count(teacher, config)
    kept = first_layers(layers, count) if isinstance(layers, int) else _checked(layers, count)
    with teacher.open(allow_code=False) as folder:
        shutil.copytree(folder, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.onnx"))
    _write_weights(teacher, teacher.folder / inside / WEIGHTS, target / inside / WEIGHTS, kept, count=count)
    changed = {name: len(kept) for name in _COUNTS if name in config}
    text = json.dumps({**config, **changed}, indent=1)
    (target / inside / CONFIG).write_text(text + "\n", encoding="utf-8")
    return kept


def _network_folder(teacher: StoredModel) -> str:
    """Where the network stands: at the top, or in the folder of the module that reads tokens."""
    parts = module_parts(teacher.folder, model=teacher.entry.id)
    return next((part.folder for part in parts if part.reads_tokens), "")


def _layer_count(teacher: StoredModel, config: Mapping[str, Any]) -> int:
    kind = config.get("model_type")
    if kind not in _ALIKE:
        raise ModelRefusedError(
            f"{teacher.entry.id} is of the type {kind!r}, whose layers may differ from each other, so some of them make no "
            f"student. Choose a teacher of one of: {', '.join(_ALIKE)}."
        )
    count = next((config[name] for name in _COUNTS if isinstance(config.get(name), int)), 0)
    if count < 2:
        raise InputError(f"{teacher.entry.id} has {count} layers, so none can be left out. Choose a deeper teacher.")
    return int(count)


def _checked(layers: Sequence[int], count: int) -> tuple[int, ...]:
    kept = tuple(layers)
    if not kept or len(kept) >= count or list(kept) != sorted(set(kept)) or not 0 <= kept[0] <= kept[-1] < count:
        raise InputError(
            f"The layers {', '.join(map(str, kept)) or '(none)'} do not work: the teacher has 0 to {count - 1}. Name fewer, "
            "each once, in rising order."
        )
    return kept


def _write_weights(teacher: StoredModel, source: Path, target: Path, kept: Sequence[int], *, count: int) -> None:
    from safetensors.torch import load_file, save_file

    if not source.is_file():
        raise ModelRefusedError(f"{teacher.entry.id} has no {WEIGHTS} in one file, so its layers cannot be copied.")
    places = {number: place for place, number in enumerate(kept)}
    found, weights = set(), {}
    for name, tensor in load_file(source).items():
        match = _LAYER.fullmatch(name)
        if match is None:
            weights[name] = tensor
            continue
        found.add(number := int(match["number"]))
        if number in places:
            weights[f"{match['before']}{places[number]}{match['after']}"] = tensor
    if found != set(range(count)):
        raise ModelRefusedError(f"The weights of {teacher.entry.id} are not those of {count} layers. Get the checkpoint again.")
    target.unlink(missing_ok=True)
    save_file(weights, target, metadata={"format": "pt"})
