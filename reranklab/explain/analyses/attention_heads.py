"""All heads of a cross-encoder: how much of each head's attention goes between query and document."""

from __future__ import annotations

from typing import Any

from reranklab.explain.analysis import Analysis, Finding, Parameters, Table
from reranklab.explain.attention import AttentionOverview, attention_overview
from reranklab.explain.sections import ATTENTION
from reranklab.explain.subject import Subject
from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.family import Capability, Ranker
from reranklab.types import Ranking

_MOST = 10


def _run(
    subject: Subject,
    ranker: Ranker,
    ranking: Ranking,
    parameters: Parameters,
    *,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> AttentionOverview:
    return attention_overview(ranker, subject.query, subject.document, cancel=cancel, progress=progress)


def _record(overview: AttentionOverview) -> dict[str, Any]:
    """Shares of all attention that query and document tokens pay, by layer and head."""
    return {
        "score": overview.score,
        "between_query_and_document": overview.crossing.tolist(),
        "to_special_tokens": overview.frame.tolist(),
    }


def _words(subject: Subject, finding: Finding[AttentionOverview]) -> tuple[str, ...]:
    overview = finding.result
    layers, heads = overview.crossing.shape
    return (
        f"{layers} layers of {heads} heads. On average {float(overview.crossing.mean()):.0%} of the attention goes between "
        f"query and document, {float(overview.frame.mean()):.0%} to special tokens.",
    )


def _table(subject: Subject, finding: Finding[AttentionOverview]) -> Table:
    """The heads with the most attention between query and document."""
    overview = finding.result
    layers, heads = overview.crossing.shape
    cells = [(layer, head) for layer in range(layers) for head in range(heads)]
    first = sorted(cells, key=lambda cell: -float(overview.crossing[cell]))[:_MOST]
    return Table(
        header=("layer", "head", "between query and document", "to special tokens"),
        rows=tuple((cell[0] + 1, cell[1] + 1, float(overview.crossing[cell]), float(overview.frame[cell])) for cell in first),
    )


ANALYSIS = Analysis(
    id="attention-heads",
    title="All heads",
    summary="How much of each head's attention goes between query and document, and to special tokens.",
    section=ATTENTION,
    needs=frozenset({Capability.PAIR_ATTENTION}),
    run=_run,
    record=_record,
    words=_words,
    table=_table,
)
