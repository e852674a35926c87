"""How well one ranker's scores tell relevant documents from others, over the candidates of all queries at once.

A cut-off score is used that way: one number for every query. AUC with queries as clusters: Obuchowski, "Nonparametric analysis
of clustered ROC curve data", Biometrics 1997.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from reranklab.evaluate.confidence import Interval, Values, bootstrap_mean
from reranklab.evaluate.metrics import Qrels
from reranklab.types import Ranking, ScoreScale

LEVEL = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredPairs:
    """Every candidate of every query of one ranker: arrays of one length. `queries` numbers the queries from 0. A document
    without a judgement counts as not relevant; `unjudged` is how many there are."""

    scale: ScoreScale
    queries: npt.NDArray[np.int64]
    scores: Values
    relevant: npt.NDArray[np.bool_]
    unjudged: int = 0

    def among(self, chosen: npt.NDArray[np.bool_]) -> ScoredPairs:
        """Some of the pairs, with the queries' numbers as they are."""
        return ScoredPairs(
            scale=self.scale, queries=self.queries[chosen], scores=self.scores[chosen], relevant=self.relevant[chosen]
        )

    @property
    def has_both(self) -> bool:
        """Whether some pair is relevant and some is not."""
        return bool(self.relevant.any() and not self.relevant.all())


def scored_pairs(rankings: Sequence[Ranking], qrels: Qrels) -> ScoredPairs:
    """The pairs of one ranker's rankings, of which there is at least one."""
    grades = [qrels[ranking.query.id].get(item.id) for ranking in rankings for item in ranking.items]
    return ScoredPairs(
        scale=rankings[0].scale,
        queries=np.repeat(np.arange(len(rankings)), [len(ranking.items) for ranking in rankings]),
        scores=np.array([item.score for ranking in rankings for item in ranking.items], dtype=np.float64),
        relevant=np.array([grade is not None and grade > 0 for grade in grades], dtype=bool),
        unjudged=grades.count(None),
    )


def pooled_auc(pairs: ScoredPairs) -> Interval | None:
    """The probability that a relevant document of any query scores above another of any query, ties by half.

    None where one of the two kinds is missing. The interval is on the logit scale with Student's t over the queries; where no
    pair is in the wrong order it reaches down to what so many queries can exclude, and with one query from 0 to 1.
    """
    if not pairs.has_both:
        return None
    size = int(pairs.queries.max()) + 1
    relevant, others = pairs.relevant, ~pairs.relevant
    above = _wins(pairs.scores[relevant], pairs.scores[others])
    below = 1 - _wins(pairs.scores[others], pairs.scores[relevant])
    auc = float(above.mean())
    number, rest = above.size, below.size
    counts = [np.bincount(pairs.queries[kind], minlength=size) for kind in (relevant, others)]
    sums = [
        np.bincount(pairs.queries[kind], weights=values, minlength=size) - count * auc
        for kind, values, count in zip((relevant, others), (above, below), counts, strict=True)
    ]
    clusters = int(np.count_nonzero(counts[0] + counts[1]))
    with_relevant, with_others = (int(np.count_nonzero(count)) for count in counts)
    method = f"AUC with {clusters} queries as clusters"
    if min(with_relevant, with_others) < 2:
        return Interval(mean=auc, low=0.0, high=1.0, level=LEVEL, method=method)
    variance = (
        with_relevant / (with_relevant - 1) * float(sums[0] @ sums[0]) / number**2
        + with_others / (with_others - 1) * float(sums[1] @ sums[1]) / rest**2
        + 2 * clusters / (clusters - 1) * float(sums[0] @ sums[1]) / (number * rest)
    )
    low, high = _ends(auc, max(variance, 0.0), with_relevant)
    return Interval(mean=auc, low=low, high=high, level=LEVEL, method=method)


def auc_within(pairs: ScoredPairs) -> Interval | None:
    """The same within each query, as a mean over the queries that have both kinds. None where none has.

    It is what the order of a list needs. Where it is far above the pooled one, scores of different queries do not compare.
    """
    order = np.argsort(pairs.queries, kind="stable")
    starts = np.flatnonzero(np.diff(pairs.queries[order], prepend=-1))
    values = [
        float(_wins(scores[relevant], scores[~relevant]).mean())
        for scores, relevant in zip(
            np.split(pairs.scores[order], starts[1:]), np.split(pairs.relevant[order], starts[1:]), strict=True
        )
        if relevant.any() and not relevant.all()
    ]
    return bootstrap_mean(values) if values else None


def _wins(values: Values, others: Values) -> Values:
    """For each value the share of the others below it, ties by half."""
    ordered = np.sort(others)
    found: Values = (np.searchsorted(ordered, values, "left") + np.searchsorted(ordered, values, "right")) / (2 * ordered.size)
    return found


def _ends(auc: float, variance: float, queries: int) -> tuple[float, float]:
    from scipy.stats import t as student_t

    if auc in (0.0, 1.0):
        reach = float((1 - LEVEL) ** (1 / queries))
        return (reach, 1.0) if auc else (0.0, 1 - reach)
    logit = np.log(auc / (1 - auc))
    error = variance**0.5 / (auc * (1 - auc)) * float(student_t.ppf((1 + LEVEL) / 2, queries - 1))
    low, high = (float(1 / (1 + np.exp(-np.clip(end, -700, 700)))) for end in (logit - error, logit + error))
    return low, high
