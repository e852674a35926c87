"""What a process that was killed left behind: unfinished files and folders under names that no other thing has."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from pathlib import Path

from reranklab.data.paths import cache_dir, data_dir
from reranklab.data.storage import TEMPORARY, remove

OLD_SECONDS = 3600.0
"""A process that is at work writes more often than this."""

_ROOMS = ("datasets", "indexes", "models", "unpacked")
_KEPT_ROOMS = ("trained", "training")
_UNFINISHED_PROBES = ".probes-"
_logger = logging.getLogger(__name__)


def remove_leftovers() -> tuple[Path, ...]:
    """Remove what was left unfinished in the cache and in the data folder and has not changed for an hour; return what is gone.

    What the disk does not let go of stays, and is logged.
    """
    gone = []
    for path in _unfinished():
        try:
            if time.time() - _last_change(path) > OLD_SECONDS:
                remove(path)
                gone.append(path)
        except OSError as error:
            _logger.info("%s was left unfinished and cannot be removed: %s", path, error)
    return tuple(gone)


def _unfinished() -> Iterator[Path]:
    for room in _ROOMS:
        yield from (path for path in _entries(cache_dir() / room) if path.name.startswith(TEMPORARY))
    yield from (path for path in _entries(data_dir()) if path.name.startswith(_UNFINISHED_PROBES))
    for room in _KEPT_ROOMS:
        yield from (path for path in _entries(data_dir() / room) if path.name.startswith(TEMPORARY))


def _last_change(path: Path) -> float:
    """When a file, or anything in a folder, was last written, in seconds since 1970. Raises OSError."""
    inside = _entries(path) if path.is_dir() and not path.is_symlink() else []
    return max([path.lstat().st_mtime, *(_last_change(entry) for entry in inside)])


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []
