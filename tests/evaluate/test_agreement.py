import pytest

from reranklab.errors import InputError
from reranklab.evaluate.agreement import agreement_table, kendall_tau, movement, rank_biased_overlap, top_overlap
from tests.evaluate.make import make_ranking


def test_kendall_tau():
    abcd = make_ranking("abcd")
    assert kendall_tau(abcd, abcd) == pytest.approx(1)
    assert kendall_tau(abcd, make_ranking("dcba")) == pytest.approx(-1)
    # One of six pairs is turned round: (5 - 1) / 6
    assert kendall_tau(abcd, make_ranking("abdc")) == pytest.approx(4 / 6)
    assert kendall_tau(make_ranking("a"), make_ranking("a")) == 1


def test_tied_scores_do_not_touch_tau():
    assert kendall_tau(make_ranking("abcd", scores=[0.0] * 4), make_ranking("abdc")) == pytest.approx(4 / 6)


def test_top_overlap():
    abcd, dabc = make_ranking("abcd"), make_ranking("dabc")
    assert [top_overlap(abcd, dabc, k=k) for k in (1, 2, 3, 4, 10)] == [0, 1 / 2, 2 / 3, 1, 1]
    with pytest.raises(InputError, match="depth 0"):
        top_overlap(abcd, dabc, k=0)


def test_rank_biased_overlap():
    # ab against ba, p = 0.9: overlaps 0 and 1; 0.81 + 0.1 / 0.9 * (0 + 0.81) = 0.9
    assert rank_biased_overlap(make_ranking("ab"), make_ranking("ba")) == pytest.approx(0.9)
    # abc against bca, p = 0.5: overlaps 0, 1/2, 1; 0.125 + 1 * (0 + 0.125 + 0.125) = 0.375
    assert rank_biased_overlap(make_ranking("abc"), make_ranking("bca"), p=0.5) == pytest.approx(0.375)
    # abc against acb, p = 0.5: overlaps 1, 1/2, 1; 0.125 + (0.5 + 0.125 + 0.125) = 0.875: the top weighs more
    assert rank_biased_overlap(make_ranking("abc"), make_ranking("acb"), p=0.5) == pytest.approx(0.875)


@pytest.mark.parametrize("size", [1, 2, 10, 200])
def test_same_order_has_overlap_one(size):
    ranking = make_ranking([f"d{number}" for number in range(size)])
    assert rank_biased_overlap(ranking, ranking) == pytest.approx(1.0)


def test_rank_biased_overlap_needs_a_persistence_between_0_and_1():
    with pytest.raises(InputError, match=r"persistence 1\.0"):
        rank_biased_overlap(make_ranking("ab"), make_ranking("ba"), p=1.0)


def test_table_has_every_pair_once():
    rankings = [make_ranking("abc", ranker="x"), make_ranking("abc", ranker="y"), make_ranking("cba", ranker="z")]
    table = agreement_table(rankings, k=2)
    assert [(row.first, row.second) for row in table] == [("x", "y"), ("x", "z"), ("y", "z")]
    assert (table[0].tau, table[0].overlap, table[0].rbo) == (pytest.approx(1), 1, pytest.approx(1))
    assert (table[1].tau, table[1].overlap, table[1].k) == (pytest.approx(-1), 0.5, 2)
    assert agreement_table(rankings, k=50)[0].k == 3
    assert agreement_table(rankings[:1]) == ()


def test_table_refuses_other_candidates_and_a_ranker_twice():
    with pytest.raises(InputError, match="x and y ranked different documents"):
        agreement_table([make_ranking("ab", ranker="x"), make_ranking("ac", ranker="y")])
    with pytest.raises(InputError, match="twice"):
        agreement_table([make_ranking("ab"), make_ranking("ba")])


def test_movement_is_positive_upwards():
    assert movement(make_ranking("cab"), make_ranking("abc")) == {"c": 2, "a": -1, "b": -1}
    with pytest.raises(InputError, match="different documents"):
        movement(make_ranking("ab"), make_ranking("abc"))
