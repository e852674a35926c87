"""Asking an analysis from the page: in the background, with its cost beside the button where it takes long."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from reranklab.explain.analyse import analyse, result_key
from reranklab.explain.analysis import Analysis, Finding
from reranklab.explain.subject import Subject
from reranklab.progress import CancelSignal, Progress
from reranklab.ui.explain.work import Computations, computed
from reranklab.ui.state import SessionState

R = TypeVar("R")


def ask_for(
    session: SessionState,
    subject: Subject,
    analysis: Analysis[R],
    ranker: str,
    parameters: Mapping[str, str] | None = None,
    *,
    name: str = "",
    cost: str = "",
) -> Finding[R] | None:
    """What the analysis finds for the ranker, or None after showing what there is instead (see `computed`).

    `name` is on the button and beside the progress, else the titles of analysis and ranker; `cost` replaces the cost in words.
    """
    settings = analysis.settings(parameters)
    estimate = analysis.cost(subject, subject.ranking(ranker), settings)

    def compute(cancel: CancelSignal, progress: Progress) -> Finding[R]:
        return analyse(analysis, subject, ranker, settings.values, cancel=cancel, progress=progress)

    return computed(
        session,
        result_key(analysis, subject, ranker, settings.values),
        name or f"{analysis.title}: {subject.titles[ranker]}",
        compute,
        at_once=estimate.at_once,
        cost=cost or estimate.words,
    )


def is_pending(
    session: SessionState, subject: Subject, analysis: Analysis[R], ranker: str, parameters: Mapping[str, str]
) -> bool:
    """Whether it is at work."""
    key = result_key(analysis, subject, ranker, analysis.settings(parameters).values)
    job = session.of(Computations).jobs.get(key)
    return job is not None and job.running
