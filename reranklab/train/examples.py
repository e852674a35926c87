"""What a model is trained on: queries, each with documents and what they should score."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

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
