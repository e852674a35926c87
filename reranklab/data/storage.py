"""Writing to disk: a refusal of the disk becomes one sentence that says what could not be written where, and what to do."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reranklab.data.paths import is_file, is_folder
from reranklab.errors import StorageError

OTHER_CACHE = "set RERANKLAB_CACHE to another folder"
OTHER_DATA = "set RERANKLAB_DATA to another folder"

TEMPORARY = (".building-", ".deleting-", ".partial-", ".unpacking-")
"""How folders begin in which something is made before it is put in its place."""

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FORBIDDEN = (errno.EROFS, errno.EACCES, errno.EPERM)
REFUSALS = (*_FULL, *_FORBIDDEN)
"""The errno of a disk that is full or may not be written."""

_BLOCKED = (errno.ENOTDIR, errno.EEXIST, errno.EISDIR)
_NOTHING = 1 << 20
"""Bytes. With less than this free the disk is full, whatever a library's error says."""


@contextmanager
def storing(
    what: str, where: Path, *, instead: str = OTHER_CACHE, refusals: tuple[type[Exception], ...] = ()
) -> Iterator[None]:
    """Raise StorageError where the disk refuses what is written inside: an OSError, or one of the `refusals` of a library.

    `what` begins the sentence ("The index"), `where` is the folder, `instead` what else can be done. Errors of
    reading must not come out of the block: they would be told as refusals to write.
    """
    caught: tuple[type[Exception], ...] = (OSError, *refusals)
    try:
        yield
    except caught as error:
        raise storage_error(what, where, error, instead=instead) from error


def storage_error(what: str, where: Path, error: Exception, *, instead: str = OTHER_CACHE) -> StorageError:
    """The sentence for a refusal that was caught already."""
    where = next((path for path in (where, *where.parents) if not path.name.startswith(TEMPORARY)), where)
    reason, remedy = _explain(where, error)
    return StorageError(f"{what} cannot be stored in {where}: {reason}. {remedy}, or {instead}.")


def remove(path: Path) -> None:
    """Remove a file, a link or a whole folder; nothing where there is none. Raises OSError."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _explain(where: Path, error: Exception) -> tuple[str, str]:
    """Why the disk refuses, and the first half of what to do."""
    number = error.errno if isinstance(error, OSError) else None
    if number in _FORBIDDEN or (number is None and not os.access(_nearest(where), os.W_OK)):
        return "it may not be written there", "Allow that"
    blocked = next((path for path in (where, *where.parents) if is_file(path)), None)
    if blocked is not None:
        return f"{blocked} is a file, not a folder", "Move it away"
    if number in _FULL or (number is None and shutil.disk_usage(_nearest(where)).free < _NOTHING):
        return "the disk is full", "Make room there"
    if number in _BLOCKED:
        path = error.filename if isinstance(error, OSError) and isinstance(error.filename, str | os.PathLike) else "it"
        return f"something else is in the place of {Path(path).name}", "Move it away"
    told = error.strerror if isinstance(error, OSError) else None
    return told or " ".join(str(error).split()) or type(error).__name__, "Repair that"


def _nearest(where: Path) -> Path:
    """The folder that is there already, of a place that may not be."""
    return next((path for path in (where, *where.parents) if is_folder(path)), Path(where.anchor))
