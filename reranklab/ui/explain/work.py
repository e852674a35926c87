"""Explanations computed in the background, each kept for the session under the key of its exact subject."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import streamlit as st

from reranklab.errors import Cancelled, RerankLabError
from reranklab.progress import CancelSignal, Progress, Step
from reranklab.ui.escape import markdown
from reranklab.ui.jobs import Emit, Job
from reranklab.ui.page import say
from reranklab.ui.state import View, current_view

_POLL = 0.5
_PATIENCE = 0.3
_KEPT = 60

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class _Value:
    value: Any


class Explanation(Job):
    """A job with one result."""

    def __init__(self, compute: Callable[[CancelSignal, Progress], Any]) -> None:
        def work(cancel: CancelSignal, emit: Emit) -> None:
            emit(_Value(compute(cancel, emit)))

        super().__init__(work)

    @property
    def value(self) -> Any:
        """The result; None while it runs and where it failed."""
        last = self.events()[-1:]
        return last[0].value if last and isinstance(last[0], _Value) else None

    @property
    def step(self) -> Step | None:
        return next((event for event in reversed(self.events()) if isinstance(event, Step)), None)


def explanation(
    view: View,
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
    job = view.explanations.get(key)
    if job is None:
        if not at_once and not _asked(key, name, cost):
            return None
        job = Explanation(compute)
        _keep(view, key, job)
        if not at_once:
            st.rerun()
        job.wait(_PATIENCE)
    if job.running:
        st.fragment(_show_progress, run_every=_POLL)(key, name)
        return None
    if job.error is not None:
        _show_failure(view, key, name, job.error)
        return None
    value: Result = job.value
    return value


def _asked(key: str, name: str, cost: str) -> bool:
    with st.container(horizontal=True, vertical_alignment="center"):
        pressed = st.button(name, key=f"start {key}", type="primary")
        if cost:
            say("note", cost)
    return pressed


def _keep(view: View, key: str, job: Explanation) -> None:
    view.explanations[key] = job
    for old in list(view.explanations)[: max(len(view.explanations) - _KEPT, 0)]:
        view.explanations.pop(old).cancel()


def _show_failure(view: View, key: str, name: str, error: RerankLabError) -> None:
    say("note" if isinstance(error, Cancelled) else "error", "Stopped." if isinstance(error, Cancelled) else str(error))
    if st.button("Try again", key=f"again {key}"):
        del view.explanations[key]
        st.rerun()


def _show_progress(key: str, name: str) -> None:
    job = current_view().explanations.get(key)
    if job is None or not job.running:
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center"):
        step = job.step
        if step is None:
            st.progress(0.0, text=markdown(name))
        else:
            where = f"{name}: {step.label + ', ' if step.label else ''}{step.unit} {step.done:,} of {step.total:,}"
            st.progress(min(step.done / max(step.total, 1), 1.0), text=markdown(where))
        if st.button("Stopping…" if job.cancelling else "Cancel", key=f"cancel {key}", disabled=job.cancelling):
            job.cancel()
            st.rerun(scope="fragment")
