"""How far two rankings of the same candidates agree. Only ranks are compared: scores have different scales."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from reranklab.errors import InputError
from reranklab.types import Ranking


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Two rankers on one query. `tau` is -1 (reversed) to 1 (same order); `overlap` (of the top `k`) and `rbo` are 0 to 1."""

    first: str
    second: str
    tau: float
    overlap: float
    k: int
    rbo: float
    p: float


def check_same_candidates(rankings: Sequence[Ranking]) -> None:
    """Raise InputError unless all rankings are permutations of the same documents."""
    for ranking in rankings[1:]:
        if ranking.rank_of().keys() != rankings[0].rank_of().keys():
            raise InputError(
                f"{rankings[0].ranker} and {ranking.ranker} ranked different documents. Compare rankings of the same list."
            )


def kendall_tau(first: Ranking, second: Ranking) -> float:
    """Kendall's tau-b over the ranks. Ranks hold no ties, so it equals tau-a. One document: 1."""
    check_same_candidates([first, second])
    if len(first.items) == 1:
        return 1.0
    from scipy.stats import kendalltau

    ranks = second.rank_of()
    return float(kendalltau([item.rank for item in first.items], [ranks[item.id] for item in first.items]).statistic)


def top_overlap(first: Ranking, second: Ranking, *, k: int = 10) -> float:
    """Documents in both top k lists, over k. k is clamped to the number of candidates."""
    check_same_candidates([first, second])
    depth = _clamp(k, first)
    common = {item.id for item in first.items[:depth]} & {item.id for item in second.items[:depth]}
    return len(common) / depth


def rank_biased_overlap(first: Ranking, second: Ranking, *, p: float = 0.9) -> float:
    """Extrapolated rank-biased overlap; 1 for the same order.

    The overlap at each depth d, weighted by p^d: a reader goes on to the next rank with probability p, so that with
    p = 0.9 the first ten ranks carry 86 % of the weight. Webber, Moffat and Zobel, "A similarity measure for indefinite
    rankings", ACM TOIS 2010, equation 32 for two lists of the same length.
    """
    check_same_candidates([first, second])
    return overlap_of_orders([item.id for item in first.items], [item.id for item in second.items], p=p)


def overlap_of_orders(first: Sequence[str], second: Sequence[str], *, p: float = 0.9) -> float:
    """`rank_biased_overlap` of two orders of the same ids, of which there is at least one. Raises InputError for a persistence
    that is none, and for different ids."""
    if not 0 < p < 1:
        raise InputError(f"The persistence {p} is not between 0 and 1. Use one such as 0.9.")
    if set(first) != set(second) or len(set(first)) < len(first) or len(first) != len(second):
        raise InputError("The two orders do not hold the same ids, each once. Compare orders of one list.")
    seen_first: set[str] = set()
    seen_second: set[str] = set()
    common = 0
    total = 0.0
    weight = 1.0
    for depth, (a, b) in enumerate(zip(first, second, strict=True), start=1):
        seen_first.add(a)
        seen_second.add(b)
        common += (a in seen_second) + (b in seen_first and a != b)
        weight *= p
        total += common / depth * weight
    return common / len(first) * weight + (1 - p) / p * total


def agreement_table(rankings: Sequence[Ranking], *, k: int = 10, p: float = 0.9) -> tuple[Agreement, ...]:
    """Every pair of rankings once, in the order given. Raises InputError for different candidates or a ranker twice."""
    names = [ranking.ranker for ranking in rankings]
    if len(set(names)) < len(names):
        raise InputError("A ranker is in the list twice. Compare each ranker once.")
    return tuple(
        Agreement(
            first=first.ranker,
            second=second.ranker,
            tau=kendall_tau(first, second),
            overlap=top_overlap(first, second, k=k),
            k=_clamp(k, first),
            rbo=rank_biased_overlap(first, second, p=p),
            p=p,
        )
        for first, second in combinations(rankings, 2)
    )


def movement(ranking: Ranking, baseline: Ranking) -> dict[str, int]:
    """Document id to the ranks it moved against the baseline: positive is up, towards rank 1."""
    check_same_candidates([ranking, baseline])
    before = baseline.rank_of()
    return {item.id: before[item.id] - item.rank for item in ranking.items}


def _clamp(k: int, ranking: Ranking) -> int:
    if k < 1:
        raise InputError(f"The depth {k} is below 1. Give a depth of 1 or more.")
    return min(k, len(ranking.items))
