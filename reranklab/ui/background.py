"""Work that a page began: started from what the page's form says, and taken over where it has ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

import streamlit as st

from reranklab.engine.boundary import contained
from reranklab.errors import Cancelled, RerankLabError
from reranklab.progress import CancelSignal
from reranklab.ui.jobs import Emit, Job
from reranklab.ui.progress import watch
from reranklab.ui.say import say

STOPPED = "Stopped. What was ranked is stored, and the next run goes on from there."

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


def show_work(
    state: Holder[Result], find: Callable[[], Job[Result] | None], name: str, *, key: str, stopped: str = STOPPED
) -> None:
    """The work on `name` where it goes on, why the last one failed, and where it was stopped what is left of it, in words.
    `find` gives the job at each drawing; `key` is the button's."""
    if state.job is not None:
        watch(find, name, key=key, waiting="preparing")
    if state.problem:
        say("error", state.problem)
    if state.stopped:
        say("note", stopped)


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
