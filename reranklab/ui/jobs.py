"""Work on a thread of its own, so that a page stays alive while it runs. The thread never calls Streamlit."""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from reranklab.engine.boundary import unexpected
from reranklab.engine.events import Collecting, Progressed, Waiting
from reranklab.errors import RerankLabError
from reranklab.progress import CancelSignal, Step
from reranklab.ui.pace import Pace

_GRACE_SECONDS = 20.0
"""How long a closed session may take to come back, as after a short loss of the connection."""

_running: set[_Record[Any]] = set()

Result = TypeVar("Result")
Emit = Callable[[Any], None]
"""Takes steps, and whatever else the work tells on its way."""


class Job(Generic[Result]):
    """One run of `work(cancel, emit)` in a thread. It ends early on `cancel`, when the session that started it closes unless it
    is `detached`, and when nothing refers to the job any more: so `work` must not hold it."""

    def __init__(self, work: Callable[[CancelSignal, Emit], Result], *, detached: bool = False) -> None:
        self._record: _Record[Result] = _Record((lambda: True) if detached else _session_alive())
        weakref.finalize(self, self._record.stop.set)
        self._begun = time.monotonic()
        _running.add(self._record)
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
    def seconds(self) -> float:
        """The time since it began."""
        return time.monotonic() - self._begun

    @property
    def left(self) -> float | None:
        """Seconds to the end of the steps at work, by their pace so far; None where that cannot be told."""
        return self._record.pace.left if self.step is not None else None

    @property
    def error(self) -> RerankLabError | None:
        """Why the work failed, where it did."""
        return self._record.error

    @property
    def result(self) -> Result:
        """What the work gave. Raises its error where it failed, and RuntimeError while it runs."""
        if self.running:
            raise RuntimeError("The job has no result yet. Ask `running` first.")
        if self._record.error is not None:
            raise self._record.error
        return self._record.results[0]

    @property
    def step(self) -> Step | None:
        """How far the work is, where that is the last thing it told."""
        last = self.events()[-1:]
        return _step_of(last[0]) if last else None

    def events(self) -> tuple[Any, ...]:
        """What the work has emitted so far. Of consecutive steps only the last is kept."""
        return self._record.events()

    def cancel(self) -> None:
        self._record.stop.set()

    def wait(self, seconds: float) -> bool:
        """Whether the work ended within that time."""
        return self._record.done.wait(seconds)


def stop_jobs(seconds: float) -> bool:
    """Tell every job of the process to stop. Whether all of them ended within that time."""
    records, deadline = tuple(_running), time.monotonic() + seconds
    for record in records:
        record.stop.set()
    return all(record.done.wait(max(0.0, deadline - time.monotonic())) for record in records)


class _Record(Generic[Result]):
    """What the thread and the job share. The thread must not hold the job, or the job would never be let go."""

    def __init__(self, alive: Callable[[], bool]) -> None:
        self.stop = threading.Event()
        self.done = threading.Event()
        self.error: RerankLabError | None = None
        self.results: list[Result] = []
        self._alive = alive
        self._last_alive = time.monotonic()
        self._guard = threading.Lock()
        self._events: list[Any] = []
        self.pace = Pace()

    def is_set(self) -> bool:
        """The cancel signal of the work."""
        if self._alive():
            self._last_alive = time.monotonic()
        elif time.monotonic() - self._last_alive > _GRACE_SECONDS:
            self.stop.set()
        return self.stop.is_set()

    def emit(self, event: Any) -> None:
        step = _step_of(event)
        with self._guard:
            if step is not None:
                self.pace.see(step)
            if self._events and step is not None and type(self._events[-1]) is type(event):
                self._events[-1] = event
            else:
                self._events.append(event)

    def events(self) -> tuple[Any, ...]:
        with self._guard:
            return tuple(self._events)


def _step_of(event: object) -> Step | None:
    if isinstance(event, Progressed | Collecting | Waiting):
        return event.step
    return event if isinstance(event, Step) else None


def _run(work: Callable[[CancelSignal, Emit], Result], record: _Record[Result]) -> None:
    try:
        record.results.append(work(record, record.emit))
    except RerankLabError as error:
        record.error = error
    except Exception as error:  # noqa: BLE001 - the end of a thread: `unexpected` logs it, and the page shows it
        record.error = unexpected(error, "The work")
    finally:
        record.done.set()
        _running.discard(record)


def _session_alive() -> Callable[[], bool]:
    context = get_script_run_ctx(suppress_warning=True)
    if context is None or not runtime.exists():
        return lambda: True
    instance, session = runtime.get_instance(), context.session_id
    if not instance.is_active_session(session):
        return lambda: True
    return lambda: instance.is_active_session(session)
