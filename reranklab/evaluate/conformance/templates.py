"""Ways in which a served model may frame a pair otherwise: each is tried on the reference."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from reranklab.evaluate.conformance.texts import Pair


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """`name` completes "the pair is read"."""

    name: str
    of: Callable[[Pair], Pair]


FRAMES = (
    Frame(
        name="with query and document in each other's place",
        of=lambda pair: replace(pair, query=pair.document, document=pair.query),
    ),
    Frame(
        name="with “query: ” and “passage: ” before the texts",
        of=lambda pair: replace(pair, query=f"query: {pair.query}", document=f"passage: {pair.document}"),
    ),
    Frame(
        name="with “Query: ” and “Document: ” before the texts",
        of=lambda pair: replace(pair, query=f"Query: {pair.query}", document=f"Document: {pair.document}"),
    ),
    Frame(
        name="with the query a second time before the document",
        of=lambda pair: replace(pair, document=f"{pair.query} {pair.document}"),
    ),
    Frame(
        name="without capital letters", of=lambda pair: replace(pair, query=pair.query.lower(), document=pair.document.lower())
    ),
    Frame(
        name="with “Represent this sentence for searching relevant passages: ” before the query",
        of=lambda pair: replace(pair, query=f"Represent this sentence for searching relevant passages: {pair.query}"),
    ),
)
