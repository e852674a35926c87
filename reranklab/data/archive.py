"""Unpacks zip archives of strangers: nothing lands outside of the target, and nothing outgrows its limits."""

from __future__ import annotations

import errno
import gzip
import re
import stat
import struct
import tempfile
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from reranklab.data.paths import is_folder, shortened, shown
from reranklab.data.storage import remove, storing
from reranklab.errors import Cancelled, InputError
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
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, struct.error, OSError)
"""What zipfile raises on archives that are none: it reads past their ends, and takes their numbers as they are."""

_Members = list[tuple[zipfile.ZipInfo, PurePosixPath]]


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
    """Unpack into the folder `target`, all of it or nothing, and return it. One that holds the same files already is kept, and
    anything else in its place is replaced.

    `max_bytes` limits the unpacked size, `max_ratio` that size over the archive's own. Both hold for what the archive
    declares and again for what is written; what a .gz inside would grow to counts as well. `progress` counts MB.
    Raises InputError for a damaged, encrypted or hostile archive, StorageError where the disk refuses, and Cancelled.
    """
    with _reading(archive.name):
        limit = growth_limit(archive.stat().st_size, max_bytes=max_bytes, max_ratio=max_ratio)
        opened = zipfile.ZipFile(archive)
    with opened:
        members = _checked(archive.name, opened.infolist(), limit=limit, max_files=max_files)
        if _is_unpacked(members, target):
            return target
        with storing(f"What {archive.name} holds", target.parent):
            target.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=".unpacking-", dir=target.parent) as temporary:
                complete = Path(temporary) / "files"
                complete.mkdir()
                _Writer(archive.name, limit=limit, cancel=cancel, progress=progress).write(opened, members, complete)
                _put(complete, target, members)
    return target


def growth_limit(size: int, *, max_bytes: int = MAX_BYTES, max_ratio: float = MAX_RATIO) -> int:
    """The bytes to which compressed data of `size` bytes may grow."""
    return min(max_bytes, max(_FREE_BYTES, int(max_ratio * size)))


def grows_too_far(name: str) -> InputError:
    """The error of a compressed file that unpacks to more than `growth_limit`."""
    return InputError(
        f"{name} is refused: it unpacks to more than {MAX_RATIO} times its size. Unpack it yourself if you trust it."
    )


@contextmanager
def _reading(name: str) -> Iterator[None]:
    try:
        yield
    except _DAMAGE as error:
        if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):
            raise InputError(f"{name} cannot be read: {error.strerror}. Check the path.") from error
        reason = shortened(str(error)) or type(error).__name__
        raise InputError(f"{name} is damaged or no zip archive ({reason}). Download or create it again.") from error


def _checked(name: str, entries: list[zipfile.ZipInfo], *, limit: int, max_files: int) -> _Members:
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
                raise _refusal(name, f"it holds {shown(path)} twice")
            files.add(keys[0])
            folders.update(keys[1:])
        members.append((entry, path))
    if clash := sorted(files & folders):
        raise _refusal(name, f"it holds {shown(clash[0])} both as a file and as a folder")
    return members


def _safe_path(name: str, entry: zipfile.ZipInfo) -> PurePosixPath:
    written = entry.orig_filename
    parts = written.removesuffix("/").split("/")
    if _FORBIDDEN.search(written) or any(part in ("", ".", "..") or part != part.rstrip(" .") for part in parts):
        raise _refusal(name, f"the path {shown(written)} is not a plain relative one")
    if stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise _refusal(name, f"{shown(written)} is a link or a special file")
    if entry.flag_bits & 0x2041:
        raise _refusal(name, f"{shown(written)} is encrypted")
    if entry.compress_type not in _KNOWN_METHODS:
        raise _refusal(
            name, f"{shown(written)} uses compression method {entry.compress_type}; only stored and deflated are read"
        )
    return PurePosixPath(*parts)


class _Writer:
    """Writes entries and counts the bytes that really come out of them."""

    def __init__(self, name: str, *, limit: int, cancel: CancelSignal | None, progress: Progress | None) -> None:
        self._name = name
        self._limit = limit
        self._cancel = cancel
        self._progress = progress
        self._written = 0
        self._grown = 0

    def write(self, opened: zipfile.ZipFile, members: _Members, folder: Path) -> None:
        total = sum(entry.file_size for entry, _ in members)
        for entry, path in members:
            target = folder / path
            if entry.is_dir():
                target.mkdir(parents=True, exist_ok=True)
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            with _reading(self._name):
                source = opened.open(entry)
            with source, target.open("xb") as sink:
                self._copy(source, sink, total=total)
            if path.suffix == ".gz":
                self._check_growth(target)

    def _copy(self, source: IO[bytes], sink: IO[bytes], *, total: int) -> None:
        while chunk := self._read(source):
            self._written += len(chunk)
            if self._written > self._limit:
                raise _refusal(self._name, f"it unpacks to more than {self._limit / MB:,.0f} MB")
            sink.write(chunk)
            if self._progress is not None:
                done, whole = (-(-size // MB) for size in (self._written, max(total, self._written)))
                self._progress(Step(done=done, total=whole, unit="MB", label=f"unpacking {self._name}"))

    def _check_growth(self, path: Path) -> None:
        """Read a .gz to its end, in small pieces. A damaged one ends there: whoever reads the file will say so."""
        with gzip.open(path, "rb") as source:
            while True:
                try:
                    chunk = source.read(_CHUNK)
                except (OSError, EOFError, zlib.error):
                    return
                if not chunk:
                    return
                self._check_cancel()
                self._grown += len(chunk)
                if self._written + self._grown > self._limit:
                    reason = f"with the .gz files inside it unpacks to more than {self._limit / MB:,.0f} MB"
                    raise _refusal(self._name, reason)

    def _read(self, source: IO[bytes]) -> bytes:
        self._check_cancel()
        with _reading(self._name):
            return source.read(_CHUNK)

    def _check_cancel(self) -> None:
        if self._cancel is not None and self._cancel.is_set():
            raise Cancelled(f"Stopped before {self._name} was unpacked.")


def _is_unpacked(members: _Members, folder: Path) -> bool:
    """Whether every file of the archive is in the folder as the archive has it, by size and CRC-32."""
    if not is_folder(folder):
        return False
    files = [(entry, folder / path) for entry, path in members if not entry.is_dir()]
    try:
        return all(place.stat().st_size == entry.file_size and _crc32(place) == entry.CRC for entry, place in files)
    except OSError:
        return False


def _crc32(path: Path) -> int:
    found = 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            found = zlib.crc32(chunk, found)
    return found


def _put(complete: Path, target: Path, members: _Members) -> None:
    """Move the folder to its place. One that another process has put there meanwhile is as good."""
    try:
        complete.replace(target)
    except OSError:
        if not _is_unpacked(members, target):
            remove(target)
            complete.replace(target)


def _refusal(name: str, reason: str) -> InputError:
    return InputError(f"{name} is refused: {reason}. Unpack it yourself if you trust it, and give the folder.")
