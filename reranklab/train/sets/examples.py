"""What a model is trained on: queries, each with documents and what they should score."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from reranklab.errors import InputError
from reranklab.types import Document, Query, Scalar


class Labels(StrEnum):
    """What the labels of a training set are, which decides the loss."""

    BINARY = "binary"
    """1 for a relevant document, 0 for a mined negative or one judged not relevant."""
    GRADED = "graded"
    """Grades of relevance, 0 and up: their order within a query counts."""
    SOFT = "soft"
    """A teacher's scores, or those fitted to votes, on the teacher's scale."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingList:
    """One query with its documents and a label each, in the same order. Two documents at least, with different labels."""

    query: Query
    documents: tuple[Document, ...]
    labels: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSet:
    """Lists to learn from, and lists held back by query to stop early by. No query is in both.

    `provenance` tells where they come from, as plain values for the model's card: collection, split, seed, how negatives were
    mined, who labelled. `notes` say what was left out.
    """

    name: str
    lists: tuple[TrainingList, ...]
    held_back: tuple[TrainingList, ...]
    labels: Labels
    licence: str = ""
    provenance: Mapping[str, Scalar] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def check_set(training_set: TrainingSet) -> None:
    """Raise InputError for a list that teaches nothing, and for a query on both sides."""
    for each in (*training_set.lists, *training_set.held_back):
        if len(each.documents) != len(each.labels):
            raise InputError(f"The query {each.query.id!r} has {len(each.documents)} documents and {len(each.labels)} labels.")
        if len(each.documents) < 2 or min(each.labels) == max(each.labels):
            raise InputError(
                f"The query {each.query.id!r} has no two documents with different labels, so it teaches no order. Leave it out."
            )
    both = {each.query.id for each in training_set.lists} & {each.query.id for each in training_set.held_back}
    if both:
        raise InputError(f"The query {min(both)!r} is trained on and held back. Split the collection by query.")


def digest_of_set(training_set: TrainingSet) -> str:
    """SHA-256 of every text and label, in order."""
    digest = hashlib.sha256(training_set.labels.encode())
    for part, lists in (("train", training_set.lists), ("held back", training_set.held_back)):
        for each in lists:
            documents = [(document.content, label) for document, label in zip(each.documents, each.labels, strict=True)]
            digest.update(json.dumps([part, each.query.text, documents]).encode())
    return digest.hexdigest()
