"""The score of a model that is being trained, on the lists that were held back by query."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from reranklab.evaluate.confidence import Interval, bootstrap_mean
from reranklab.evaluate.metrics import score_lists
from reranklab.train.sets.examples import Labels, TrainingList

MEASURE = "nDCG@10"
_FINEST = 1000
"""Grades that a teacher's scores become: how near the best score of their list, in thousandths of its range."""


def chosen_lists(lists: Sequence[TrainingList], *, most: int, seed: int) -> tuple[TrainingList, ...]:
    """At most so many of the lists, drawn by the seed, in their order."""
    if len(lists) <= most:
        return tuple(lists)
    places = np.random.default_rng([seed, most]).choice(len(lists), size=most, replace=False)
    return tuple(lists[place] for place in sorted(places))


def score_held_back(lists: Sequence[TrainingList], scores: Sequence[Sequence[float]], labels: Labels) -> Interval:
    """nDCG@10 of lists whose documents have these scores, with its interval over the lists.

    Equal scores are ordered by the digest of the document's id, so that no order of the lists is an advantage. A teacher's
    scores are taken as grades from 0 (the lowest of the list) to 1,000.
    """
    ranked, qrels = {}, {}
    for number, (each, found) in enumerate(zip(lists, scores, strict=True)):
        key = str(number)
        ids = [str(place) for place in range(len(each.documents))]
        ties = [hashlib.sha256(document.id.encode()).digest() for document in each.documents]
        order = sorted(range(len(ids)), key=lambda place, found=found, ties=ties: (-found[place], ties[place]))  # type: ignore[misc]
        ranked[key] = [ids[place] for place in order]
        qrels[key] = dict(zip(ids, _grades(each, labels), strict=True))
    values = score_lists(ranked, qrels, (MEASURE,))
    return bootstrap_mean([values[str(number)][MEASURE] for number in range(len(lists))])


def _grades(each: TrainingList, labels: Labels) -> list[int]:
    if labels is not Labels.SOFT:
        return [int(label) for label in each.labels]
    low, high = min(each.labels), max(each.labels)
    return [round(_FINEST * (label - low) / (high - low)) if high > low else _FINEST for label in each.labels]
