"""Digests of files that the program wrote: what is on disk must still be what was written."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping
from pathlib import Path

_Stamp = tuple[tuple[str, int, int, int], ...]

_intact: dict[Path, tuple[_Stamp, Mapping[str, str]]] = {}
_guard = threading.Lock()


def digests_of(folder: Path) -> dict[str, str]:
    """File name to SHA-256, for every file that lies in the folder itself. Raises OSError."""
    return {path.name: _sha256(path) for path in sorted(folder.iterdir())}


def are_intact(folder: Path, digests: Mapping[str, str]) -> bool:
    """Whether the files have those digests. Files that did not change since this process last looked are not read again."""
    try:
        stamp = _stamp(folder, digests)
        with _guard:
            if _intact.get(folder) == (stamp, digests):
                return True
        if any(_sha256(folder / name) != digest for name, digest in digests.items()):
            return False
    except (OSError, ValueError):
        return False
    with _guard:
        _intact[folder] = (stamp, dict(digests))
    return True


def _stamp(folder: Path, names: Mapping[str, str]) -> _Stamp:
    facts = ((name, (folder / name).stat()) for name in names)
    return tuple((name, found.st_size, found.st_mtime_ns, found.st_ino) for name, found in facts)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
