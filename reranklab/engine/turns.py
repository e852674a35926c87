"""Measured runs of this process take turns, first come, first served, so that the timing of none disturbs another's.

`models.device` keeps timed batches on one device apart. That is not enough: runs side by side share the interpreter, the
memory and the processor's caches, whatever their device, since one on a GPU is tokenised and launched by the same
interpreter. So one run is at work at a time. What computes elsewhere takes no turn, nor does what is not measured and may
take minutes: collecting candidates, fetching a model, explaining.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from reranklab.errors import BusyError
from reranklab.progress import CancelSignal, Progress, check_cancel, report

MAX_RUNS = 33
"""Most runs at once: one at work and 32 that wait."""
_POLL_SECONDS = 0.2


class Turns:
    """The line of those who wait, and the one at work before them. A thread that has its turn does not wait for itself."""

    def __init__(self, *, most: int = MAX_RUNS) -> None:
        self._most = most
        self._guard = threading.Lock()
        self._line: list[threading.Event] = []
        self._admitted = 0
        self._thread = threading.local()

    @contextmanager
    def admit(self) -> Iterator[None]:
        """Count a run from its beginning, before it needs its turn. Raises BusyError where there are too many."""
        with self._guard:
            if self._admitted >= self._most and not self._held:
                raise BusyError(f"{self._admitted} runs are at work or waiting here, and no more fit. Try again in a minute.")
            self._admitted += 1
        try:
            yield
        finally:
            with self._guard:
                self._admitted -= 1

    @contextmanager
    def take(self, *, cancel: CancelSignal | None = None, progress: Progress | None = None) -> Iterator[None]:
        """Wait for this thread's turn and keep it to the end of the block; `progress` hears how many are before it.

        Raises Cancelled while it waits, and what `progress` raises; either leaves the line.
        """
        if self._held:
            yield
            return
        call = threading.Event()
        with self._guard:
            self._line.append(call)
            self._call_first()
        try:
            self._wait(call, cancel, progress)
            self._thread.held = True
            yield
        finally:
            self._thread.held = False
            with self._guard:
                self._line.remove(call)
                self._call_first()

    @property
    def _held(self) -> bool:
        return getattr(self._thread, "held", False)

    def _call_first(self) -> None:
        if self._line:
            self._line[0].set()

    def _wait(self, call: threading.Event, cancel: CancelSignal | None, progress: Progress | None) -> None:
        told = first = 0
        while not call.is_set():
            check_cancel(cancel, "Stopped while it waited for its turn.")
            with self._guard:
                before = self._line.index(call)
            first = first or before
            if before not in (0, told):
                told = before
                words = "Waiting: 1 run is before yours" if before == 1 else f"Waiting: {before} runs are before yours"
                report(progress, done=first - before, total=first, unit="", label=words)
            call.wait(_POLL_SECONDS)


TURNS = Turns()
