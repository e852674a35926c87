"""The BM25 indexes on disk: what they are of, how large they are, and how to be rid of one."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

from reranklab.data.index import ABOUT, indexes_dir
from reranklab.data.paths import is_hidden
from reranklab.errors import InputError, StorageError


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredIndex:
    """An index in the cache. `size` is in bytes. What an index of an earlier version does not tell is "" or None."""

    folder: Path
    size: int
    collection: str = ""
    analyser: str = ""
    documents: int | None = None
    k1: float | None = None
    b: float | None = None
    built_at: str = ""

    @property
    def id(self) -> str:
        """The name of its folder: a digest of the texts and settings."""
        return self.folder.name


def list_indexes() -> tuple[StoredIndex, ...]:
    """By collection and analyser, those that do not tell what they are of last."""
    folders = [path for path in _entries(indexes_dir()) if path.is_dir() and not is_hidden(Path(path.name))]
    found = [_read(folder) for folder in folders]
    return tuple(sorted(found, key=lambda index: (not index.collection, index.collection, index.analyser, index.id)))


def delete_index(index_id: str) -> None:
    """Remove an index from disk; it is built again when it is needed. One that is gone already is no error.

    Raises InputError for anything but the id of an index, and StorageError where the disk refuses.
    """
    folder = indexes_dir() / index_id
    if not index_id.isalnum():
        raise InputError(f"There is no index {index_id!r}.")
    try:
        with tempfile.TemporaryDirectory(prefix=".deleting-", dir=folder.parent, ignore_cleanup_errors=True) as away:
            folder.rename(Path(away) / "index")  # another process sees all of it or nothing
    except FileNotFoundError:
        return
    except OSError as error:
        raise StorageError(f"The index in {folder} cannot be deleted: {error.strerror}. Delete that folder by hand.") from error


def disk_usage(folder: Path) -> int:
    """Bytes of all files below a folder; 0 where there is none. Files that vanish meanwhile do not count."""
    total = 0
    for path in _entries(folder):
        try:
            total += disk_usage(path) if path.is_dir() and not path.is_symlink() else path.lstat().st_size
        except OSError:
            continue
    return total


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _read(folder: Path) -> StoredIndex:
    size = disk_usage(folder)
    try:
        about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
        return StoredIndex(
            folder=folder,
            size=size,
            collection=str(about["collection"]),
            analyser=str(about["analyser"]),
            documents=int(about["documents"]),
            k1=float(about["k1"]),
            b=float(about["b"]),
            built_at=str(about["built_at"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return StoredIndex(folder=folder, size=size)
