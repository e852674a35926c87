"""Leave-one-out: each part of the document is taken out in turn, and the change of its score is that part's value."""

from __future__ import annotations

from typing import cast

from reranklab.data.spans import UnitKind, units_of
from reranklab.explain.analysis import Analysis, Parameters
from reranklab.explain.attribution import Attribution
from reranklab.explain.attribution_words import attribution_table, attribution_words
from reranklab.explain.cost import Cost, rescoring_cost
from reranklab.explain.leave_one_out import MAX_UNITS, leave_one_out
from reranklab.explain.record import attribution_record
from reranklab.explain.sections import ATTRIBUTION
from reranklab.explain.subject import Subject
from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.family import Option, Ranker
from reranklab.types import Document, Ranking

UNIT = Option(name="unit", default="sentence", help="What is left out.", choices=("sentence", "term"))


def unit_of(parameters: Parameters) -> UnitKind:
    return cast(UnitKind, parameters.text(UNIT.name))


def variants_of(document: Document, unit: UnitKind) -> int:
    """How many texts leave-one-out scores for a document: itself, and itself without each part."""
    return min(len(units_of(document.content, unit, title=document.title)), MAX_UNITS) + 1


def _run(
    subject: Subject,
    ranker: Ranker,
    ranking: Ranking,
    parameters: Parameters,
    *,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> Attribution:
    return leave_one_out(
        ranker,
        subject.query,
        subject.documents,
        subject.document.id,
        unit=unit_of(parameters),
        reference=ranking,
        cancel=cancel,
        progress=progress,
    )


def _cost(subject: Subject, ranking: Ranking, parameters: Parameters) -> Cost:
    document = subject.document
    return rescoring_cost(subject, ranking, {document.id: variants_of(document, unit_of(parameters))})


ANALYSIS = Analysis(
    id="leave-one-out",
    key="attribution",
    title="Leave-one-out",
    summary="Each part is left out in turn: its value is the score as it is, less the score without it. For every ranker.",
    section=ATTRIBUTION,
    options=(UNIT,),
    run=_run,
    record=attribution_record,
    cost=_cost,
    words=attribution_words,
    table=attribution_table,
)
