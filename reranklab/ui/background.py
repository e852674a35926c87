"""Work that a page began: started from what the page's form says, and taken over where it has ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

import streamlit as st

from reranklab.engine.boundary import contained
from reranklab.errors import Cancelled, RerankLabError
from reranklab.progress import CancelSignal
from reranklab.ui.jobs import Emit, Job

_PATIENCE = 0.4

Result = TypeVar("Result")


class Holder(Protocol[Result]):
    """The state of a page: the job at work, what the last one gave, that it was stopped, or why it failed."""

    problem: str
    stopped: bool
    job: Job[Result] | None
    done: Result | None


def start(state: Holder[Result], what: str, make: Callable[[], Callable[[CancelSignal, Emit], Result]]) -> None:
    """Begin the work that `make` gives, or keep why it cannot begin. `what` begins the sentence on an error that nobody
    foresaw."""
    state.problem, state.stopped = "", False
    try:
        with contained(what):
            state.job = Job(make())
    except RerankLabError as error:
        state.problem = str(error)
        return
    state.job.wait(_PATIENCE)
    st.rerun()


def settle(state: Holder[Result]) -> None:
    """Keep what work that has ended gave, or why it failed."""
    if state.job is None or state.job.running:
        return
    job, state.job = state.job, None
    if job.error is None:
        state.done = job.result
    elif isinstance(job.error, Cancelled):
        state.stopped = True
    else:
        state.problem = str(job.error)
