"""Attention to passages: where a listwise language model looks from the query, in one prompt."""

from __future__ import annotations

from typing import Any

from reranklab.explain.analysis import Analysis, Finding, Parameters, Table
from reranklab.explain.cost import Cost
from reranklab.explain.passages import PassageMaps, passage_attention, passages_around
from reranklab.explain.sections import ATTENTION
from reranklab.explain.subject import Subject
from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.family import Capability, Ranker, RankerSpec
from reranklab.types import Document, Ranking

_WINDOW = (2, 20)


def _run(
    subject: Subject,
    ranker: Ranker,
    ranking: Ranking,
    parameters: Parameters,
    *,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> PassageMaps:
    passages = _passages(subject, ranker.spec)
    return passage_attention(ranker, subject.query, passages, cancel=cancel, progress=progress)


def _passages(subject: Subject, spec: RankerSpec) -> list[Document]:
    window = _WINDOW[1]
    if spec.can(Capability.WINDOWED):
        window = spec.integer("window", low=_WINDOW[0], high=_WINDOW[1])
    return passages_around(subject.documents, subject.document.id, window=window)


def _cost(subject: Subject, ranking: Ranking, parameters: Parameters) -> Cost:
    passages = len(_passages(subject, subject.spec(ranking.ranker)))
    return Cost(
        amount=f"One prompt of {passages} passages, read with the query and without",
        milliseconds=ranking.timing.p50() * passages / len(subject.documents),
        at_once=False,
    )


def _means(maps: PassageMaps) -> dict[str, list[float]]:
    """Over all layers and heads, along the passages."""
    return {
        "query": [float(value) for value in maps.query.mean(axis=(0, 1))],
        "no_query": [float(value) for value in maps.no_query.mean(axis=(0, 1))],
        "calibrated": [float(value) for value in maps.calibrated.mean(axis=(0, 1))],
    }


def _record(maps: PassageMaps) -> dict[str, Any]:
    """Attention to each passage in the order of the prompt, the mean over layers and heads and each of them."""
    means = _means(maps)
    return {
        "passages": list(maps.ids),
        "tokens": list(maps.tokens),
        "with_query": means["query"],
        "without_query": means["no_query"],
        "calibrated": means["calibrated"],
        "with_query_by_head": maps.query.tolist(),
        "without_query_by_head": maps.no_query.tolist(),
    }


def _words(subject: Subject, finding: Finding[PassageMaps]) -> tuple[str, ...]:
    return (prompt_in_words(finding.result, subject.document.id),)


def prompt_in_words(maps: PassageMaps, document_id: str) -> str:
    number = maps.ids.index(document_id) + 1
    return f"One prompt of {len(maps.ids)} passages in input order; {document_id} is number {number}."


def _table(subject: Subject, finding: Finding[PassageMaps]) -> Table:
    maps = finding.result
    means = _means(maps)
    columns = (maps.ids, maps.tokens, means["query"], means["no_query"], means["calibrated"])
    return Table(
        header=("passage", "tokens", "with the query", "without it", "calibrated"),
        rows=tuple(zip(*columns, strict=True)),
    )


ANALYSIS = Analysis(
    id="passage-attention",
    title="Attention to passages",
    summary="From the query to each passage of one prompt, with the query and with “N/A” in its place.",
    section=ATTENTION,
    needs=frozenset({Capability.PASSAGE_ATTENTION}),
    run=_run,
    record=_record,
    cost=_cost,
    words=_words,
    table=_table,
)
