"""Training lists as the rows that a loss reads, epoch after epoch, in an order that the seed alone decides."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from reranklab.errors import InputError
from reranklab.train.losses import Loss, Rows
from reranklab.train.sets.examples import TrainingList

_MOST_LEFT_OUT = 0.1

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowPlan:
    """`width` is how many documents a row of columns has, or how many negatives one of a positive, 0 for the others; `used` are
    the lists that have as many; `notes` say what is left out."""

    loss: Loss
    documents: int
    width: int
    used: tuple[TrainingList, ...]
    notes: tuple[str, ...] = ()


def plan_rows(lists: Sequence[TrainingList], loss: Loss, *, documents: int) -> RowPlan:
    """What rows the lists give. Raises InputError where they give none."""
    if not lists:
        raise InputError("There is no list to train on. Choose a collection with judged queries.")
    if loss.rows is Rows.POSITIVES:
        others = sorted(sum(label == min(each.labels) for label in each.labels) for each in lists)
        width = min(others[int(_MOST_LEFT_OUT * len(others))], documents - 1)
        return RowPlan(loss=loss, documents=documents, width=width, used=tuple(lists))
    if loss.rows is not Rows.COLUMNS:
        return RowPlan(loss=loss, documents=documents, width=0, used=tuple(lists))
    lengths = sorted(min(len(each.documents), documents) for each in lists)
    width = max(lengths[int(_MOST_LEFT_OUT * len(lengths))], 2)
    used = tuple(each for each in lists if len(each.documents) >= width)
    short = len(lists) - len(used)
    notes = (f"{short:,} lists with fewer than {width} documents are left out: {loss.id} reads rows of one length.",)
    return RowPlan(loss=loss, documents=documents, width=width, used=used, notes=notes if short else ())


def epoch_rows(
    plan: RowPlan, *, seed: int, epoch: int, query: Callable[[str], str], document: Callable[[str], str]
) -> list[Row]:
    """The rows of one epoch. Where a list has more documents than are read at once, other ones are drawn each time.

    `query` and `document` make of a text what the model reads.
    """
    random = np.random.default_rng([seed, epoch])
    rows: list[Row] = []
    for number in random.permutation(len(plan.used)):
        each = plan.used[number]
        chosen = _draw(each, plan.width if plan.loss.rows is Rows.COLUMNS else plan.documents, random)
        texts = [document(each.documents[place].content) for place in chosen]
        labels = [plan.loss.scale * each.labels[place] for place in chosen]
        rows += _rows_of(plan, query(each.query.text), texts, labels)
    if plan.loss.rows in (Rows.PAIRS, Rows.POSITIVES):
        rows = [rows[number] for number in random.permutation(len(rows))]
    return rows


def negatives_for_one(lists: Sequence[TrainingList]) -> float:
    """How many documents with the lowest label of their list there are for one with a higher label."""
    lowest = sum(label == min(each.labels) for each in lists for label in each.labels)
    higher = sum(len(each.labels) for each in lists) - lowest
    return lowest / max(higher, 1)


def _draw(each: TrainingList, most: int, random: np.random.Generator) -> list[int]:
    """Places of at most `most` documents, highest label first. Half of the places at most go to those above the lowest label,
    so that there is something to beat."""
    order = random.permutation(len(each.documents))
    lowest = min(each.labels)
    above = [int(place) for place in order if each.labels[place] > lowest]
    others = [int(place) for place in order if each.labels[place] == lowest]
    if len(order) > most:
        if len(others) < most // 2:  # labels that all differ, as a teacher's do
            best = max(range(len(each.labels)), key=each.labels.__getitem__)
            kept = [best, *(int(place) for place in order if place != best)][:most]
            return sorted(kept, key=lambda place: -each.labels[place])
        above = above[: max(1, most // 2, most - len(others))]
        others = others[: most - len(above)]
    return sorted(above, key=lambda place: -each.labels[place]) + others


def _rows_of(plan: RowPlan, query: str, texts: Sequence[str], labels: Sequence[float]) -> Iterator[Row]:
    match plan.loss.rows:
        case Rows.PAIRS:
            for text, label in zip(texts, labels, strict=True):
                yield {"query": query, "document": text, "label": float(label)}
        case Rows.LISTS:
            yield {"query": query, "documents": list(texts), "label": list(labels)}
        case Rows.COLUMNS:
            yield {"query": query, **{f"document_{place}": text for place, text in enumerate(texts)}, "label": list(labels)}
        case Rows.POSITIVES:
            lowest = min(labels)
            others = [text for text, label in zip(texts, labels, strict=True) if label == lowest]
            places = range(plan.width)
            for text, label in zip(texts, labels, strict=True):
                if label > lowest:
                    negatives = {f"negative_{place}": others[place % len(others)] for place in places}
                    yield {"query": query, "positive": text, **negatives}
