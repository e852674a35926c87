"""Unpacks zip archives of strangers: nothing lands outside of the target, and nothing outgrows its limits."""

from __future__ import annotations

import errno
import re
import stat
import tempfile
import unicodedata
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import IO

from reranklab.errors import Cancelled, InputError, RerankLabError
from reranklab.progress import CancelSignal, Progress, Step

MB = 1_000_000
MAX_BYTES = 30_000 * MB
MAX_FILES = 10_000
MAX_RATIO = 100
"""JSON lines shrink to a quarter or a tenth; a bomb shrinks a thousandfold."""

_FREE_BYTES = 10 * MB  # below this size no ratio is suspicious
_CHUNK = 1 << 20
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f\\:*?"<>|]')
_KNOWN_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def unpack_zip(
    archive: Path,
    target: Path,
    *,
    max_bytes: int = MAX_BYTES,
    max_files: int = MAX_FILES,
    max_ratio: float = MAX_RATIO,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> Path:
    """Unpack into the new folder `target`, all of it or nothing. Returns `target`, as it is where it exists already.

    `max_bytes` limits the unpacked size, `max_ratio` that size over the archive's own. Both hold for what the archive
    declares and again for what is written. `progress` counts MB.
    Raises InputError for a damaged, encrypted or hostile archive, RerankLabError where the disk refuses, and Cancelled.
    """
    if target.exists():
        return target
    try:
        limit = _limit(archive, max_bytes=max_bytes, max_ratio=max_ratio)
        with zipfile.ZipFile(archive) as opened:
            members = _checked(archive.name, opened.infolist(), limit=limit, max_files=max_files)
            target.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=".unpacking-", dir=target.parent) as temporary:
                complete = Path(temporary) / "files"
                complete.mkdir()
                _Writer(archive.name, limit=limit, cancel=cancel, progress=progress).write(opened, members, complete)
                _put(complete, target)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise InputError(f"{archive.name} is damaged or no zip archive ({error}). Download or create it again.") from error
    except OSError as error:
        room = " Make room on the disk." if error.errno == errno.ENOSPC else ""
        raise RerankLabError(f"{archive.name} cannot be unpacked to {target}: {error.strerror}.{room}") from error
    return target


def _limit(archive: Path, *, max_bytes: int, max_ratio: float) -> int:
    return min(max_bytes, max(_FREE_BYTES, int(max_ratio * archive.stat().st_size)))


def _checked(
    name: str, entries: list[zipfile.ZipInfo], *, limit: int, max_files: int
) -> list[tuple[zipfile.ZipInfo, PurePosixPath]]:
    """The entries with their safe relative paths. Raises InputError for any that is not plain."""
    if len(entries) > max_files:
        raise _refusal(name, f"it holds {len(entries):,} entries, more than {max_files:,}")
    if sum(entry.file_size for entry in entries) > limit:
        raise _refusal(name, f"it would unpack to more than {limit / MB:,.0f} MB")
    members = []
    files: set[str] = set()
    folders: set[str] = set()
    for entry in entries:
        path = _safe_path(name, entry)
        keys = [unicodedata.normalize("NFC", str(part)).casefold() for part in (path, *path.parents)][:-1]
        if entry.is_dir():
            folders.update(keys)
        else:
            if keys[0] in files:
                raise _refusal(name, f"it holds {str(path)!r} twice")
            files.add(keys[0])
            folders.update(keys[1:])
        members.append((entry, path))
    if clash := sorted(files & folders):
        raise _refusal(name, f"it holds {clash[0]!r} both as a file and as a folder")
    return members


def _safe_path(name: str, entry: zipfile.ZipInfo) -> PurePosixPath:
    shown = entry.orig_filename
    parts = shown.removesuffix("/").split("/")
    if _FORBIDDEN.search(shown) or any(part in ("", ".", "..") or part != part.rstrip(" .") for part in parts):
        raise _refusal(name, f"the path {shown!r} is not a plain relative one")
    if stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise _refusal(name, f"{shown!r} is a link or a special file")
    if entry.flag_bits & 0x2041:
        raise _refusal(name, f"{shown!r} is encrypted")
    if entry.compress_type not in _KNOWN_METHODS:
        raise _refusal(name, f"{shown!r} uses compression method {entry.compress_type}; only stored and deflated are read")
    return PurePosixPath(*parts)


class _Writer:
    """Writes entries and counts the bytes that really come out of them."""

    def __init__(self, name: str, *, limit: int, cancel: CancelSignal | None, progress: Progress | None) -> None:
        self._name = name
        self._limit = limit
        self._cancel = cancel
        self._progress = progress
        self._written = 0

    def write(self, opened: zipfile.ZipFile, members: list[tuple[zipfile.ZipInfo, PurePosixPath]], folder: Path) -> None:
        total = sum(entry.file_size for entry, _ in members)
        for entry, path in members:
            place = folder / path
            if entry.is_dir():
                place.mkdir(parents=True, exist_ok=True)
                continue
            place.parent.mkdir(parents=True, exist_ok=True)
            with opened.open(entry) as source, place.open("xb") as sink:
                self._copy(source, sink, total=total)

    def _copy(self, source: IO[bytes], sink: IO[bytes], *, total: int) -> None:
        while chunk := source.read(_CHUNK):
            if self._cancel is not None and self._cancel.is_set():
                raise Cancelled(f"Stopped before {self._name} was unpacked.")
            self._written += len(chunk)
            if self._written > self._limit:
                raise _refusal(self._name, f"it unpacks to more than {self._limit / MB:,.0f} MB")
            sink.write(chunk)
            if self._progress is not None:
                done, whole = (-(-size // MB) for size in (self._written, max(total, self._written)))
                self._progress(Step(done=done, total=whole, unit="MB", label=f"unpacking {self._name}"))


def _put(complete: Path, target: Path) -> None:
    """Move the folder to its place. One that another process has put there meanwhile is as good."""
    try:
        complete.replace(target)
    except OSError:
        if not target.is_dir():
            raise


def _refusal(name: str, reason: str) -> InputError:
    return InputError(f"{name} is refused: {reason}. Unpack it yourself if you trust it, and give the folder.")
