"""Asking an analysis about one ranker of a run: checked, and computed once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, TypeVar

from reranklab.engine.boundary import contained
from reranklab.errors import InputError
from reranklab.explain.analysis import Analysis, Finding, Parameters
from reranklab.explain.subject import Subject
from reranklab.progress import CancelSignal, Progress

R = TypeVar("R")
_LONG = 100


def analyse(
    analysis: Analysis[R],
    subject: Subject,
    ranker: str,
    parameters: Mapping[str, str] | None = None,
    *,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> Finding[R]:
    """Run an analysis for one ranker of the subject's run, or give its answer where the subject has it already.

    Raises InputError for a ranker that gave no ranking or cannot be asked this, and for parameters that do not exist; and
    what the analysis raises, RerankLabError in the place of what is no error of ours.
    """
    settings = analysis.settings(parameters)
    if ranker not in {ranking.ranker for ranking in subject.rankings}:
        raise InputError(f"{ranker} gave no ranking to explain. Choose a ranker of the run.")
    with contained(f"{analysis.title}, for {ranker},"):
        return _found(analysis, subject, ranker, settings, cancel=cancel, progress=progress)


def _found(
    analysis: Analysis[R],
    subject: Subject,
    ranker: str,
    settings: Parameters,
    *,
    cancel: CancelSignal | None,
    progress: Progress | None,
) -> Finding[R]:
    built = subject.build(subject.spec(ranker))
    analysis.check(built)
    if analysis.scope == "pair" and subject.other is None:
        raise InputError(f"{analysis.title} needs a second document. Name one of the candidates.")
    key = result_key(analysis, subject, ranker, settings.values)
    finding: Finding[R] | None = subject.results.get(key)
    if finding is None:
        ranking = subject.ranking(ranker)
        result = analysis.run(subject, built, ranking, settings, cancel=cancel, progress=progress)
        finding = Finding(analysis=analysis, ranker=ranker, parameters=settings, result=result)
        subject.results.put(key, finding)
    return finding


def result_key(analysis: Analysis[Any], subject: Subject, ranker: str, values: Mapping[str, str]) -> str:
    """The key of an answer: run, analysis, the documents that it is about, ranker and all parameters; ids, no labels."""
    parameters = {name: _short(value) for name, value in sorted(values.items())}
    return f"{key_prefix(analysis, subject)}{json.dumps([ranker, parameters])}"


def key_prefix(analysis: Analysis[Any], subject: Subject) -> str:
    """How the keys of an analysis of the subject begin, whichever the ranker and the parameters."""
    about = {
        "list": (),
        "document": (subject.document.id,),
        "pair": (subject.document.id, subject.other.id if subject.other is not None else ""),
    }[analysis.scope]
    return f"{json.dumps([subject.comparison.number, analysis.id, *about])} "


def _short(value: str) -> str:
    """A long value, such as a text, by its digest."""
    return value if len(value) <= _LONG else hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()
