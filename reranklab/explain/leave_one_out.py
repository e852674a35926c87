"""Leave one part of a document out and score it again: the same question for every ranker, hosted ones included."""

from __future__ import annotations

from collections.abc import Sequence

from reranklab.data.spans import UnitKind, units_of, without
from reranklab.errors import InputError
from reranklab.explain.attribution import Attribution
from reranklab.explain.rescoring import calls_for, position_of, score_variants
from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.family import Capability, Ranker
from reranklab.types import Document, Query, Ranking

MAX_UNITS = 400
"""Parts of one document that are tried; the rest of a longer document is left as it is."""


def leave_one_out(
    ranker: Ranker,
    query: Query,
    documents: Sequence[Document],
    document_id: str,
    *,
    unit: UnitKind,
    reference: Ranking | None = None,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> Attribution:
    """What each sentence, word or term of the document adds to its score: score as it is, less score without it.

    A term is taken out wherever it stands. `reference` is a ranking of the same list, to save a run for rankers that are not
    pointwise. Raises InputError for a document without words, and what the ranker raises.
    """
    document = documents[position_of(documents, document_id)]
    content = document.content
    everything = units_of(content, unit, title=document.title)
    if not everything:
        raise InputError(f"Document {document_id!r} has no words, so nothing can be left out.")
    units = everything[:MAX_UNITS]
    if reference is None or Capability.POINTWISE in ranker.capabilities:
        reference = _reference(ranker, query, documents, document_id, cancel=cancel)
    texts = [without(content, unit.spans) for unit in units]
    scores = score_variants(ranker, query, documents, document_id, [content, *texts], cancel=cancel, progress=progress)
    base = scores[0]
    warnings = (_UNIT_LIMIT.format(tried=len(units), possible=len(everything)),) if len(units) < len(everything) else ()
    return Attribution(
        ranker=ranker.id,
        method="leave-one-out",
        document_id=document_id,
        text=content,
        units=units,
        values=tuple(base - score for score in scores[1:]),
        base=base,
        scale=reference.scale,
        provenance=reference.provenance,
        calls=calls_for(ranker, len(set(texts)) + 1, len(documents)),
        possible=len(everything),
        warnings=warnings + _scale_warning(reference),
    )


_UNIT_LIMIT = "The first {tried:,} of {possible:,} parts were tried."


def _reference(
    ranker: Ranker, query: Query, documents: Sequence[Document], document_id: str, *, cancel: CancelSignal | None
) -> Ranking:
    """A ranking that says scale and provenance; for a pointwise ranker of this one document."""
    if Capability.POINTWISE in ranker.capabilities:
        documents = [documents[position_of(documents, document_id)]]
    return ranker.rank(query, documents, cancel=cancel)


def _scale_warning(reference: Ranking) -> tuple[str, ...]:
    if reference.scale.name == "rank only":
        return ("This ranker gives an order and no scores: the values are changes of 1 / rank.",)
    if reference.scale.within_list:
        return ("Its scores are comparable within one list: a change also moves with what the other documents then get.",)
    return ()
