"""Downloads in the background: one at a time for each thing, with progress and cancel."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from reranklab.errors import Cancelled
from reranklab.progress import CancelSignal, Progress, Step
from reranklab.ui.escape import markdown
from reranklab.ui.jobs import Emit, Job
from reranklab.ui.page import say
from reranklab.ui.state import View, current_view

_POLL = 0.5

Fetch = Callable[[CancelSignal, Progress], object]


def start_task(view: View, name: str, fetch: Fetch) -> None:
    """Run `fetch(cancel, progress)` as the session's task `name`, unless it runs already."""
    if name in view.tasks and view.tasks[name].running:
        return

    def work(cancel: CancelSignal, emit: Emit) -> None:
        fetch(cancel, emit)

    view.tasks[name] = Job(work)


def show_tasks(prefix: str) -> None:
    """The session's tasks whose names begin with `prefix`: their progress, and how they ended."""
    view = current_view()
    if not any(name.startswith(prefix) for name in view.tasks):
        return
    running = any(name.startswith(prefix) and job.running for name, job in view.tasks.items())
    st.fragment(_show_tasks, run_every=_POLL if running else None)(prefix, running)


def _show_tasks(prefix: str, was_running: bool) -> None:
    view = current_view()
    tasks = {name: job for name, job in view.tasks.items() if name.startswith(prefix)}
    if was_running and not any(job.running for job in tasks.values()):
        st.rerun()
    for name, job in tasks.items():
        what = name.removeprefix(prefix)
        if job.running:
            _show_running(name, what, job)
        elif job.error is None:
            say("info", f"{what} is here.")
        elif isinstance(job.error, Cancelled):
            say("note", f"{what}: stopped. What was downloaded is kept where it can be continued.")
        else:
            say("error", f"{what}: {job.error}")


def _show_running(name: str, what: str, job: Job) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        step = next((event for event in reversed(job.events()) if isinstance(event, Step)), None)
        if step is None:
            st.progress(0.0, text=f"{markdown(what)}: connecting")
        else:
            label = f"{what}: {step.label + ', ' if step.label else ''}{step.unit} {step.done:,} of {step.total:,}"
            st.progress(min(step.done / max(step.total, 1), 1.0), text=markdown(label))
        if st.button("Stopping…" if job.cancelling else "Cancel", key=f"cancel_{name}", disabled=job.cancelling):
            job.cancel()
            st.rerun(scope="fragment")
