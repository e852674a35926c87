"""Integrated gradients: the score divided over the words, on the way from a document of masked tokens to the real one."""

from __future__ import annotations

from reranklab.explain.analysis import Analysis, Parameters
from reranklab.explain.attribution import Attribution
from reranklab.explain.attribution_words import attribution_table, attribution_words
from reranklab.explain.cost import Cost, passes_cost
from reranklab.explain.gradients import STEPS, integrated_gradients
from reranklab.explain.record import attribution_record
from reranklab.explain.sections import ATTRIBUTION
from reranklab.explain.subject import Subject
from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.family import Capability, Option, Ranker
from reranklab.types import Ranking

STEPS_OPTION = Option(name="steps", default=str(STEPS), help="Points on the way, 8 to 1024: more miss the score by less.")
_FORWARD_AND_BACK = 3
"""A step in passes of the ranker."""


def _steps(parameters: Parameters) -> int:
    return parameters.integer(STEPS_OPTION.name, low=8, high=1024)


def _run(
    subject: Subject,
    ranker: Ranker,
    ranking: Ranking,
    parameters: Parameters,
    *,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> Attribution:
    return integrated_gradients(
        ranker, subject.query, subject.document, steps=_steps(parameters), cancel=cancel, progress=progress
    )


def _cost(subject: Subject, ranking: Ranking, parameters: Parameters) -> Cost:
    steps = _steps(parameters)
    return passes_cost(subject, ranking, _FORWARD_AND_BACK * steps, what=f"{steps} steps forward and back")


ANALYSIS = Analysis(
    id="integrated-gradients",
    key="attribution",
    title="Integrated gradients",
    summary="The score is divided over the words, on the way from a document of masked tokens to the real one.",
    section=ATTRIBUTION,
    needs=frozenset({Capability.GRADIENTS}),
    options=(STEPS_OPTION,),
    run=_run,
    record=attribution_record,
    cost=_cost,
    words=attribution_words,
    table=attribution_table,
)
