"""The most memory that this process took since a moment, as its system counts it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
_SYSTEM = Path("/proc/meminfo")
_MARGIN = 1.25
_RESET_PEAK = "5"
"""Written to clear_refs, it sets the peak to what is resident now: proc(5), since Linux 4.0."""


def lack_of_memory(device: str) -> str:
    """Why a second process such as this one has no room beside it, in a sentence; empty where it has, or nobody can tell."""
    needed = [(_resident(), _available(), "memory")]
    if device.startswith("cuda"):
        import torch

        needed.append(
            (torch.cuda.memory_allocated(device) / 1e6, torch.cuda.mem_get_info(device)[0] / 1e6, "memory of the GPU")
        )
    for held, free, what in needed:
        if held is not None and free is not None and free < _MARGIN * held:
            return f"A second process needs about {held:,.0f} MB of {what} as this one does, and {free:,.0f} MB are free."
    return ""


class PeakMemory:
    """From its making on. Where the system's peak cannot be reset (any but Linux), the growth of the peak of the whole process
    is a lower bound: what was freed again after loading may have hidden more."""

    def __init__(self, device: str) -> None:
        self._cuda = device if device.startswith("cuda") else ""
        self._exact = _reset()
        self._before = _resident() if self._exact else _peak()
        self._gpu_before = 0
        if self._cuda:
            import torch

            torch.cuda.reset_peak_memory_stats(self._cuda)
            self._gpu_before = torch.cuda.memory_allocated(self._cuda)

    def read(self) -> dict[str, Any]:
        """In MB (10^6 bytes): `loaded` is what was resident, `above` how far the peak rose over it, `exact` whether that is no
        lower bound; None where the system does not tell. `gpu_loaded` and `gpu_above` are of CUDA's allocator."""
        peak = _peak()
        known = self._before is not None and peak is not None
        gpu: dict[str, Any] = {"gpu_loaded": None, "gpu_above": None}
        if self._cuda:
            import torch

            above = torch.cuda.max_memory_allocated(self._cuda) - self._gpu_before
            gpu = {"gpu_loaded": self._gpu_before / 1e6, "gpu_above": above / 1e6}
        return {
            "loaded": self._before,
            "above": max(0.0, (peak or 0.0) - (self._before or 0.0)) if known else None,
            "exact": self._exact,
            **gpu,
        }

    def most(self) -> float | None:
        """The most that the process held since, in MB, what was resident before included; None where the system does not
        tell."""
        taken = self.read()
        return None if taken["above"] is None else float(taken["loaded"] + taken["above"])


def _reset() -> bool:
    try:
        _CLEAR.write_text(_RESET_PEAK, encoding="ascii")
    except OSError:
        return False
    return _resident() is not None


def _resident() -> float | None:
    return _status("VmRSS:")


def _peak() -> float | None:
    peak = _status("VmHWM:")
    if peak is not None or sys.platform == "win32":
        return peak
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1e6 if sys.platform == "darwin" else 1e6 / 1024)


def _available() -> float | None:
    """What the system can give without swapping."""
    return _kilobytes(_SYSTEM, "MemAvailable:")


def _status(name: str) -> float | None:
    return _kilobytes(_STATUS, name)


def _kilobytes(path: Path, name: str) -> float | None:
    """A line of kB of 1,024 bytes, in MB."""
    try:
        for line in path.read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith(name):
                return int(line.split()[1]) * 1024 / 1e6
    except (OSError, ValueError, IndexError):
        return None
    return None
