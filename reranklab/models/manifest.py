"""What a stored folder holds: each file with its size and SHA-256, in reranklab.json beside them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from reranklab.data.digests import sha256
from reranklab.models.catalogue import CatalogueEntry
from reranklab.progress import CancelSignal, Progress

MANIFEST = "reranklab.json"
_FORMAT = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFacts:
    """What a stored file was when it was written."""

    size: int
    sha256: str


def read_manifest(entry: CatalogueEntry, folder: Path) -> Mapping[str, FileFacts] | None:
    """The files of a stored model by name; None where the list is not there, damaged, of another format, or another model's."""
    try:
        data = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    head = {"format": _FORMAT, "id": entry.id, "revision": entry.revision}
    if not isinstance(data, dict) or not isinstance(data.get("files"), dict):
        return None
    if any(data.get(name) != value for name, value in head.items()):
        return None
    files = {name: _facts(facts) for name, facts in data["files"].items() if _stays_inside(name)}
    known = {name: facts for name, facts in files.items() if facts is not None}
    return known if known and len(known) == len(data["files"]) else None


def write_manifest(entry: CatalogueEntry, folder: Path) -> None:
    """List what the folder holds now."""
    files = {
        path.relative_to(folder).as_posix(): {"size": path.stat().st_size, "sha256": sha256(path)}
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    data = {"format": _FORMAT, "id": entry.id, "revision": entry.revision, "licence": entry.licence, "files": files}
    (folder / MANIFEST).write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


def wrong_size(folder: Path, files: Mapping[str, FileFacts]) -> str:
    """The name of a file that is missing or has another size than it was stored with; empty where there is none."""
    return next((name for name, facts in files.items() if _size(folder / name) != facts.size), "")


def damaged_file(
    folder: Path,
    files: Mapping[str, FileFacts],
    *,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> str:
    """The name of a file that is not what was stored, byte for byte; empty where there is none. Raises Cancelled."""
    if found := wrong_size(folder, files):
        return found
    return next((name for name, facts in files.items() if _digest(folder / name, cancel, progress) != facts.sha256), "")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size if path.is_file() else -1
    except OSError:
        return -1


def _digest(path: Path, cancel: CancelSignal | None, progress: Progress | None) -> str:
    """Empty where the file cannot be read: a disk that gives it no more."""
    try:
        return sha256(path, cancel=cancel, progress=progress)
    except OSError:
        return ""


def _facts(facts: Any) -> FileFacts | None:
    if not isinstance(facts, dict) or type(facts.get("size")) is not int or not isinstance(facts.get("sha256"), str):
        return None
    return FileFacts(size=facts["size"], sha256=facts["sha256"])


def _stays_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts
