"""A job of the tool for drift on the page: its progress, its end, its result."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from reranklab.errors import Cancelled
from reranklab.ui.jobs import Job
from reranklab.ui.progress import watch
from reranklab.ui.say import say

Result = TypeVar("Result")


def show_job(find: Callable[[], Job[Result] | None], name: str, *, key: str) -> Result | None:
    """The result, or None after showing what there is instead. `find` gives the session's job."""
    job = find()
    if job is None:
        return None
    if job.running:
        watch(find, name, key=key, waiting="preparing")
        return None
    if isinstance(job.error, Cancelled):
        say("note", "Stopped. What was ranked is stored, and the next start goes on from there.")
        return None
    if job.error is not None:
        say("error", str(job.error))
        return None
    return job.result
