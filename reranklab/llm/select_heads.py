"""Fit head weights on labelled lists, choose how by leaving collections out, and measure on collections that took no part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from reranklab.llm.head_lists import HeadList

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Vector = NDArray[np.float64]

Lists = Mapping[str, Sequence[HeadList]]
"""The lists of each collection, by its name."""

_CUTOFF = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """How head weights are fitted and used: a key of FEATURES, the ridge, and the weight of a passage's length."""

    feature: str
    ridge: float
    length: float


CHOICES = tuple(
    Choice(feature=feature, ridge=ridge, length=length)
    for feature in ("log-ratio-top10", "log-ratio-top30", "difference-sum", "difference-mean")
    for ridge in (4.0, 16.0, 64.0)
    for length in (0.0, 0.25, 0.5, 0.75, 1.0)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOut:
    """Mean nDCG@10 on one collection, by fitted weights that never saw it and by what needs no fit.

    `longer` and `shorter` are the shares of passage pairs of unequal grade in the right order, where the better passage is the
    longer one and where it is the shorter one: order by length gives 1 and 0, and a leaning to length shows as a gap.
    `margins` are fitted less BM25, a value a list.
    """

    collection: str
    lists: int
    choice: Choice
    fitted: float
    all_heads: float
    bm25: float
    random: float
    by_length: float
    longer: float
    shorter: float
    margins: tuple[float, ...]


class HeadFit:
    """Non-negative ridge regression of grades, standardised within their list, on standardised head features.

    Every collection weighs the same, whatever its number of lists; the ridge is in units of one list. A free length term takes
    part in the fit, so that no head is chosen for following length, and is dropped afterwards.
    """

    def __init__(self, lists: Lists) -> None:
        self._moments = cache(lambda name, feature: _moments(lists[name], feature))
        self._weights = cache(self._solve)

    def weights(self, collections: frozenset[str], *, feature: str, ridge: float) -> Vector:
        """A weight of 0 or more for each head, fitted on these collections: (layers x heads,)."""
        return self._weights(collections, feature, ridge)

    def _solve(self, collections: frozenset[str], feature: str, ridge: float) -> Vector:
        from scipy.optimize import nnls

        found = [self._moments(name, feature) for name in sorted(collections)]
        gram = np.mean([moments[0] for moments in found], axis=0)
        target = np.mean([moments[1] for moments in found], axis=0)
        # min |Xw - y|^2 + ridge |w|^2 over w >= 0 needs X'X and X'y alone: their Cholesky factor stands in for X.
        root = np.linalg.cholesky(gram + ridge * np.eye(len(target))).T
        solution, _ = nnls(root, np.linalg.solve(root.T, target), maxiter=20 * len(target))
        weights: Vector = solution[:-2]
        return weights


def held_out(lists: Lists, *, fitted_on: frozenset[str], choices: Sequence[Choice] | None = None) -> tuple[HeldOut, ...]:
    """One row a collection. A collection of `fitted_on` is measured with weights fitted and chosen without it (nested), the
    others, which take no part in fit or choice, with those fitted and chosen on all of `fitted_on`."""
    fit = HeadFit(lists)
    rows = []
    for name in lists:
        others = fitted_on - {name}
        choice = choose(lists, fit, fitted_on=others, choices=choices)
        weights = fit.weights(others, feature=choice.feature, ridge=choice.ridge)
        rows.append(_measure(lists[name], choice, weights))
    return tuple(rows)


def choose(lists: Lists, fit: HeadFit, *, fitted_on: frozenset[str], choices: Sequence[Choice] | None = None) -> Choice:
    """Of `choices` (None: CHOICES) the one with the highest mean nDCG@10 over the collections of `fitted_on`, each measured
    with weights of the others. Ties go to the first."""

    def quality(choice: Choice) -> float:
        found = []
        for name in sorted(fitted_on):
            weights = fit.weights(fitted_on - {name}, feature=choice.feature, ridge=choice.ridge)
            found.append(mean_ndcg(lists[name], choice, weights))
        return float(np.mean(found))

    return max(choices or CHOICES, key=quality)


def learning_curve(
    lists: Lists, *, fitted_on: frozenset[str], choice: Choice, sizes: Sequence[int], seeds: int
) -> dict[int, tuple[float, ...]]:
    """By size, for each seed: the mean over the collections of `held_out` when at most `size` lists, drawn by the seed, of each
    collection are fitted on. A collection is measured on all of its lists."""
    curve = {}
    for size in sizes:
        means = []
        for seed in range(seeds):
            drawn = np.random.default_rng(seed)
            part = {
                name: [found[position] for position in drawn.permutation(len(found))[:size]] for name, found in lists.items()
            }
            fit = HeadFit(part)
            weights = {name: fit.weights(fitted_on - {name}, feature=choice.feature, ridge=choice.ridge) for name in lists}
            means.append(float(np.mean([mean_ndcg(lists[name], choice, weights[name]) for name in lists])))
        curve[size] = tuple(means)
    return curve


def scores(found: HeadList, choice: Choice, weights: Vector) -> Vector:
    """As the ranker scores a window (fitted_scores): (passages,)."""
    heads = standardised(found.features[choice.feature].astype(np.float64))
    return standardised(heads @ weights) + choice.length * _length(found)


def mean_ndcg(lists: Sequence[HeadList], choice: Choice, weights: Vector) -> float:
    """Mean nDCG@10 over lists."""
    return float(np.mean([ndcg(scores(found, choice, weights), found.grades) for found in lists]))


def ndcg(values: Vector, grades: NDArray[np.int64]) -> float:
    """nDCG@10 of one list, trec_eval's: linear gain over log2(rank + 1). Ties keep the list's order; some grade is above 0."""
    gains = grades[np.argsort(-values, kind="stable")]
    return _dcg(gains) / _dcg(np.sort(grades)[::-1])


def random_ndcg(grades: NDArray[np.int64]) -> float:
    """The expected nDCG@10 of a random order."""
    return _dcg(np.full(len(grades), grades.mean())) / _dcg(np.sort(grades)[::-1])


def pair_accuracy(lists: Sequence[HeadList], values: Sequence[Vector]) -> tuple[float, float]:
    """`longer` and `shorter` of HeldOut; NaN where there is no such pair."""
    right: dict[int, list[float]] = {1: [], -1: []}
    for found, score in zip(lists, values, strict=True):
        better, worse = np.nonzero(found.grades[:, None] > found.grades[None, :])
        won = (score[better] > score[worse]) + 0.5 * (score[better] == score[worse])
        sign = np.sign(found.tokens[better] - found.tokens[worse])
        for side, kept in right.items():
            kept.extend(won[sign == side].tolist())
    longer, shorter = (float(np.mean(kept)) if kept else float("nan") for kept in right.values())
    return longer, shorter


def standardised(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """As heads.standardised, along the first axis."""
    result: NDArray[np.float64] = (values - values.mean(axis=0)) / np.maximum(values.std(axis=0), 1e-12)
    return result


def _measure(lists: Sequence[HeadList], choice: Choice, weights: Vector) -> HeldOut:
    values = [scores(found, choice, weights) for found in lists]
    longer, shorter = pair_accuracy(lists, values)
    fitted = [ndcg(value, found.grades) for found, value in zip(lists, values, strict=True)]
    bm25 = [ndcg(found.bm25, found.grades) for found in lists]

    def mean(of: Sequence[float]) -> float:
        return float(np.mean(of))

    return HeldOut(
        collection=lists[0].collection,
        lists=len(lists),
        choice=choice,
        fitted=mean(fitted),
        all_heads=mean([ndcg(found.features["difference-sum"].sum(axis=1), found.grades) for found in lists]),
        bm25=mean(bm25),
        random=mean([random_ndcg(found.grades) for found in lists]),
        by_length=mean([ndcg(_length(found), found.grades) for found in lists]),
        longer=longer,
        shorter=shorter,
        margins=tuple(ours - other for ours, other in zip(fitted, bm25, strict=True)),
    )


def _moments(lists: Sequence[HeadList], feature: str) -> tuple[NDArray[np.float64], Vector]:
    """X'X and X'y of a collection, over its number of lists. The last two columns are the length term, up and down."""
    grams, targets = [], []
    for found in lists:
        length = _length(found)[:, None]
        columns = np.hstack([standardised(found.features[feature].astype(np.float64)), length, -length])
        grams.append(columns.T @ columns)
        targets.append(columns.T @ standardised(found.grades.astype(np.float64)))
    return np.mean(grams, axis=0), np.mean(targets, axis=0)


def _length(found: HeadList) -> Vector:
    return standardised(np.log(np.maximum(found.tokens, 1)))


def _dcg(gains: NDArray[np.int64] | NDArray[np.float64]) -> float:
    top = gains[:_CUTOFF]
    return float((top / np.log2(np.arange(2, len(top) + 2))).sum())
