"""Scoring changed texts the way the ranker itself scores: pointwise rankers in batches, others list by list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from reranklab.errors import InputError
from reranklab.progress import CancelSignal, Progress, check_cancel, part_of, report
from reranklab.rankers.family import Capability, Ranker
from reranklab.types import Document, Query

_PART = 128
"""Variants of a document in one call of a pointwise ranker."""


def score_variants(
    ranker: Ranker,
    query: Query,
    documents: Sequence[Document],
    document_id: str,
    texts: Sequence[str],
    *,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> list[float]:
    """The score of document `document_id` with each of `texts` in place of its own, all else unchanged.

    A pointwise ranker scores the variants in its own batches. For any other, each distinct variant costs one run over the
    whole list, with the document in its place. Raises InputError for an id that is not among the documents.
    """
    position = position_of(documents, document_id)
    distinct = list(dict.fromkeys(texts))
    if Capability.POINTWISE in ranker.capabilities:
        scores = _score_alone(ranker, query, documents[position], distinct, cancel=cancel, progress=progress)
    else:
        scores = _score_in_list(ranker, query, documents, position, distinct, cancel=cancel, progress=progress)
    score_of = dict(zip(distinct, scores, strict=True))
    return [score_of[text] for text in texts]


def calls_for(ranker: Ranker, variants: int, documents: int) -> int:
    """How many documents `score_variants` would have scored, to show what it costs."""
    return variants if Capability.POINTWISE in ranker.capabilities else variants * documents


def position_of(documents: Sequence[Document], document_id: str) -> int:
    """Raises InputError where there is no such document."""
    for position, document in enumerate(documents):
        if document.id == document_id:
            return position
    raise InputError(f"There is no document {document_id!r} among the {len(documents):,} candidates.")


def _score_alone(
    ranker: Ranker,
    query: Query,
    original: Document,
    texts: Sequence[str],
    *,
    cancel: CancelSignal | None,
    progress: Progress | None,
) -> list[float]:
    """The original comes along, so that a part of blank variants alone is no list of blank documents."""
    scores: list[float] = []
    for start in range(0, len(texts), _PART):
        part = texts[start : start + _PART]
        variants = [Document(id=f"variant {number}", text=text) for number, text in enumerate(part)]
        tell = part_of(progress, before=start, part=len(part), total=len(texts), unit="variant", label="variants")
        ranking = ranker.rank(query, [replace(original, id="original"), *variants], cancel=cancel, progress=tell)
        score_of = {item.id: item.score for item in ranking.items}
        scores += [score_of[variant.id] for variant in variants]
    return scores


def _score_in_list(
    ranker: Ranker,
    query: Query,
    documents: Sequence[Document],
    position: int,
    texts: Sequence[str],
    *,
    cancel: CancelSignal | None,
    progress: Progress | None,
) -> list[float]:
    scores = []
    for done, text in enumerate(texts):
        check_cancel(cancel)
        report(progress, done=done, total=len(texts), unit="list", label="variants")
        changed = [*documents]
        changed[position] = Document(id=documents[position].id, text=text)
        ranking = ranker.rank(query, changed, cancel=cancel)
        scores.append(next(item.score for item in ranking.items if item.candidate == position))
    report(progress, done=len(texts), total=len(texts), unit="list", label="variants")
    return scores
