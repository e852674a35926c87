"""Where a ranking is undecided: gaps between neighbours, and what another precision or batch makes of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from reranklab.errors import InputError
from reranklab.types import LOG_ODDS, LOGIT, RANK_ONLY, YES_LOGIT, Ranking, ScoreScale

NEAR = 0.01
"""Share of a list's score range below which two neighbours are nearly tied.

Half of the default cross-encoder's scores shift by 0.9% of their list's range or more when it runs in int8 instead of fp32 (218
neighbours from two queries of each sample collection). Of the neighbours closer than 1%, 12 of 40 change places, of the
others 3 of 178. Other batches in fp32 shift scores by less than 1e-6 of the range."""


_LOGITS = {LOGIT: 1.0, LOG_ODDS: 1.0, YES_LOGIT: 5.0}
"""The scales whose sigmoid is a probability, and by what a score is divided before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Between the document of `rank` (`upper`) and the next one (`lower`). `size` is the score difference, 0 or more;
    `relative` its share of the list's score range, 0 where all scores are equal."""

    rank: int
    upper: str
    lower: str
    size: float
    relative: float

    @property
    def tied(self) -> bool:
        """The scores are equal: the order is the input's."""
        return self.size == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Flip:
    """Two neighbours of a reference ranking, `upper` at `rank`. They change places in `flips` of `runs` other rankings."""

    rank: int
    upper: str
    lower: str
    flips: int
    runs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """A document's ranks in two rankings of the same candidates."""

    id: str
    first_rank: int
    second_rank: int

    @property
    def distance(self) -> int:
        return abs(self.first_rank - self.second_rank)


def gaps(ranking: Ranking) -> tuple[Gap, ...]:
    """The gaps from first to last rank. Raises InputError where the ranker gives no scores."""
    if ranking.scale == RANK_ONLY:
        raise InputError(f"{ranking.ranker} gives an order without scores, so it has no gaps. Choose another ranker.")
    extent = ranking.items[0].score - ranking.items[-1].score if ranking.items else 0.0
    return tuple(
        Gap(
            rank=upper.rank,
            upper=upper.id,
            lower=lower.id,
            size=upper.score - lower.score,
            relative=(upper.score - lower.score) / extent if extent else 0.0,
        )
        for upper, lower in pairwise(ranking.items)
    )


def near_ties(ranking: Ranking, *, threshold: float = NEAR) -> tuple[Gap, ...]:
    """The gaps below `threshold` of the list's score range, exact ties (`Gap.tied`) among them. Raises as `gaps` does."""
    return tuple(gap for gap in gaps(ranking) if gap.tied or gap.relative < threshold)


def flips(reference: Ranking, others: Sequence[Ranking]) -> tuple[Flip, ...]:
    """For each pair of neighbours in `reference`, in how many of `others`, rankings of the same candidates in another
    precision or batch, the lower one stands above. Raises InputError where the candidates differ."""
    ranks = [_ranks_of_same(reference, other) for other in others]
    return tuple(
        Flip(
            rank=upper.rank,
            upper=upper.id,
            lower=lower.id,
            flips=sum(rank[lower.id] < rank[upper.id] for rank in ranks),
            runs=len(ranks),
        )
        for upper, lower in pairwise(reference.items)
    )


def disagreements(first: Ranking, second: Ranking, *, number: int) -> tuple[Disagreement, ...]:
    """The `number` documents whose ranks differ most, the higher ranked first among equals; none whose ranks are equal.

    Raises InputError where the candidates differ.
    """
    ranks = _ranks_of_same(first, second)
    compared = [Disagreement(id=item.id, first_rank=item.rank, second_rank=ranks[item.id]) for item in first.items]
    moved = [each for each in compared if each.distance]
    return tuple(sorted(moved, key=lambda each: (-each.distance, min(each.first_rank, each.second_rank)))[: max(0, number)])


def has_sigmoid(scale: ScoreScale) -> bool:
    """Whether a score is a logit, so that its sigmoid is a probability of the model's."""
    return scale in _LOGITS


def sigmoid_in_words(scale: ScoreScale) -> str:
    """What the probability is the sigmoid of. For a scale with `has_sigmoid`."""
    return scale.name if _LOGITS[scale] == 1 else f"{scale.name} / {_LOGITS[scale]:g}"


def sigmoid(score: float, *, scale: ScoreScale) -> float:
    """1 / (1 + exp(-score)), where the scale says so of a part of the score. Raises InputError for a scale without
    `has_sigmoid`."""
    if not has_sigmoid(scale):
        raise InputError(f"A score on the scale {scale.name!r} has no sigmoid. Only logits and log-odds have.")
    score /= _LOGITS[scale]
    if score >= 0:
        return 1 / (1 + math.exp(-score))
    return math.exp(score) / (1 + math.exp(score))


def _ranks_of_same(first: Ranking, second: Ranking) -> dict[str, int]:
    ranks = second.rank_of()
    if ranks.keys() != first.rank_of().keys():
        raise InputError(f"{first.ranker} and {second.ranker} ranked different candidates. Rank the same list with both.")
    return ranks
