"""Digests of files, computed once in a process for as long as a file stays as it is."""

from __future__ import annotations

import hashlib
import stat
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from reranklab.progress import CancelSignal, Progress, check_cancel, report

_BLOCK = 1 << 20
_LARGE = 256 << 20
_COARSEST_CLOCK = 2_000_000_000  # ns between two times that a file system can tell apart (FAT)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileState:
    """What changes when a file is written or replaced. Times in ns."""

    device: int
    inode: int
    size: int
    modified: int
    changed: int


_known: dict[tuple[FileState, str, bytes], str] = {}


def file_state(path: Path) -> FileState:
    """The state of a regular file, links followed. Raises OSError where there is none."""
    facts = path.stat()
    if not stat.S_ISREG(facts.st_mode):
        raise OSError(f"{path} is not a file")
    return FileState(
        device=facts.st_dev, inode=facts.st_ino, size=facts.st_size, modified=facts.st_mtime_ns, changed=facts.st_ctime_ns
    )


def sha256(path: Path, *, cancel: CancelSignal | None = None, progress: Progress | None = None) -> str:
    """SHA-256 of a file in hex. Tells how far it is with a large one. Raises OSError, and Cancelled between two blocks."""
    return _digest(path, "sha256", b"", cancel, progress)


def digests_of(folder: Path) -> dict[str, str]:
    """File name to SHA-256, for every file that lies in the folder itself. Raises OSError."""
    return {path.name: sha256(path) for path in sorted(folder.iterdir())}


def are_intact(folder: Path, digests: Mapping[str, str]) -> bool:
    """Whether the files are there and have those digests."""
    try:
        return all(sha256(folder / name) == digest for name, digest in digests.items())
    except (OSError, ValueError):
        return False


def sha1_names(path: Path, *, cancel: CancelSignal | None = None) -> tuple[str, str]:
    """The SHA-1 of a file, and the name that git gives to a file of this content, both in hex. Raises as `sha256` does."""
    head = f"blob {path.stat().st_size}\0".encode()
    return _digest(path, "sha1", b"", cancel, None), _digest(path, "sha1", head, cancel, None)


def digest_of_list(digests: Sequence[tuple[str, str]]) -> str:
    """One digest for files by name: a single file's own, else that of the list of names and digests."""
    if len(digests) == 1:
        return digests[0][1]
    return hashlib.sha256("".join(f"{name} {digest}\n" for name, digest in sorted(digests)).encode()).hexdigest()


def _digest(path: Path, algorithm: str, head: bytes, cancel: CancelSignal | None, progress: Progress | None) -> str:
    """Not remembered for a file that was written just now: the next change could leave its time as it is."""
    state = file_state(path)
    key = (state, algorithm, head)
    if key in _known:
        return _known[key]
    digest = hashlib.new(algorithm, head, usedforsecurity=algorithm == "sha256")
    block = memoryview(bytearray(_BLOCK))
    done = 0
    with path.open("rb", buffering=0) as file:
        while length := file.readinto(block):
            check_cancel(cancel, f"Stopped while {path.name} was checked.")
            if state.size > _LARGE and not done % 64:
                report(progress, done=done, total=state.size // _BLOCK + 1, unit="MB", label=f"checking {path.name}")
            digest.update(block[:length])
            done += 1
    if time.time_ns() - max(state.modified, state.changed) > _COARSEST_CLOCK and file_state(path) == state:
        _known[key] = digest.hexdigest()
    return digest.hexdigest()
