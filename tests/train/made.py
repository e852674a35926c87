"""Small collections made by hand, for the tests of what is trained on."""

from __future__ import annotations

from collections.abc import Mapping

from reranklab.data.collection import Collection
from reranklab.types import Document, Query


def collection(
    documents: Mapping[str, str],
    queries: Mapping[str, str],
    qrels: Mapping[str, Mapping[str, int]],
    *,
    name: str = "made",
    split: str = "train",
) -> Collection:
    """By id to text, and query id to document id to grade."""
    return Collection(
        name=name,
        split=split,
        documents={each: Document(id=each, text=text) for each, text in documents.items()},
        queries={each: Query(id=each, text=text) for each, text in queries.items()},
        qrels=qrels,
    )


FRUIT = collection(
    {
        "a": "apples are red",
        "b": "bananas are yellow",
        "c": "cherries are red and small",
        "d": "red apples and red cherries",
        "e": "apples are  red",
        "f": "lemons are yellow and sour",
    },
    {"q1": "which apples are red", "q2": "what is yellow", "q3": "who eats", "q4": "red cherries"},
    {"q1": {"a": 1, "b": 0}, "q2": {"b": 1, "f": 1}, "q3": {"gone": 1}, "q4": {"c": 1}},
)
"""e says the same as a; the only relevant document of q3 is not there."""
