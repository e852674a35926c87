"""Attention read as if it were an explanation, so that its faithfulness can be measured like that of any other."""

from __future__ import annotations

from dataclasses import replace

from reranklab.data.spans import Unit
from reranklab.errors import InputError
from reranklab.explain.attention import AttentionMap
from reranklab.explain.attribution import Attribution
from reranklab.types import Ranking


def attention_attribution(attention_map: AttentionMap, *, document_id: str, ranking: Ranking) -> Attribution:
    """The attention that each word of the document receives from the query's tokens, as the word's value.

    `ranking` is the ranker's own and holds the document. Values are shares of attention, never negative, and no change of the
    score. Raises InputError for a document that the ranking lacks.
    """
    base = next((item.score for item in ranking.items if item.id == document_id), None)
    if base is None:
        raise InputError(f"Document {document_id!r} is not in the ranking of {ranking.ranker}. Choose one of its candidates.")
    received = attention_map.received()
    return Attribution(
        ranker=ranking.ranker,
        method="attention",
        document_id=document_id,
        text=attention_map.traced.document,
        units=tuple(Unit(label=word.label, spans=(word.span,)) for word, _ in received),
        values=tuple(value for _, value in received),
        base=base,
        scale=ranking.scale,
        provenance=replace(ranking.provenance, parameters={**ranking.provenance.parameters, "attention": attention_map.name}),
        calls=1,
        possible=len(received),
    )
