"""Which labels a judged collection has: the first half of the choice of a loss."""

from __future__ import annotations

from dataclasses import dataclass

from reranklab.data.collection import Collection
from reranklab.errors import InputError
from reranklab.train.sets.examples import Labels


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelChoice:
    """What the labels are, and one sentence why."""

    labels: Labels
    why: str


def choose_labels(collection: Collection) -> LabelChoice:
    """Binary or graded, by the grades that relevant documents have.

    Grades of 0 and below, such as TREC's -2, are not relevant and count as 0. A collection whose relevant documents all have
    the same grade says no more than yes and no, whatever the number. Raises InputError where no document is relevant.
    """
    grades = sorted({grade for judged in collection.qrels.values() for grade in judged.values() if grade > 0})
    if not grades:
        raise InputError(
            f"No document of {collection.name} ({collection.split}) is judged relevant. Judge some, or take soft labels."
        )
    if len(grades) == 1:
        why = f"Each relevant document has the grade {grades[0]}, so the judgements say yes or no."
        return LabelChoice(labels=Labels.BINARY, why=why)
    why = f"Relevant documents have grades from {grades[0]} to {grades[-1]}, so which of them is better counts too."
    return LabelChoice(labels=Labels.GRADED, why=why)


def label_of(grade: int, labels: Labels) -> float:
    """The label that a grade stands for."""
    if labels is Labels.BINARY:
        return float(grade > 0)
    return float(max(grade, 0))
