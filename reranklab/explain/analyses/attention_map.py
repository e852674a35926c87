"""Attention word by word: one head, the mean of a layer or of all, or rollout."""

from __future__ import annotations

from typing import Any, cast

from reranklab.explain.analysis import Analysis, Finding, Parameters, Table
from reranklab.explain.attention import AttentionMap, MapView, attention_map, frame_in_words
from reranklab.explain.sections import ATTENTION
from reranklab.explain.subject import Subject
from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.family import Capability, Option, Ranker
from reranklab.types import Ranking

_OPTIONS = (
    Option(
        name="view",
        default="mean",
        help="One head, a mean, or rollout: the layers' means multiplied, each mixed half with the residual connection.",
        choices=("mean", "head", "rollout"),
    ),
    Option(name="layer", default="", help="From 1. Empty with the view mean: all layers."),
    Option(name="head", default="", help="From 1, for the view head."),
)
_MOST_LAYERS = 1000


def _run(
    subject: Subject,
    ranker: Ranker,
    ranking: Ranking,
    parameters: Parameters,
    *,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> AttentionMap:
    return attention_map(
        ranker,
        subject.query,
        subject.document,
        view=cast(MapView, parameters.text("view")),
        layer=_number(parameters, "layer"),
        head=_number(parameters, "head"),
        cancel=cancel,
        progress=progress,
    )


def _number(parameters: Parameters, name: str) -> int | None:
    """Counted from 0."""
    return parameters.integer(name, low=1, high=_MOST_LAYERS) - 1 if parameters.text(name) else None


def _record(attention_map: AttentionMap) -> dict[str, Any]:
    """`attention` is rows of query words by columns of document words; `received` is what each document word gets from a
    query token, on average."""
    rows, columns = attention_map.traced.words("query"), attention_map.traced.words("document")
    return {
        "map": attention_map.name,
        "query_words": [word.label for word in rows],
        "document_words": [word.label for word in columns],
        "attention": attention_map.between(rows, columns).tolist(),
        "received": [value for _, value in attention_map.received()],
        "to_special_tokens": attention_map.frame_share,
    }


def _words(subject: Subject, finding: Finding[AttentionMap]) -> tuple[str, ...]:
    return (f"{finding.result.name.capitalize()}. {frame_in_words(finding.result)}",)


def _table(subject: Subject, finding: Finding[AttentionMap]) -> Table:
    return Table(
        header=("document word", "attention from the query"),
        rows=tuple((word.label, value) for word, value in finding.result.received()),
    )


ANALYSIS = Analysis(
    id="attention-map",
    title="Attention word by word",
    summary="The attention of each query word to each word of the document: one head, a mean, or rollout.",
    section=ATTENTION,
    needs=frozenset({Capability.PAIR_ATTENTION}),
    options=_OPTIONS,
    run=_run,
    record=_record,
    words=_words,
    table=_table,
)
