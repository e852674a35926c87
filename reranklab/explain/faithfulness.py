"""Whether an explanation names what the ranker used: delete words in its order and watch the score."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from reranklab.data.spans import Span, without
from reranklab.errors import InputError
from reranklab.explain.attribution import Attribution
from reranklab.explain.rescoring import calls_for, score_variants
from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.family import Ranker
from reranklab.types import Document, Query, ScoreScale

FRACTIONS = (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.65, 0.8, 1.0)
RANDOM_ORDERS = 5
_TELLS_SOMETHING = 0.05
"""A deletion score of attention below this is no better than chance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletionCurve:
    """A document's score as its words are deleted, in three orders.

    All curves run along `fractions` (of the words, 0 to 1, first 0, last 1). `most` deletes the words with the highest values
    first, `least` those with the lowest, `random` are several random orders. Scores are in the ranker's `scale`.
    """

    ranker: str
    method: str
    document_id: str
    fractions: tuple[float, ...]
    most: tuple[float, ...]
    least: tuple[float, ...]
    random: tuple[tuple[float, ...], ...]
    scale: ScoreScale
    calls: int

    @property
    def random_mean(self) -> tuple[float, ...]:
        return tuple(sum(values) / len(values) for values in zip(*self.random, strict=True))

    @property
    def drop(self) -> float:
        """What deleting everything takes from the score."""
        return self.most[0] - self.most[-1]

    @property
    def deletion_score(self) -> float:
        """The area between the random curve and `most`, as a share of the largest difference between any two points of the
        curves: 0 is no better than chance, negative is worse, 1 cannot be exceeded."""
        points = [*self.most, *self.least, *(value for curve in self.random for value in curve)]
        spread = max(points) - min(points)
        if spread == 0:
            return 0.0
        differences = [chance - most for chance, most in zip(self.random_mean, self.most, strict=True)]
        area = sum(
            (right - left) * (first + second) / 2
            for left, right, first, second in zip(
                self.fractions, self.fractions[1:], differences, differences[1:], strict=False
            )
        )
        return area / spread


def deletion_curve(
    ranker: Ranker,
    query: Query,
    documents: Sequence[Document],
    attribution: Attribution,
    *,
    fractions: Sequence[float] = FRACTIONS,
    random_orders: int = RANDOM_ORDERS,
    seed: int = 0,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> DeletionCurve:
    """Delete words of the attribution's document in the order of their values, in the reverse, and at random.

    Words with equal values go in reading order, also in the reverse order. Raises InputError for a document without words.
    (After the deletion metric of RISE, Petsiuk et al. 2018, arXiv 1806.07421, with a random baseline.)
    """
    values = attribution.word_values()
    if not values:
        raise InputError(f"Document {attribution.document_id!r} has no words, so nothing can be deleted.")
    words = [word for word, _ in values]
    falling = [word for word, _ in sorted(values, key=lambda pair: -pair[1])]
    rising = [word for word, _ in sorted(values, key=lambda pair: pair[1])]
    orders = [falling, rising]
    for number in range(random_orders):
        shuffled = list(words)
        random.Random(f"{seed} {number}").shuffle(shuffled)
        orders.append(shuffled)
    texts = [[_deleted(attribution.text, order, fraction) for fraction in fractions] for order in orders]
    flat = [text for row in texts for text in row]
    scores = score_variants(ranker, query, documents, attribution.document_id, flat, cancel=cancel, progress=progress)
    rows = [tuple(scores[start : start + len(fractions)]) for start in range(0, len(flat), len(fractions))]
    return DeletionCurve(
        ranker=attribution.ranker,
        method=attribution.method,
        document_id=attribution.document_id,
        fractions=tuple(fractions),
        most=rows[0],
        least=rows[1],
        random=tuple(rows[2:]),
        scale=attribution.scale,
        calls=calls_for(ranker, len(set(flat)), len(documents)),
    )


def _deleted(text: str, order: Sequence[Span], fraction: float) -> str:
    return without(text, order[: round(fraction * len(order))])


def curve_in_words(curve: DeletionCurve) -> str:
    """The verdict: whether the words that the method names come first for the score too."""
    score = curve.deletion_score
    if curve.method == "attention" and score < _TELLS_SOMETHING:
        meaning = "the words it attends to most matter no more to the score than any others, so this attention explains nothing"
    elif score <= 0:
        meaning = "deleting the words it names lowers the score no sooner than deleting any others"
    else:
        meaning = f"the score falls sooner than in random order, by {score:.0%} of its whole range on average"
    return f"{curve.method.capitalize()}, deletion score {score:+.2f}: {meaning}."
