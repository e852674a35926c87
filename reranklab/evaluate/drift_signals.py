"""How far two groups of queries are apart, and how far chance alone would put them.

The labels of whole queries are permuted, never those of documents: the documents of one query go together, and a test over
documents would find drift in every sample. Jensen-Shannon divergence: Lin, "Divergence measures based on the Shannon entropy",
IEEE Transactions on Information Theory 1991. Permutation tests: Phipson and Smyth, "Permutation p-values should never be zero",
2010.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from reranklab.evaluate.confidence import Values

PERMUTATIONS = 1999
_GRID = 512
_BLOCK = 4_000_000

Labels = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Distance:
    """What separates the two groups, what chance exceeds in 5 % of permutations, and the share of permutations with at least
    that much."""

    value: float
    chance: float
    p: float


def permuted_labels(reference: int, new: int, *, permutations: int = PERMUTATIONS, seed: int = 0) -> Labels:
    """Which queries are new: a row as they are, then random ones. The reference's queries come first."""
    rows = np.zeros((permutations + 1, reference + new), dtype=bool)
    rows[:, reference:] = True
    np.random.default_rng(seed).permuted(rows[1:], axis=1, out=rows[1:])
    return rows


def smallest_p(reference: int, new: int, *, permutations: int = PERMUTATIONS) -> float:
    """The smallest p that so many queries can give: one of the ways to divide them, or one of the permutations."""
    return max(1 / math.comb(reference + new, new), 1 / (permutations + 1))


def distribution_distance(values: Sequence[Sequence[float]], labels: Labels) -> Distance | None:
    """The Wasserstein distance between the groups' distributions, in the unit of the values: how far they must be moved, on the
    mean, to be the other's.

    `values` are each query's, which all weigh the same however many it has; a query without any is left out. Between more than
    512 different values the distance is taken on 512 quantiles. None where a group has no value.
    """
    used = np.array([len(each) > 0 for each in values])
    if not used[~labels[0]].any() or not used[labels[0]].any():
        return None
    grid = np.unique(np.concatenate([np.asarray(each, dtype=np.float64) for each in values if len(each)]))
    if grid.size > _GRID:
        grid = np.unique(np.quantile(grid, np.linspace(0, 1, _GRID)))
    shares = np.stack([np.searchsorted(np.sort(each), grid, "right") / len(each) for each in values if len(each)])
    apart = np.concatenate(
        [
            np.abs(_means(part, shares) - _means(~part, shares))[:, :-1] @ np.diff(grid)
            for part in _blocks(labels[:, used], grid.size)
        ]
    )
    return _distance(apart)


def vocabulary_distance(terms: Sequence[Sequence[str]], labels: Labels) -> tuple[Distance, float, float] | None:
    """The Jensen-Shannon divergence between the groups' words, 0 (the same) to 1 bit (none in common), with the share of the
    new queries' words that no reference query has, and the mean of that share under permutation.

    `terms` are each query's. None where a group has no word.
    """
    from scipy.sparse import csr_array

    vocabulary: dict[str, int] = {}
    rows = [[vocabulary.setdefault(term, len(vocabulary)) for term in each] for each in terms]
    columns = np.concatenate([np.asarray(row, dtype=np.int64) for row in rows]) if vocabulary else np.zeros(0, dtype=np.int64)
    owners = np.repeat(np.arange(len(rows)), [len(row) for row in rows])
    counts = csr_array((np.ones(columns.size), (owners, columns)), shape=(len(rows), max(len(vocabulary), 1)))
    total = np.asarray(counts.sum(axis=0), dtype=np.float64)
    sizes = np.asarray(counts.sum(axis=1), dtype=np.float64)
    if not sizes[labels[0]].sum() or not sizes[~labels[0]].sum():
        return None
    divergences, unseen = [], []
    for part in _blocks(labels, total.size):
        new = (counts.T @ part.T.astype(np.float64)).T
        reference = total - new
        divergences.append(_jensen_shannon(reference, new))
        unseen.append((new * (reference == 0)).sum(axis=1) / np.maximum(new.sum(axis=1), 1))
    shares = np.concatenate(unseen)
    return _distance(np.concatenate(divergences)), float(shares[0]), float(shares[1:].mean())


def _means(part: Labels, shares: Values) -> Values:
    """The mean distribution of the chosen queries, a row for each row of labels; zeros where none is left."""
    found: Values = part.astype(np.float64) @ shares / np.maximum(part.sum(axis=1), 1)[:, None]
    return found


def _jensen_shannon(first: Values, second: Values) -> Values:
    """In bits, between rows of counts."""
    p, q = (each / np.maximum(each.sum(axis=1), 1)[:, None] for each in (first, second))
    middle = (p + q) / 2

    def entropy(rows: Values) -> Values:
        found: Values = -(rows * np.log2(np.where(rows > 0, rows, 1))).sum(axis=1)
        return found

    return entropy(middle) - (entropy(p) + entropy(q)) / 2


def _blocks(labels: Labels, width: int) -> list[Labels]:
    size = max(1, _BLOCK // max(width, 1))
    return [labels[start : start + size] for start in range(0, len(labels), size)]


def _distance(values: Values) -> Distance:
    """The first value against the others, with ties within rounding counted as at least as large."""
    value = float(values[0])
    chance = values[1:]
    extreme = int(np.count_nonzero(chance >= value - 1e-12 * max(abs(value), 1e-12)))
    return Distance(value=value, chance=float(np.quantile(chance, 0.95)), p=(extreme + 1) / (chance.size + 1))
