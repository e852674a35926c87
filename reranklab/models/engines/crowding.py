"""Whether other processes took the processor while this one measured."""

from __future__ import annotations

import time

try:
    import resource
except ImportError:  # Windows does not count them
    resource = None  # type: ignore[assignment]

_CROWDED = 100.0
"""Turns lost for each second of processor time. A process with the cores to itself loses a few, one of two that share a core
loses one each time slice of some milliseconds."""
_FEW = 10
"""Turns that are lost to the system itself in any moment."""


class Crowding:
    """How often, from its making on, the system took a processor from this process to give it to another one (the involuntary
    context switches of getrusage(2)). Unlike a load average it is of these moments and of the cores that this process may
    use."""

    def __init__(self) -> None:
        self._lost, self._used = _lost(), time.process_time()

    @property
    def crowded(self) -> bool:
        lost, used = _lost() - self._lost, time.process_time() - self._used
        return lost > _FEW and lost > _CROWDED * used


def _lost() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_nivcsw if resource else 0
