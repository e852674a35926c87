"""What the Explain page computes in the background, each result kept for the session under the key of its exact subject."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

import streamlit as st

from reranklab.errors import Cancelled, RerankLabError
from reranklab.explain.results import ResultStore
from reranklab.progress import CancelSignal, Progress
from reranklab.ui import plain
from reranklab.ui.jobs import Job
from reranklab.ui.progress import watch
from reranklab.ui.say import say
from reranklab.ui.state import SessionState, current_session

_PATIENCE = 0.3
_KEPT = 60

Result = TypeVar("Result")


@dataclass(slots=True, kw_only=True)
class Computations:
    """The jobs of the Explain page, latest last, and the answers that later ones build on; the oldest are forgotten.

    `unasked` are the keys of jobs that began by themselves, `shown` those that the page drew last.
    """

    jobs: dict[str, Job[Any]] = field(default_factory=dict)
    results: ResultStore = field(default_factory=ResultStore)
    unasked: set[str] = field(default_factory=set)
    shown: set[str] = field(default_factory=set)

    def keep(self, key: str, job: Job[Any]) -> None:
        self.jobs[key] = job
        for old in list(self.jobs)[: max(len(self.jobs) - _KEPT, 0)]:
            self.jobs.pop(old).cancel()

    def stop_unseen(self) -> None:
        """Stop what began by itself and is on the page no longer, so that what is shown need not wait for it. It begins
        again when it is shown again."""
        for key, job in list(self.jobs.items()):
            if job.running and key in self.unasked and key not in self.shown:
                self.jobs.pop(key).cancel()

    def running(self, prefix: str) -> bool:
        """Whether one whose key begins with `prefix` is at work."""
        return any(job.running for key, job in self.jobs.items() if key.startswith(prefix))


def computed(
    session: SessionState,
    key: str,
    name: str,
    compute: Callable[[CancelSignal, Progress], Result],
    *,
    at_once: bool = True,
    cost: str = "",
) -> Result | None:
    """The result under `key`, or None after showing what there is instead: a button, progress with Cancel, or an error.

    `at_once` starts without being asked. Otherwise a button named `name` starts it, with `cost` in words beside it.
    """
    computations = session.of(Computations)
    computations.shown.add(key)
    job: Job[Result] | None = computations.jobs.get(key)
    if job is None:
        if not at_once and not _asked(key, name, cost):
            return None
        job = Job(compute)
        if at_once:
            computations.unasked.add(key)
        computations.keep(key, job)
        if not at_once:
            st.rerun()
        job.wait(_PATIENCE)
    if job.running:
        watch(partial(_find, key), name, key=f"cancel {key}")
        return None
    if job.error is not None:
        _show_failure(computations, key, job.error)
        return None
    return job.result


def _find(key: str) -> Job[Any] | None:
    return current_session().of(Computations).jobs.get(key)


def _asked(key: str, name: str, cost: str) -> bool:
    with st.container(horizontal=True, vertical_alignment="center"):
        pressed = plain.button(name, key=f"start {key}", type="primary")
        if cost:
            say("note", cost)
    return pressed


def _show_failure(computations: Computations, key: str, error: RerankLabError) -> None:
    if isinstance(error, Cancelled):
        say("note", "Stopped.")
    else:
        say("error", str(error))
    if plain.button("Try again", key=f"again {key}"):
        del computations.jobs[key]
        st.rerun()
