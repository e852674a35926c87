"""The state of the machine while something is timed."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_FREQUENCY = Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq")
_DESCRIPTION = Path("/proc/cpuinfo")


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineState:
    """`load` is the load average of the last minute, `frequency` of the first processor in MHz, `threads` those that torch
    computes with; None where it cannot be told. `peak_memory` is the process's own peak so far, in MB."""

    cores: int
    load: float | None
    frequency: float | None
    threads: int | None
    peak_memory: float | None


def machine_state() -> MachineState:
    """As it is now."""
    return MachineState(
        cores=os.cpu_count() or 1,
        load=os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        frequency=_frequency(),
        threads=_threads(),
        peak_memory=_peak_memory(),
    )


def busy_notes(before: MachineState, after: MachineState, spread: float) -> Iterator[str]:
    """Why the times may be those of a busy machine. `spread` is the median over the cells of the range of the middle half of a
    cell's times over their median."""
    if before.load is not None and before.load > 0.5 * before.cores:
        yield (
            f"The load average was {before.load:.1f} on {before.cores} cores before the first run: something else was at work. "
            "Measure again when it has ended."
        )
    if spread > 0.15:
        yield (
            f"The middle half of the repeats of a cell spans {spread:.0%} of their median: the machine was busy, or its clock "
            "changed. Repeat more often, or measure on an idle machine."
        )
    if before.frequency and after.frequency and abs(after.frequency - before.frequency) > 0.2 * before.frequency:
        yield f"The processor's clock went from {before.frequency:,.0f} to {after.frequency:,.0f} MHz meanwhile."


def machine_in_words(before: MachineState, after: MachineState) -> tuple[str, ...]:
    """What is known of it, a clause each."""
    clauses = [f"{before.cores} cores"]
    if after.threads:
        clauses.append(f"{after.threads} threads")
    if before.load is not None and after.load is not None:
        clauses.append(f"load average {before.load:.1f} before and {after.load:.1f} after")
    if before.frequency and after.frequency:
        clauses.append(f"clock {before.frequency:,.0f} and {after.frequency:,.0f} MHz")
    return tuple(clauses)


def _frequency() -> float | None:
    """Of the governor; behind a hypervisor, where there is none to read, what the processor's description says."""
    try:
        return int(_FREQUENCY.read_text(encoding="ascii")) / 1000
    except (OSError, ValueError):
        pass
    try:
        lines = _DESCRIPTION.read_text(encoding="utf-8", errors="replace").splitlines()
        return next((float(line.partition(":")[2]) for line in lines if line.startswith("cpu MHz")), None)
    except (OSError, ValueError):
        return None


def _threads() -> int | None:
    threads = getattr(sys.modules.get("torch"), "get_num_threads", None)  # another thread may be importing it
    return int(threads()) if threads is not None else None


def _peak_memory() -> float | None:
    if sys.platform == "win32":
        return None
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3)
