import math

import pytest

from reranklab.errors import InputError
from reranklab.explain.near_ties import (
    Disagreement,
    Flip,
    Gap,
    disagreements,
    flips,
    gaps,
    has_sigmoid,
    near_ties,
    sigmoid,
)
from reranklab.types import BM25_SCORE, COSINE, LOG_ODDS, LOGIT, RANK_ONLY
from tests.evaluate.make import make_ranking

# The range is 10; the gaps are 4, 0, 0.0625 and 5.9375.
RANKING = make_ranking("abcde", ranker="cross-encoder", scores=[10.0, 6.0, 6.0, 5.9375, 0.0], scale=LOGIT)


def test_gaps_worked_out_by_hand() -> None:
    assert gaps(RANKING) == (
        Gap(rank=1, upper="a", lower="b", size=4.0, relative=0.4),
        Gap(rank=2, upper="b", lower="c", size=0.0, relative=0.0),
        Gap(rank=3, upper="c", lower="d", size=0.0625, relative=0.00625),
        Gap(rank=4, upper="d", lower="e", size=5.9375, relative=0.59375),
    )
    assert [gap.tied for gap in gaps(RANKING)] == [False, True, False, False]


def test_near_ties_are_below_a_hundredth_of_the_range() -> None:
    assert [(gap.rank, gap.tied) for gap in near_ties(RANKING)] == [(2, True), (3, False)]
    assert [gap.rank for gap in near_ties(RANKING, threshold=0.00625)] == [2]
    assert [gap.rank for gap in near_ties(RANKING, threshold=0)] == [2]
    assert [gap.rank for gap in near_ties(RANKING, threshold=0.5)] == [1, 2, 3]


def test_lists_without_a_range() -> None:
    assert gaps(make_ranking("a")) == ()
    assert gaps(make_ranking("ab", scores=[2.0, 2.0])) == (Gap(rank=1, upper="a", lower="b", size=0.0, relative=0.0),)
    with pytest.raises(InputError, match="bm25 gives an order without scores"):
        gaps(make_ranking("ab", scale=RANK_ONLY))


def test_flips_count_the_runs_in_which_neighbours_change_places() -> None:
    others = [make_ranking("acbde"), make_ranking("cabde"), make_ranking("abced", scale=RANK_ONLY)]
    assert flips(RANKING, others) == (
        Flip(rank=1, upper="a", lower="b", flips=0, runs=3),
        Flip(rank=2, upper="b", lower="c", flips=2, runs=3),
        Flip(rank=3, upper="c", lower="d", flips=0, runs=3),
        Flip(rank=4, upper="d", lower="e", flips=1, runs=3),
    )
    assert [(each.flips, each.runs) for each in flips(RANKING, [])] == [(0, 0)] * 4


def test_disagreements_come_with_the_largest_first() -> None:
    # Ranks of a, b, c, d, e in the second: 5, 2, 1, 4, 3.
    second = make_ranking("cbeda")
    assert disagreements(RANKING, second, number=2) == (
        Disagreement(id="a", first_rank=1, second_rank=5),
        Disagreement(id="c", first_rank=3, second_rank=1),
    )
    assert [(each.id, each.distance) for each in disagreements(RANKING, second, number=9)] == [("a", 4), ("c", 2), ("e", 2)]
    assert disagreements(RANKING, second, number=0) == ()
    assert disagreements(RANKING, RANKING, number=3) == ()


def test_candidates_must_be_the_same() -> None:
    with pytest.raises(InputError, match="cross-encoder and bm25 ranked different candidates"):
        flips(RANKING, [make_ranking("abcdx")])
    with pytest.raises(InputError, match="ranked different candidates"):
        disagreements(RANKING, make_ranking("abcd"), number=1)


def test_sigmoid() -> None:
    assert sigmoid(0.0, scale=LOGIT) == 0.5
    assert sigmoid(math.log(3), scale=LOG_ODDS) == pytest.approx(0.75)
    assert sigmoid(-math.log(3), scale=LOG_ODDS) == pytest.approx(0.25)
    assert (sigmoid(1e4, scale=LOGIT), sigmoid(-1e4, scale=LOGIT)) == (1.0, 0.0)
    assert [has_sigmoid(scale) for scale in (LOGIT, LOG_ODDS, COSINE, BM25_SCORE)] == [True, True, False, False]
    with pytest.raises(InputError, match="scale 'cosine' has no sigmoid"):
        sigmoid(0.5, scale=COSINE)
