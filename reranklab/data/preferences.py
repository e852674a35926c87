"""What people preferred in blind comparisons: one file of JSON lines in the data folder, shared by all processes."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, get_args

from reranklab.data.paths import data_dir, is_there
from reranklab.data.shared_files import append, turn, writing
from reranklab.data.storage import OTHER_DATA
from reranklab.errors import InputError, RerankLabError
from reranklab.types import Query

PREFERENCE_FORMAT = 1
"""Raised when a line changes so that earlier versions would misread it."""

Choice = Literal["list", "document", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference:
    """One person's answer to a query's lists, which were `shown` without names: ranker ids from left to right, in the order
    that `seed` gave, the first `depth` documents of each.

    `choice` says whether a list was picked (`winner` is its ranker), a `document` (`ranks` has its rank by ranker), or no
    difference was seen. `source` says where the query came from; `created_at` is UTC in ISO 8601.
    """

    id: str = field(default_factory=lambda: uuid.uuid4().hex[:12])
    created_at: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    person: str
    query: Query
    source: str
    shown: tuple[str, ...]
    seed: int
    depth: int
    choice: Choice
    winner: str = ""
    document: str = ""
    ranks: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.shown) < 2 or len(set(self.shown)) < len(self.shown):
            raise InputError("A preference is between two or more rankers, each once.")
        if self.choice not in get_args(Choice):
            raise InputError(f"A preference cannot be {self.choice!r}. Choose one of: {', '.join(get_args(Choice))}.")
        if self.choice == "list" and self.winner not in self.shown:
            raise InputError("The preferred list was not among those shown.")
        if self.choice == "document" and self.ranks.keys() != set(self.shown):
            raise InputError("The preferred document needs a rank in each list.")


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferenceList:
    """In the order in which they were given; `damaged` are the numbers of lines that could not be read, from 1."""

    preferences: tuple[Preference, ...] = ()
    damaged: tuple[int, ...] = ()


def preferences_file() -> Path:
    """Where they are kept. It may not exist yet."""
    return data_dir() / "preferences.jsonl"


def save_preference(preference: Preference) -> None:
    """Add it behind those that are there: all of it or, where the disk is full, nothing. Raises StorageError."""
    path = preferences_file()
    line = json.dumps({"format": PREFERENCE_FORMAT, **asdict(preference)}).encode() + b"\n"
    with writing(path, what="The preferences"):
        before = _content(path) if is_there(path) else b""
        torn = bool(before) and not before.endswith(b"\n")  # a write that was cut short left no end of line
        append(path, (b"\n" if torn else b"") + line)


def list_preferences() -> PreferenceList:
    """All of them. Raises RerankLabError where the file cannot be read. Needs no right to write."""
    path = preferences_file()
    if not is_there(path):
        return PreferenceList()
    try:
        with turn(path):
            content = _content(path)
    except OSError:
        content = _content(path)
    found, damaged = [], []
    for number, line in enumerate(content.split(b"\n"), start=1):
        if line.strip():
            try:
                found.append(_read(line))
            except InputError:
                damaged.append(number)
    return PreferenceList(preferences=tuple(found), damaged=tuple(damaged))


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise RerankLabError(f"{path} cannot be read: {error.strerror}. Repair that, or {OTHER_DATA}.") from error


def _read(line: bytes) -> Preference:
    try:
        values: dict[str, Any] = json.loads(line)
        if values.pop("format") != PREFERENCE_FORMAT:
            raise InputError("It is of another version.")
        query = Query(id=str(values["query"]["id"]), text=str(values["query"]["text"]))
        return Preference(
            id=str(values["id"]),
            created_at=str(values["created_at"]),
            person=str(values["person"]),
            query=query,
            source=str(values["source"]),
            shown=tuple(map(str, values["shown"])),
            seed=int(values["seed"]),
            depth=int(values["depth"]),
            choice=values["choice"],
            winner=str(values["winner"]),
            document=str(values["document"]),
            ranks={str(ranker): int(rank) for ranker, rank in values["ranks"].items()},
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputError("It is no preference.") from error
