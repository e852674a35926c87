"""The probes that a user keeps: one file of JSON lines in the data folder, shared by all processes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from reranklab.data.paths import data_dir, is_there
from reranklab.data.probe_records import Probe, from_line, to_line
from reranklab.data.shared_files import append, replace_file, turn, writing
from reranklab.data.storage import OTHER_DATA
from reranklab.errors import InputError, RerankLabError


@dataclass(frozen=True, slots=True, kw_only=True)
class DamagedLine:
    """A line of the file that is no probe. It stays in the file as it is. `number` counts from 1."""

    number: int
    reason: str
    text: str

    @property
    def warning(self) -> str:
        return f"Line {self.number} of {probes_file()} is not a probe and was passed over: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeList:
    """The probes in the order in which they were saved, and the lines that could not be read."""

    probes: tuple[Probe, ...]
    damaged: tuple[DamagedLine, ...] = ()


def probes_file() -> Path:
    """Where the probes are kept. It may not exist yet."""
    return data_dir() / "probes.jsonl"


def save_probe(probe: Probe) -> None:
    """Add the probe behind those that are there: all of it or, where the disk is full, nothing.

    Raises InputError for an id that is taken, and StorageError where the file cannot be written.
    """
    line = to_line(probe).encode()
    path = probes_file()
    with writing(path, what="The probes"):
        lines = _lines(path)
        if any(known.id == probe.id for known in _read(lines).probes):
            raise InputError(f"There is a probe {probe.id!r} already. Give the new one another id.")
        torn = bool(lines and lines[-1])  # a write that was cut short left no end of line
        append(path, (b"\n" if torn else b"") + line + b"\n")


def list_probes() -> ProbeList:
    """All probes. A line that cannot be read, or repeats an id, is among the damaged ones. Raises RerankLabError.

    Needs no right to write: where no lock can be had, a line that is being written now may be among the damaged ones.
    """
    path = probes_file()
    if not is_there(path):
        return ProbeList(probes=())
    try:
        with turn(path):
            return _read(_lines(path))
    except OSError:
        return _read(_lines(path))


def load_probe(probe_id: str) -> Probe:
    """Raises InputError where there is no such probe."""
    for probe in list_probes().probes:
        if probe.id == probe_id:
            return probe
    raise _unknown(probe_id)


def delete_probe(probe_id: str) -> None:
    """Take one probe out; all other lines, damaged ones too, stay as they are. Raises InputError where it does not exist, and
    StorageError where the file cannot be written."""
    if not is_there(probes_file()):
        raise _unknown(probe_id)
    path = probes_file()
    with writing(path, what="The probes"):
        lines = _lines(path)
        gone = next((place for place, line in enumerate(lines) if _is_probe(line, probe_id)), None)
        if gone is None:
            raise _unknown(probe_id)
        replace_file(path, [b"\n".join(lines[:gone] + lines[gone + 1 :])])


def export_probes(ids: Collection[str] | None = None) -> str:
    """Probes as JSON lines, all or those of `ids`, in the order in which they were saved.

    Raises InputError where one of `ids` does not exist.
    """
    probes = list_probes().probes
    if ids is not None:
        known = {probe.id for probe in probes}
        for probe_id in ids:
            if probe_id not in known:
                raise _unknown(probe_id)
    return "".join(f"{to_line(probe)}\n" for probe in probes if ids is None or probe.id in ids)


def _unknown(probe_id: str) -> InputError:
    return InputError(f"There is no probe {probe_id!r}. Choose one of the list.")


def _lines(path: Path) -> list[bytes]:
    """The file's lines without their ends; after a last line that has its end, an empty one follows. Raises RerankLabError
    where the file cannot be read: it is never replaced."""
    try:
        return path.read_bytes().split(b"\n") if is_there(path) else []
    except OSError as error:
        raise RerankLabError(f"The probes in {path} cannot be read: {error.strerror}. Repair that, or {OTHER_DATA}.") from error


def _read(lines: Sequence[bytes]) -> ProbeList:
    probes: dict[str, Probe] = {}
    damaged = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            probe = from_line(line.decode())
            if probe.id in probes:
                raise InputError(f"It repeats the id {probe.id!r}.")
            probes[probe.id] = probe
        except (InputError, UnicodeDecodeError) as error:
            damaged.append(DamagedLine(number=number, reason=str(error), text=line.decode(errors="replace")))
    return ProbeList(probes=tuple(probes.values()), damaged=tuple(damaged))


def _is_probe(line: bytes, probe_id: str) -> bool:
    return any(probe.id == probe_id for probe in _read([line]).probes)
