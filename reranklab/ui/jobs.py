"""Work on a thread of its own, so that a page stays alive while it runs. The thread never calls Streamlit."""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable
from typing import Any

from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from reranklab.engine.events import Collecting, Progressed
from reranklab.engine.run import unexpected
from reranklab.errors import RerankLabError
from reranklab.progress import CancelSignal, Step

_GRACE_SECONDS = 20.0
"""How long a closed session may take to come back, as after a short loss of the connection."""

Emit = Callable[[Any], None]
Work = Callable[[CancelSignal, Emit], None]


class Job:
    """One run of `work(cancel, emit)` in a thread. It ends early on `cancel`, when the session that started it closes, and
    when nothing refers to the job any more."""

    def __init__(self, work: Work) -> None:
        self._record = _Record(_session_alive())
        weakref.finalize(self, self._record.stop.set)
        self._thread = threading.Thread(target=_run, args=(work, self._record), name="reranklab-job", daemon=True)
        self._thread.start()

    @property
    def running(self) -> bool:
        return not self._record.done.is_set()

    @property
    def cancelling(self) -> bool:
        """Asked to stop, and not at its end yet."""
        return self.running and self._record.stop.is_set()

    @property
    def error(self) -> RerankLabError | None:
        """Why the work as a whole failed, where it did."""
        return self._record.error

    def events(self) -> tuple[Any, ...]:
        """What the work has emitted so far. Of consecutive progress reports only the last is kept."""
        return self._record.events()

    def cancel(self) -> None:
        self._record.stop.set()

    def wait(self, seconds: float) -> bool:
        """Whether the work ended within that time."""
        return self._record.done.wait(seconds)


class _Record:
    """What the thread and the job share. The thread must not hold the job, or the job would never be let go."""

    def __init__(self, alive: Callable[[], bool]) -> None:
        self.stop = threading.Event()
        self.done = threading.Event()
        self.error: RerankLabError | None = None
        self._alive = alive
        self._last_alive = time.monotonic()
        self._guard = threading.Lock()
        self._events: list[Any] = []

    def is_set(self) -> bool:
        """The cancel signal of the work."""
        if self._alive():
            self._last_alive = time.monotonic()
        elif time.monotonic() - self._last_alive > _GRACE_SECONDS:
            self.stop.set()
        return self.stop.is_set()

    def emit(self, event: Any) -> None:
        with self._guard:
            if self._events and isinstance(event, Progressed | Collecting | Step) and type(self._events[-1]) is type(event):
                self._events[-1] = event
            else:
                self._events.append(event)

    def events(self) -> tuple[Any, ...]:
        with self._guard:
            return tuple(self._events)


def _run(work: Work, record: _Record) -> None:
    try:
        work(record, record.emit)
    except RerankLabError as error:
        record.error = error
    except Exception as error:  # noqa: BLE001 - the end of a thread: `unexpected` logs it, and the page shows it
        record.error = unexpected(error, "The work")
    finally:
        record.done.set()


def _session_alive() -> Callable[[], bool]:
    context = get_script_run_ctx(suppress_warning=True)
    if context is None or not runtime.exists():
        return lambda: True
    instance, session = runtime.get_instance(), context.session_id
    if not instance.is_active_session(session):
        return lambda: True
    return lambda: instance.is_active_session(session)
