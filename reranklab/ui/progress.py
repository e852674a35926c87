"""How far background work is: one bar with its step, its time and a way to stop it, for rankings, downloads and analyses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from reranklab.progress import Step
from reranklab.ui import plain
from reranklab.ui.boundary import part
from reranklab.ui.jobs import Job
from reranklab.ui.pace import duration

_POLL = 0.5
_LONG = 5.0
"""Seconds after which the time is worth telling."""
_MEASURES = ("MB",)
"""Units that stand behind their number."""


def poll(draw: Callable[[], None], running: Callable[[], bool]) -> None:
    """Call `draw` now and twice a second while `running()`; at the end the whole page is drawn again.

    Streamlit keeps both functions: let them look jobs up, never hold one.
    """
    st.fragment(_draw, run_every=_POLL)(draw, running)


def watch(find: Callable[[], Job[Any] | None], name: str, *, key: str, waiting: str = "") -> None:
    """The progress of the job that `find` gives, to its end."""

    def draw() -> None:
        job = find()
        if job is not None:
            show_progress(job, name, key=key, waiting=waiting)

    def running() -> bool:
        job = find()
        return job is not None and job.running

    poll(draw, running)


def show_progress(job: Job[Any], name: str, *, key: str, waiting: str = "") -> None:
    """The bar of a job at work on `name`, "" for nothing yet. `waiting` says what it does before its first step; `key` is the
    button's."""
    step = job.step
    share = min(step.done / max(step.total, 1), 1.0) if step else 0.0
    left = job.left
    parts = [
        step_in_words(step) if step else waiting,
        duration(job.seconds) if job.seconds >= _LONG else "",
        f"about {duration(left)} left" if left is not None else "",
    ]
    told = " · ".join(filter(None, parts))
    with st.container(horizontal=True, vertical_alignment="center"):
        plain.progress(share, text=": ".join(filter(None, (name, told))))
        if plain.button("Stopping…" if job.cancelling else "Cancel", key=key, disabled=job.cancelling):
            job.cancel()
            st.rerun(scope="fragment")


def step_in_words(step: Step) -> str:
    """A step on a line: what, and how much of it."""
    if not step.unit:
        return step.label
    amount = f"{step.done:,} of {step.total:,}"
    amount = f"{amount} {step.unit}" if step.unit in _MEASURES else f"{step.unit} {amount}"
    says_more = step.label and step.label != f"{step.unit}s"
    return f"{step.label}, {amount}" if says_more else amount


@part("The progress")
def _draw(draw: Callable[[], None], running: Callable[[], bool]) -> None:
    if not running():
        st.rerun()
    draw()
