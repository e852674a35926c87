"""Compare two documents: the margin between them, and which parts of both make it."""

from __future__ import annotations

from reranklab.explain.analyses.leave_one_out import UNIT, unit_of, variants_of
from reranklab.explain.analysis import Analysis, Finding, Parameters, Table
from reranklab.explain.attribution_words import parts_table
from reranklab.explain.contrast import Contrast, contrast, margin_in_words, oriented
from reranklab.explain.cost import Cost, rescoring_cost
from reranklab.explain.record import contrast_record
from reranklab.explain.sections import COMPARE
from reranklab.explain.subject import Subject
from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.family import Ranker
from reranklab.types import Document, Ranking


def other_of(subject: Subject) -> Document:
    """The second document, which `analyse` has made sure of."""
    return subject.other or subject.document


def _run(
    subject: Subject,
    ranker: Ranker,
    ranking: Ranking,
    parameters: Parameters,
    *,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> Contrast:
    return contrast(
        ranker,
        ranking,
        subject.query,
        subject.documents,
        subject.document.id,
        other_of(subject).id,
        unit=unit_of(parameters),
        cancel=cancel,
        progress=progress,
    )


def _cost(subject: Subject, ranking: Ranking, parameters: Parameters) -> Cost:
    unit = unit_of(parameters)
    return rescoring_cost(
        subject, ranking, {each.id: variants_of(each, unit) for each in (subject.document, other_of(subject))}
    )


def _words(subject: Subject, finding: Finding[Contrast]) -> tuple[str, ...]:
    ranking = subject.ranking(finding.ranker)
    contrast = finding.result
    return (
        f"A is {subject.document.id}, B is {other_of(subject).id}.",
        margin_in_words(subject.titles[finding.ranker], ranking, subject.document.id, other_of(subject).id),
        *dict.fromkeys(contrast.above.warnings + contrast.below.warnings),
    )


def _table(subject: Subject, finding: Finding[Contrast]) -> Table:
    contrast = oriented(finding.result, subject.document.id)
    sides = (("A", contrast.above), ("B", contrast.below))
    rows = [(side, *row) for side, attribution in sides for row in parts_table(attribution).rows]
    return Table(header=("in", *parts_table(contrast.above).header), rows=tuple(rows))


ANALYSIS = Analysis(
    id="compare",
    key="contrast",
    title="Compare two documents",
    summary="The margin between two documents, and which parts of both make it.",
    section=COMPARE,
    scope="pair",
    options=(UNIT,),
    run=_run,
    record=contrast_record,
    cost=_cost,
    words=_words,
    table=_table,
)
