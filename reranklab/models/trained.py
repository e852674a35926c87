"""Models that were trained here: folders of the data folder, named `trained/NAME` wherever a model's id stands."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from reranklab.data.paths import data_dir, is_file, is_folder, shown
from reranklab.errors import InputError

PREFIX = "trained/"
RECORD = "training.json"
INT8 = "model_int8.onnx"
"""The 8-bit file that a training leaves beside the weights, where the kind of model has one."""

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,38}[A-Za-z0-9])?")
_LARGEST = 32_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedModel:
    """What the record of a folder says. `revision` is a digest of the whole record."""

    name: str
    folder: Path
    revision: str
    record: Mapping[str, Any]

    @property
    def id(self) -> str:
        return f"{PREFIX}{self.name}"

    @property
    def ranker(self) -> str:
        """Its id as a ranker."""
        return f"{self.record['family']}:{self.id}"

    def to_json(self) -> dict[str, Any]:
        """The whole record, with the id and the folder."""
        return {"ranker": self.ranker, "folder": str(self.folder), **self.record}


def checked_model_name(text: str) -> str:
    """A name as it stands in ids and folders. Raises InputError for one that cannot."""
    name = unicodedata.normalize("NFC", text.strip())
    if not _NAME.fullmatch(name):
        raise InputError(
            f"A model cannot be called {shown(text)}. Take up to 40 of the letters a to z, digits, - and _, beginning and "
            "ending with a letter or digit."
        )
    return name


def trained_folder(name: str) -> Path:
    """Where the trained model of that name is, or will be."""
    return data_dir() / "trained" / name


def trained_models() -> tuple[TrainedModel, ...]:
    """Those that can be read, by name."""
    room = data_dir() / "trained"
    names = sorted(path.name for path in room.iterdir() if _NAME.fullmatch(path.name)) if is_folder(room) else []
    found = []
    for name in names:
        try:
            found.append(find_trained(name))
        except InputError:
            continue
    return tuple(found)


def find_trained(name: str) -> TrainedModel:
    """Raises InputError where there is none of that name, and where its record is damaged."""
    path = trained_folder(checked_model_name(name)) / RECORD
    if not is_file(path):
        room = data_dir() / "trained"
        known = sorted(each.name for each in room.iterdir() if is_file(each / RECORD)) if is_folder(room) else []
        has = f"Choose one of: {', '.join(known)}." if known else "None was trained yet: reranklab train makes one."
        raise InputError(f"There is no trained model {name}. {has}")
    facts = path.stat()
    return _read(path, facts.st_mtime_ns, facts.st_size)


@lru_cache(maxsize=64)
def _read(path: Path, changed: int, size: int) -> TrainedModel:
    """`changed` and `size` tell whether the file is still the one that was read."""
    name = path.parent.name
    if size > _LARGEST:
        raise InputError(f"The record of the trained model {name} has more than {_LARGEST:,} bytes. Train it anew.")
    try:
        content = path.read_bytes()
        record = json.loads(content)
        _ = (record["family"], record["base"]["licence"], int(record["window"]["reads"]))
        if any(type(text) is not str for text in (record.get("kind", ""), *record.get("reads", {}).values())):
            raise TypeError("a kind or a prefix is no text")
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(f"The record of the trained model {name} ({RECORD}) is damaged. Train it anew.") from error
    digest = hashlib.sha256(content).hexdigest()[:12]
    return TrainedModel(name=name, folder=path.parent, revision=f"trained-{digest}", record=record)
