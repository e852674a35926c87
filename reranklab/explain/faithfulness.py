"""Whether an explanation names what the ranker used: delete words in its order and watch the score."""

from __future__ import annotations

from dataclasses import dataclass

from reranklab.types import ScoreScale


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
