"""A program that lets writers be killed, fills their disk, or takes the right to write away. It prints what became of each."""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from reranklab.data.storage import remove
from reranklab.errors import RerankLabError, StorageError
from tests.faults.plan import what_is_wrong
from tests.faults.writers import WRITERS, Writer, live_in, world

KILLS, TEARS = 20, 4
_OF_THE_DISK = {"posix", "_io", "fcntl", "_sqlite3", "sqlite3"}

Outcome = dict[str, str]


def forked(work: Callable[[], object]) -> tuple[int, str]:
    """Run `work` in a process of its own: by what it ended (0, or the signal) and what it said."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        try:
            said = str(work() or "")
        except BaseException as error:  # noqa: BLE001 - the end of a process: what happened is told to the parent
            said = f"{type(error).__name__}: {error}"
        try:
            os.write(writer, said.encode("utf-8", "backslashreplace"))
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        said = pipe.read().decode()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), said


class Hook:
    """Counts the calls that reach for the disk, and kills the process at one of them."""

    def __init__(self, last: int | None = None) -> None:
        self.calls = 0
        self._last = last

    def __call__(self, frame: FrameType, event: str, argument: Any) -> None:
        if event != "c_call":
            return
        owner = getattr(argument, "__self__", None)
        module = getattr(argument, "__module__", None) or type(owner).__module__
        if module in _OF_THE_DISK:
            if self.calls == self._last:
                os.kill(os.getpid(), signal.SIGKILL)
            self.calls += 1


def hooked(writer: Writer, hook: Hook) -> str:
    threading.setprofile(hook)
    sys.setprofile(hook)
    writer.write()
    sys.setprofile(None)
    return str(hook.calls)


def torn(writer: Writer, size: int) -> str:
    """Let the writer be killed in the middle of a write: where a file would outgrow `size`."""
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    writer.write()
    return ""


def recovered(writer: Writer) -> str:
    """What is wrong after the writer was disturbed: with what was there, with a second try, or with its result."""
    for what, check in (("old", writer.old), ("again", writer.write), ("new", writer.new), ("old after", writer.old)):
        try:
            check()
        except Exception as error:  # noqa: BLE001 - the plan tells whatever it is
            return f"{what}: {type(error).__name__}: {error}"
    return ""


def killed(writer: Writer, template: Path, work: Path) -> list[Outcome]:
    live_in(fresh(template, work))
    status, said = forked(lambda: hooked(writer, Hook()))
    if status or not said.isdigit():
        return [{"name": writer.name, "failed": f"it does not even work undisturbed: {said}"}]
    calls = int(said)
    largest = max((path.stat().st_size for path in work.rglob("*") if path.is_file()), default=0)
    points = [number * (calls - 1) // (KILLS - 1) for number in range(KILLS)]
    outcomes = []
    for point in points:
        live_in(fresh(template, work))
        status, said = forked(lambda point=point: hooked(writer, Hook(point)))  # type: ignore[misc]
        failed = "" if status == -signal.SIGKILL else f"it was not killed: {said}"
        failed = failed or forked(lambda: recovered(writer))[1]
        outcomes.append({"name": f"{writer.name}, killed at call {point} of {calls}", "failed": failed})
    for number in range(TEARS):
        size = number * largest // TEARS
        live_in(fresh(template, work))
        forked(lambda size=size: torn(writer, size))  # type: ignore[misc]
        failed = forked(lambda: recovered(writer))[1]
        outcomes.append({"name": f"{writer.name}, torn at {size} bytes", "failed": failed})
    return outcomes


def fresh(template: Path, work: Path) -> Path:
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(template, work, symlinks=True)
    return work


def end_of(writer: Writer, place: Path) -> str:
    """What is wrong with how the writer ends on a disk that does not take everything: it may succeed, say that it went on
    without the disk, or say what could not be stored where and what to do."""
    try:
        notes = writer.write()
    except StorageError as error:
        has_remedy = "set RERANKLAB_" in str(error) or "by hand" in str(error)
        return what_is_wrong(error) or ("" if str(place) in str(error) and has_remedy else f"no place or remedy: {error}")
    except Exception as error:  # noqa: BLE001 - the plan judges whatever it is
        return f"{type(error).__name__}: {error}"
    if any("cannot be stored in" in note and str(place) in note for note in notes):
        return ""
    try:
        writer.new()
    except Exception as error:  # noqa: BLE001 - the plan judges whatever it is
        return f"it said nothing and wrote nothing: {type(error).__name__}: {error}"
    return ""


def filled(writer: Writer, disk: Path) -> list[Outcome]:
    """Ever less room, then enough again."""
    outcomes = []
    folder = disk / "place"
    for room in (0, 4_096, 12_288, 28_672, 61_440):
        shutil.rmtree(folder, ignore_errors=True)
        live_in(folder)
        forked(writer.prepare)
        filler = disk / "filler"
        fill(filler, room)
        failed = forked(lambda: end_of(writer, folder))[1]
        failed = failed or forked(lambda: told(writer.old))[1]
        filler.unlink()
        failed = failed or forked(lambda: recovered(writer))[1]
        outcomes.append({"name": f"{writer.name}, {room:,} bytes free", "failed": failed})
    shutil.rmtree(folder, ignore_errors=True)
    return outcomes


def limited(writer: Writer, template: Path, work: Path) -> list[Outcome]:
    """As `filled`, on any disk: no file may grow beyond a limit."""
    outcomes = []
    for size in (0, 1_024, 4_096, 12_288):
        live_in(fresh(template, work))

        def write(size: int = size) -> str:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
            return end_of(writer, work)

        failed = forked(write)[1] or forked(lambda: recovered(writer))[1]
        outcomes.append({"name": f"{writer.name}, no file above {size:,} bytes", "failed": failed})
    return outcomes


def told(check: Callable[[], object]) -> str:
    try:
        check()
    except Exception as error:  # noqa: BLE001 - the plan tells whatever it is
        return f"old: {type(error).__name__}: {error}"
    return ""


def fill(filler: Path, room: int) -> None:
    with filler.open("wb", buffering=0) as file:
        while True:
            try:
                file.write(bytes(4096))
            except OSError:
                break
        file.truncate(max(file.tell() - room, 0))


def forbidden(writer: Writer, disk: Path, allow: Callable[[bool], None]) -> list[Outcome]:
    """What is there can be read where nothing may be written, and writing says so."""
    folder = disk / "place"
    live_in(folder)
    forked(writer.prepare)
    allow(False)
    read = forked(lambda: told(writer.old))[1]
    wrote = forked(lambda: end_of(writer, folder))[1]
    allow(True)
    after = forked(lambda: recovered(writer))[1]
    shutil.rmtree(folder)
    return [
        {"name": f"{writer.name}, read where nothing may be written", "failed": read},
        {"name": f"{writer.name}, written where nothing may be written", "failed": wrote or after},
    ]


def blocked(writer: Writer, folder: Path) -> list[Outcome]:
    """A file where the folder belongs, or one above it."""
    outcomes = []
    for place in (folder, folder / writer.room):
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text("a file in the place of a folder")
        live_in(folder)
        failed = forked(lambda: end_of(writer, folder))[1]
        if place.read_text() != "a file in the place of a folder":
            failed += " the file was changed"
        outcomes.append({"name": f"{writer.name}, {place.relative_to(folder.parent)} is a file", "failed": failed})
        remove(folder)
    return outcomes


def damaged(writer: Writer, template: Path, work: Path) -> list[Outcome]:
    """Each file that the writer keeps, spoiled in each way: it is made anew, or an error says that it cannot be read."""
    outcomes = []
    kept = [path.relative_to(template) for path in sorted((template / writer.room).rglob("*")) if path.is_file()]
    for name in kept:
        if name.suffix == ".lock" or "wheels" in name.parts or "other" in name.parts:
            continue
        for way, spoil in DAMAGES.items():
            live_in(fresh(template, work))
            spoil(work / name)
            failed = forked(lambda: end_after_damage(writer))[1]
            outcomes.append({"name": f"{writer.name}, {name.name} {way}", "failed": failed})
    return outcomes


def end_after_damage(writer: Writer) -> str:
    try:
        writer.write()
        writer.new()
    except Exception as error:  # noqa: BLE001 - the plan judges whatever it is
        if writer.heals:
            return f"not made anew: {type(error).__name__}: {error}"
        return "" if isinstance(error, AssertionError) else what_is_wrong(error)
    return ""


def folder_instead(path: Path) -> None:
    path.unlink()
    (path / "inside").mkdir(parents=True)


DAMAGES: dict[str, Callable[[Path], object]] = {
    "emptied": lambda path: path.write_bytes(b""),
    "cut": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "zeroed": lambda path: path.write_bytes(bytes(path.stat().st_size)),
    "random": lambda path: path.write_bytes(random.Random(0).randbytes(path.stat().st_size)),
    "of another type": lambda path: path.write_bytes(b"[[], {}, null]\n"),
    "changed by a bit": lambda path: path.write_bytes(flipped(path.read_bytes())),
    "a folder": folder_instead,
}


def flipped(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


def mounted(*options: str) -> None:
    subprocess.run(["mount", *options], check=True, capture_output=True, timeout=30)


def main(what: str, folder: Path) -> list[Outcome]:
    outcomes: list[Outcome] = []
    with world(), tempfile.TemporaryDirectory(dir=folder) as temporary:
        disk = Path(temporary) / "disk"
        disk.mkdir()
        if what in ("full", "read-only"):
            mounted("-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk))
        for writer in WRITERS:
            match what:
                case "killed" | "limited":
                    template = disk / "template"
                    live_in(template)
                    forked(writer.prepare)
                    disturb = killed if what == "killed" else limited
                    outcomes += disturb(writer, template, disk / "work")
                    shutil.rmtree(template)
                case "damaged" if writer.room:
                    template = disk / "template"
                    live_in(template)
                    forked(writer.prepare)
                    forked(writer.write)
                    outcomes += damaged(writer, template, disk / "work")
                    shutil.rmtree(template)
                case "full":
                    outcomes += filled(writer, disk)
                case "read-only":
                    outcomes += forbidden(
                        writer, disk, lambda yes: mounted("-o", f"remount,{'rw' if yes else 'ro'}", str(disk))
                    )
                case "blocked" if writer.room:
                    outcomes += blocked(writer, disk / "place")
        if what in ("full", "read-only"):
            subprocess.run(["umount", str(disk)], check=True, timeout=30)
    return outcomes


if __name__ == "__main__":
    try:
        json.dump(main(sys.argv[1], Path(sys.argv[2])), sys.stdout)
    except RerankLabError as error:
        sys.exit(str(error))
