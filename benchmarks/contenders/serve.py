"""The work of a contender's process: load, then one reply for each JSON line that comes in.

Nothing here or beside it is imported that another library's interpreter might lack.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

_STATUS = Path("/proc/self/status")
_RESET = Path("/proc/self/clear_refs")


class Work(Protocol):
    """Does one item; what it returns is plain values. Only the call is timed."""

    def __call__(self, item: Any) -> dict[str, Any]: ...


def serve(
    load: Callable[[], Work], *, install: str, packages: Sequence[str], refusals: tuple[type[Exception], ...] = ()
) -> None:
    """`install` is what installs the library, for where it is missing, `packages` those whose versions are told; `refusals` are
    errors whose text says why it cannot."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what libraries print must not stand between the replies

    def reply(values: dict[str, Any]) -> None:
        out.write(json.dumps(values) + "\n")
        out.flush()

    begun = time.perf_counter()
    try:
        work = load()
    except ModuleNotFoundError as error:
        reply({"left_out": f"{error.name} is not installed. Run: pip install {install}"})
        return
    except refusals as error:
        reply({"left_out": str(error)})
        return
    seconds = time.perf_counter() - begun
    gc.collect()
    reply({"load": seconds, "resident": _memory("VmRSS"), "versions": {name: version(name) for name in packages}})
    first = True
    for line in sys.stdin:
        item = json.loads(line)
        if not first:
            _reset_peak()
        first = False
        wall, cpu = time.perf_counter(), time.process_time()
        result = work(item)
        times = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
        reply({**times, "peak": _memory("VmHWM"), **result})


def _cuda() -> Any:
    """torch.cuda where something computes with it, else None."""
    torch = sys.modules.get("torch")
    return torch.cuda if torch is not None and torch.cuda.is_initialized() else None


def _reset_peak() -> None:
    if (cuda := _cuda()) is not None:
        cuda.reset_peak_memory_stats()
    elif _RESET.exists():
        _RESET.write_text("5", encoding="ascii")


def _memory(name: str) -> float | None:
    """MB of this process, or where it computes on a CUDA device those that torch holds there; None where the system does not
    tell."""
    if (cuda := _cuda()) is not None:
        return float(cuda.max_memory_allocated() if name == "VmHWM" else cuda.memory_allocated()) / 1e6
    try:
        lines = _STATUS.read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    (line,) = (line for line in lines if line.startswith(f"{name}:"))
    return int(line.split()[1]) / 1000
