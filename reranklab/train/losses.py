"""What a loss is: which labels it learns from, what its rows look like, and why one takes it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from reranklab.errors import InputError
from reranklab.train.sets.examples import Labels


class Rows(StrEnum):
    """What one example of a loss is."""

    PAIRS = "pairs"
    """A query, a document and its label."""
    LISTS = "lists"
    """A query, its documents and their labels."""
    COLUMNS = "columns"
    """A query, as many documents as any other row has, each in a column of its own, and their labels, highest first."""
    POSITIVES = "positives"
    """A query, one document with a high label, and as many with the lowest as any other row has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """`make` takes the model and how many documents without relevance there are for one with it; it imports what it needs.
    Labels are multiplied by `scale` first. `why` is a sentence for the person who chooses."""

    id: str
    labels: frozenset[Labels]
    rows: Rows
    why: str
    make: Callable[[Any, float], Any]
    scale: float = 1.0


def choose_loss(losses: Sequence[Loss], labels: Labels, name: str) -> Loss:
    """The loss of that id, or with "" the first that learns from these labels. Raises InputError where there is none."""
    fit = [loss for loss in losses if labels in loss.labels]
    if not name and fit:
        return fit[0]
    for loss in losses:
        if loss.id == name:
            if loss not in fit:
                raise InputError(f"The loss {name} does not learn from {labels} labels. {_those(fit)}")
            return loss
    raise InputError(f"There is no loss {name!r} for {labels} labels with this model. {_those(fit)}")


def _those(losses: Sequence[Loss]) -> str:
    return f"Choose one of: {', '.join(loss.id for loss in losses)}." if losses else "None learns from them."
