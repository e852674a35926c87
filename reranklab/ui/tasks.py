"""Downloads and index builds in the background: one at a time for each thing, with progress and cancel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from reranklab.data.index import CorpusIndex
from reranklab.errors import Cancelled
from reranklab.progress import CancelSignal, Progress
from reranklab.ui.boundary import part
from reranklab.ui.jobs import Job
from reranklab.ui.progress import watch
from reranklab.ui.say import say
from reranklab.ui.state import SessionState, current_session

Work = Callable[[CancelSignal, Progress], object]


@dataclass(slots=True, kw_only=True)
class Tasks:
    """The tasks that a session started, by kind and by what they are about."""

    jobs: dict[tuple[str, str], Job[object]] = field(default_factory=dict)


def start_task(session: SessionState, kind: str, name: str, work: Work) -> None:
    """Run `work(cancel, progress)` as the session's task `name` of a `kind`, unless it runs already."""
    jobs = session.of(Tasks).jobs
    if (kind, name) not in jobs or not jobs[kind, name].running:
        jobs[kind, name] = Job(work)


@part("The list of downloads")
def show_tasks(kind: str) -> None:
    """The session's tasks of a `kind`: their progress, and how they ended."""
    for (own, name), job in current_session().of(Tasks).jobs.items():
        if own != kind:
            continue
        if job.running:
            watch(partial(_find, kind, name), name, key=f"cancel_{kind}_{name}", waiting="starting")
        elif job.error is None:
            say("info", f"{name} is here.")
            for note in job.result.notes if isinstance(job.result, CorpusIndex) else ():
                say("warning", note)
        elif isinstance(job.error, Cancelled):
            say("note", f"{name}: stopped. What was downloaded is kept where it can be continued.")
        else:
            say("error", f"{name}: {job.error}")


def _find(kind: str, name: str) -> Job[object] | None:
    return current_session().of(Tasks).jobs.get((kind, name))
