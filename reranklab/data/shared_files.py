"""Files that several processes write: one at a time, and each write whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from reranklab.data.storage import OTHER_DATA, remove, storing
from reranklab.errors import RerankLabError

LOCK_SECONDS = 10.0


@contextmanager
def writing(path: Path, *, what: str) -> Iterator[None]:
    """Hold the lock of a file or folder, in a folder that is made where it is missing. `what` ("The probes") begins the
    sentence of the StorageError that a refusal of the disk becomes."""
    with storing(what, path.parent, instead=OTHER_DATA):
        path.parent.mkdir(parents=True, exist_ok=True)
        with turn(path):
            yield


@contextmanager
def turn(path: Path) -> Iterator[None]:
    """Hold the lock of a file or folder. Raises RerankLabError where another program does not let go of it, and OSError."""
    lock = FileLock(path.with_name(f"{path.name}.lock"))
    try:
        lock.acquire(timeout=LOCK_SECONDS)
    except Timeout as error:
        raise RerankLabError(f"Another program has held {path} for {LOCK_SECONDS:g} s. Try again when it is done.") from error
    try:
        yield
    finally:
        lock.release()


def append(path: Path, data: bytes) -> None:
    """Add `data` behind what is in the file: all of it or, where the disk is full, nothing. Raises OSError."""
    with path.open("ab", buffering=0) as file:
        size = file.tell()
        try:
            written = file.write(data)
            if written != len(data):
                raise OSError(None, f"only {written} of {len(data)} bytes were written")
            os.fsync(file.fileno())
        except OSError:
            file.truncate(size)
            raise


def replace_file(path: Path, content: Iterable[bytes]) -> None:
    """Write the whole file beside its place, then rename: a crash leaves the old one or the new one. Raises OSError."""
    with tempfile.NamedTemporaryFile(prefix=f".{path.stem}-", dir=path.parent, delete=False) as file:
        temporary = Path(file.name)
        try:
            file.writelines(content)
            file.flush()
            os.fsync(file.fileno())
        except OSError:
            remove(temporary)
            raise
    temporary.replace(path)
