"""Rankers that were saved under a name: one file of JSON each in the data folder, shared by all processes.

`tuned:NAME` stands wherever a ranker id does. It is read as the id that was saved, so that results, stores, links and manifests
name the ranker itself.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from reranklab.data.paths import data_dir, is_file, is_folder, shown
from reranklab.data.shared_files import replace_file, writing
from reranklab.data.storage import OTHER_DATA
from reranklab.data.strict_json import parse_json
from reranklab.data.strict_record import StrictRecord
from reranklab.errors import InputError, RerankLabError
from reranklab.types import Scalar

PREFIX = "tuned"
"""What stands before the colon: no family can be called so."""

NAMED_FORMAT = 1
"""Raised when a file changes so that earlier versions would misread it."""

_NAME = re.compile(r"[^\W_](?:[\w-]{0,38}[^\W_])?")
_LONGEST_ID = 4000
_LONGEST_FIGURE = 400
_MOST_FIGURES = 40
_LARGEST_FILE = 100_000
_WHAT = "The named ranker"


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedRanker:
    """`ranker` is the canonical id that the name stands for. `origin` says where it came from: collection, budget, figures;
    `created_at` is UTC in ISO 8601."""

    name: str
    ranker: str
    origin: Mapping[str, Scalar] = field(default_factory=dict)
    created_at: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))

    @property
    def id(self) -> str:
        """What to write where a ranker id stands."""
        return f"{PREFIX}:{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedRankers:
    """Those that can be read, by name, and a sentence on each file that cannot."""

    rankers: Mapping[str, NamedRanker]
    damaged: tuple[str, ...] = ()


def checked_ranker_name(text: str) -> str:
    """A name as it stands in ids and file names. Raises InputError for one that cannot."""
    name = unicodedata.normalize("NFC", text.strip())
    if not _NAME.fullmatch(name):
        raise InputError(
            f"A ranker cannot be called {shown(text)}. Take up to 40 letters, digits, - and _, beginning and ending with a "
            "letter or digit."
        )
    return name


def find_named(name: str) -> NamedRanker:
    """Raises InputError for what is no name, where nothing is saved under it, and where its file is damaged."""
    name = checked_ranker_name(name)
    if not is_file(_file(name)):
        known = ", ".join(_names())
        has = f"Choose one of: {known}." if known else "None is saved yet: reranklab tune saves one."
        raise InputError(f"There is no ranker {PREFIX}:{name}. {has}")
    return _read(name)


def named_rankers() -> NamedRankers:
    """All of them, in the order of their names. A damaged file costs no other one anything."""
    found: dict[str, NamedRanker] = {}
    damaged = []
    for name in _names():
        try:
            found[name] = _read(name)
        except RerankLabError as error:
            damaged.append(str(error))
    return NamedRankers(rankers=found, damaged=tuple(damaged))


def save_named(ranker: NamedRanker) -> None:
    """Keep it under its name; what was there is replaced. Raises InputError for a name or content that cannot be used, and
    StorageError."""
    name = checked_ranker_name(ranker.name)
    for other in _names():
        if other != name and other.casefold() == name.casefold():
            raise InputError(f"There is a ranker {PREFIX}:{other} already. Write the name like that, or take another.")
    try:
        content = json.dumps({"format": NAMED_FORMAT, **asdict(ranker), "name": name}, allow_nan=False, indent=2).encode()
    except ValueError as error:
        raise InputError(f"{_WHAT} {name} cannot be kept as JSON ({error}).") from error
    _parsed(content, name)
    with writing(_file(name), what=_WHAT):
        replace_file(_file(name), [content])


def delete_named(name: str) -> None:
    """Damaged ones too. Raises InputError where nothing is saved under the name, and StorageError."""
    name = checked_ranker_name(name)
    if not is_file(_file(name)):
        find_named(name)
    with writing(_file(name), what=_WHAT):
        _file(name).unlink(missing_ok=True)


def _room() -> Path:
    return data_dir() / "rankers"


def _file(name: str) -> Path:
    return _room() / f"{name}.json"


def _names() -> list[str]:
    room = _room()
    files = room.glob("*.json") if is_folder(room) else ()
    return sorted(name for file in files if _NAME.fullmatch(name := unicodedata.normalize("NFC", file.stem)))


def _read(name: str) -> NamedRanker:
    path = _file(name)
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_FILE + 1)
    except OSError as error:
        raise RerankLabError(f"{path} cannot be read: {error.strerror}. Repair that, or {OTHER_DATA}.") from error
    try:
        return _parsed(content, name)
    except InputError as error:
        raise InputError(
            f"The named ranker {name} is damaged and counts as absent ({error}) Save it again, or delete it: reranklab rankers "
            f"delete {name}."
        ) from error


def _parsed(content: bytes, name: str) -> NamedRanker:
    """Raises InputError with what is wrong."""
    where = f"{name}.json"
    if len(content) > _LARGEST_FILE:
        raise InputError(f"{where} has more than {_LARGEST_FILE:,} bytes.")
    record = StrictRecord.of(parse_json(content, where=where), where)
    record.whole("format", low=NAMED_FORMAT, high=NAMED_FORMAT)
    return NamedRanker(
        name=name,
        ranker=record.text("ranker", most=_LONGEST_ID),
        origin=record.scalars("origin", most=_MOST_FIGURES, longest=_LONGEST_FIGURE),
        created_at=record.text("created_at", most=40),
    )
