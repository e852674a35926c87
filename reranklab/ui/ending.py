"""The end of the server: what stops it, and what it waits for."""

from __future__ import annotations

import os
import signal
import threading
from types import FrameType

from reranklab.ui.jobs import stop_jobs

_PATIENCE = 2.0
"""Seconds for jobs to end by themselves. What they write is complete or not there, so the process need not wait for one that
computes on, nor for a browser that keeps its connection."""


def end_on_signals() -> None:
    """From now on SIGTERM, SIGINT and, unless it is ignored, SIGHUP tell every job to stop and end the process with status 0.

    Call it on the main thread. Takes the place of handlers that wait for every connection to close.
    """
    reader, writer = os.pipe()

    def ask(number: int, frame: FrameType | None) -> None:
        os.write(writer, b"\0")  # the thread does the rest: a handler may hold up a lock that it needs itself

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, ask)
    hang_up = getattr(signal, "SIGHUP", None)
    if hang_up is not None and signal.getsignal(hang_up) is not signal.SIG_IGN:  # as under nohup
        signal.signal(hang_up, ask)
    threading.Thread(target=_end, args=(reader,), name="reranklab-end", daemon=True).start()


def _end(reader: int) -> None:
    os.read(reader, 1)
    stop_jobs(_PATIENCE)
    os._exit(0)
