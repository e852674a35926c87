"""Times one run by stages. The device is synchronised before every reading."""

from __future__ import annotations

import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Literal

from reranklab.models.device import Device, device_lock, synchronise
from reranklab.progress import CancelSignal
from reranklab.types import StageTimes, Timing

Stage = Literal["tokenise", "transfer", "compute", "postprocess"]


class RunClock:
    """Wall time of one run, divided into stages.

    `turn()` takes the device's lock for one batch; the wait counts as queue, not as work, and ends with `cancel`.
    Stages are entered inside a turn and do not nest.
    """

    def __init__(self, device: Device, *, cancel: CancelSignal | None = None) -> None:
        self._device = device
        self._cancel = cancel
        self._spent = dict.fromkeys(("queue", "tokenise", "transfer", "compute", "postprocess"), 0.0)
        self._start = time.perf_counter()

    @contextmanager
    def turn(self) -> Iterator[None]:
        asked = time.perf_counter()
        with device_lock(self._device.id).hold(self._cancel):
            self._spent["queue"] += time.perf_counter() - asked
            yield

    @contextmanager
    def stage(self, name: Stage) -> Iterator[None]:
        synchronise(self._device.id)
        start = time.perf_counter()
        try:
            yield
        finally:
            synchronise(self._device.id)
            self._spent[name] += time.perf_counter() - start

    def elapsed(self) -> float:
        """Milliseconds since the clock was made, without the queue."""
        return 1000 * (time.perf_counter() - self._start - self._spent["queue"])

    def stop(self, *, documents: int, tokens: int, precision: str, load: float | None = None, warmup: str = "none") -> Timing:
        """The timing of this one run. `load` in ms."""
        total = self.elapsed()
        run = StageTimes(**{name: 1000 * seconds for name, seconds in self._spent.items()}, total=total)
        return Timing(
            runs=(run,),
            load=load,
            warmup=warmup,
            documents=documents,
            tokens=tokens,
            device=self._device.id,
            device_name=self._device.name,
            precision=precision,
            measured_at=datetime.now(UTC).isoformat(timespec="seconds"),
            host=platform.node(),
        )
