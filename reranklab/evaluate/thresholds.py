"""Cut-off scores: the best one of a collection, and what it does in another.

Everything that scores at least the threshold counts as found. The pairs of query and candidate are counted together over all
queries, as an application counts that shows what passes a fixed score. Youden, "Index for rating diagnostic tests", 1950.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from reranklab.errors import InputError
from reranklab.evaluate.confidence import Interval, Values
from reranklab.evaluate.separation import LEVEL, ScoredPairs

Criterion = Literal["F1", "Youden"]
CRITERIA: tuple[Criterion, ...] = get_args(Criterion)

Mask = npt.NDArray[np.bool_]

TOLERANCE = 0.05
"""What a threshold from elsewhere may lose and still hold."""
_FOLDS = 5
_RESAMPLES = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """A cut-off score and what it does: `value` is the criterion's. F1 depends on how rare relevant documents are among the
    candidates, Youden's index (share of the relevant found, less share of the others found) does not."""

    score: float
    criterion: Criterion
    value: float
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """The threshold of `source`, used on `target`. `own` is what the target's own threshold gives on queries on which it was
    not fitted (5 folds); `loss` is own less carried in the criterion, over the target's queries."""

    ranker: str
    source: str
    target: str
    carried: Threshold
    own: float
    loss: Interval

    @property
    def verdict(self) -> Literal["holds", "lost", "undecided"]:
        """`holds` where at most 0.05 is lost for sure, `lost` where something is."""
        if self.loss.high <= TOLERANCE:
            return "holds"
        return "lost" if self.loss.low > 0 else "undecided"


def check_criterion(name: str) -> Criterion:
    """Raise InputError for another than F1 and Youden."""
    for criterion in CRITERIA:
        if criterion.lower() == name.lower():
            return criterion
    raise InputError(f"There is no criterion {name!r}. Choose one of: {', '.join(CRITERIA)}.")


def best_threshold(pairs: ScoredPairs, criterion: Criterion) -> Threshold | None:
    """The score with the best value of the criterion, halfway to the next lower score; the highest of several.

    None where the pairs hold no relevant document or nothing else, and where scores compare within one list only.
    """
    if pairs.scale.within_list or not pairs.has_both:
        return None
    order = np.argsort(-pairs.scores, kind="stable")
    scores, relevant = pairs.scores[order], pairs.relevant[order]
    last = np.flatnonzero(np.diff(scores, append=-np.inf))
    found = np.cumsum(relevant)[last]
    counts = np.stack([found, last + 1 - found, relevant.sum() - found], axis=1).astype(np.float64)
    best = int(np.argmax(_values(counts, criterion, others=int(np.count_nonzero(~relevant)))))
    cut = float(scores[last[best]])
    below = float(scores[last[best + 1]]) if best + 1 < last.size else cut
    return apply_threshold(pairs, (cut + below) / 2, criterion)


def apply_threshold(pairs: ScoredPairs, score: float, criterion: Criterion) -> Threshold:
    """What a threshold does with the pairs."""
    counts = _counts(pairs, pairs.scores >= score).sum(axis=0)
    hits, false, missed, _ = counts
    return Threshold(
        score=score,
        criterion=criterion,
        value=float(_summed(counts[None], criterion)[0]),
        precision=float(hits / max(hits + false, 1)),
        recall=float(hits / max(hits + missed, 1)),
        f1=float(2 * hits / max(2 * hits + false + missed, 1)),
    )


def transfer(
    pairs: ScoredPairs, threshold: Threshold, *, ranker: str, source: str, target: str, seed: int = 0
) -> Transfer | None:
    """A threshold of the same ranker from another collection, used on `pairs` of `target`. None where these have no threshold
    of their own."""
    criterion = threshold.criterion
    own = _crossfitted(pairs, criterion)
    if own is None:
        return None
    carried = _counts(pairs, pairs.scores >= threshold.score)
    theirs = _counts(pairs, own)
    queries = len(carried)
    draws = np.random.default_rng(seed).multinomial(queries, np.full(queries, 1 / queries), size=_RESAMPLES)
    losses = _summed(draws @ theirs, criterion) - _summed(draws @ carried, criterion)
    value = float(_summed(theirs.sum(axis=0, keepdims=True), criterion)[0])
    used = apply_threshold(pairs, threshold.score, criterion)
    low, high = np.quantile(losses, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    method = f"percentile bootstrap over {queries} queries, {_RESAMPLES} resamples"
    loss = Interval(mean=value - used.value, low=float(low), high=float(high), level=LEVEL, method=method)
    return Transfer(ranker=ranker, source=source, target=target, carried=used, own=value, loss=loss)


def _crossfitted(pairs: ScoredPairs, criterion: Criterion) -> Mask | None:
    """Which pairs pass the threshold that the other folds' queries give."""
    folds = pairs.queries % _FOLDS
    passed = np.zeros(pairs.scores.size, dtype=bool)
    for fold in range(_FOLDS):
        held = folds == fold
        fitted = best_threshold(pairs.among(~held), criterion)
        if fitted is None:
            return None
        passed[held] = pairs.scores[held] >= fitted.score
    return passed


def _counts(pairs: ScoredPairs, passed: Mask) -> Values:
    """A row for each query: relevant ones found, others found, relevant ones missed, others left out."""
    size = int(pairs.queries.max()) + 1
    kinds = (passed & pairs.relevant, passed & ~pairs.relevant, ~passed & pairs.relevant, ~passed & ~pairs.relevant)
    return np.stack([np.bincount(pairs.queries[kind], minlength=size) for kind in kinds], axis=1).astype(np.float64)


def _summed(counts: Values, criterion: Criterion) -> Values:
    return _values(counts[:, :3], criterion, others=counts[:, 1] + counts[:, 3])


def _values(counts: Values, criterion: Criterion, *, others: int | Values) -> Values:
    """The criterion of rows of hits, false ones and misses. `others` is the number of pairs that are not relevant."""
    hits, false, missed = counts.T
    if criterion == "F1":
        found: Values = 2 * hits / np.maximum(2 * hits + false + missed, 1)
        return found
    index: Values = hits / np.maximum(hits + missed, 1) - false / np.maximum(others, 1)
    return index
