"""Faithfulness: words are deleted in the order of an attribution, and the score is watched."""

from __future__ import annotations

from typing import Any

from reranklab.errors import InputError
from reranklab.explain.analyse import analyse
from reranklab.explain.analysis import Analysis, Finding, Parameters, Table
from reranklab.explain.attention import AttentionMap
from reranklab.explain.attention_attribution import attention_attribution
from reranklab.explain.attribution import Attribution
from reranklab.explain.catalogue import find_analysis
from reranklab.explain.cost import Cost, rescoring_cost
from reranklab.explain.faithfulness import FRACTIONS, RANDOM_ORDERS, DeletionCurve, curve_in_words, deletion_curve
from reranklab.explain.record import curve_record
from reranklab.explain.sections import ATTRIBUTION
from reranklab.explain.subject import Subject
from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.family import Capability, Option, Ranker
from reranklab.types import Ranking

OF = Option(name="of", default="leave-one-out", help="The method whose order of words is tested; attention-map for attention.")
SETTINGS = Option(name="settings", default="", help="Parameters of that method, as NAME=VALUE,NAME=VALUE.")
_VARIANTS = (len(FRACTIONS) - 2) * (RANDOM_ORDERS + 2) + 2
"""The document as it is, nothing of it, and what is between in each order."""


def tested(finding: Finding[Any]) -> dict[str, str]:
    """The parameters that test the order of words of a finding."""
    values = finding.parameters.values
    own = {option.name: option.default for option in finding.analysis.options}
    changed = {name: value for name, value in sorted(values.items()) if value != own.get(name)}
    return {OF.name: finding.analysis.id, SETTINGS.name: ",".join(f"{name}={value}" for name, value in changed.items())}


def _run(
    subject: Subject,
    ranker: Ranker,
    ranking: Ranking,
    parameters: Parameters,
    *,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> DeletionCurve:
    method = find_analysis(parameters.text(OF.name))
    settings = dict(_pair(part) for part in parameters.text(SETTINGS.name).split(",") if part)
    result = analyse(method, subject, ranking.ranker, settings, cancel=cancel, progress=progress).result
    attribution = _attribution(result, method.id, subject, ranking)
    return deletion_curve(ranker, subject.query, subject.documents, attribution, cancel=cancel, progress=progress)


def _pair(part: str) -> tuple[str, str]:
    name, equals, value = part.partition("=")
    if not equals:
        raise InputError(f"{part!r} is no setting of a method. Write NAME=VALUE,NAME=VALUE.")
    return name.strip(), value.strip()


def _attribution(result: Any, method: str, subject: Subject, ranking: Ranking) -> Attribution:
    if isinstance(result, AttentionMap):
        return attention_attribution(result, document_id=subject.document.id, ranking=ranking)
    attribution = getattr(result, "attribution", result)
    if not isinstance(attribution, Attribution):
        raise InputError(f"{method} gives the words of a document no values, so there is no order of words to test.")
    return attribution


def _cost(subject: Subject, ranking: Ranking, parameters: Parameters) -> Cost:
    halved = _VARIANTS // 2  # on average, half of the words are left
    variants = halved if subject.spec(ranking.ranker).can(Capability.POINTWISE) else _VARIANTS
    return rescoring_cost(subject, ranking, {subject.document.id: variants}, shown=_VARIANTS)


def _words(subject: Subject, finding: Finding[DeletionCurve]) -> tuple[str, ...]:
    return (curve_in_words(finding.result),)


def _table(subject: Subject, finding: Finding[DeletionCurve]) -> Table:
    curve = finding.result
    return Table(
        header=("words deleted", "most first", "least first", "random"),
        rows=tuple(
            (f"{fraction:.0%}", most, least, chance)
            for fraction, most, least, chance in zip(curve.fractions, curve.most, curve.least, curve.random_mean, strict=True)
        ),
    )


ANALYSIS = Analysis(
    id="faithfulness",
    key="deletion",
    title="Faithfulness",
    summary="Whether an attribution names what the ranker used: its words are deleted in order, and the score is watched.",
    section=ATTRIBUTION,
    options=(OF, SETTINGS),
    run=_run,
    record=curve_record,
    cost=_cost,
    words=_words,
    table=_table,
)
