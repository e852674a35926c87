"""Wins and strengths against hand-computed values, and against a logistic regression."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.linear_model import LogisticRegression

from reranklab.data.preferences import Preference, list_preferences, preferences_file, save_preference
from reranklab.errors import InputError
from reranklab.evaluate.preferences import blind_order, bradley_terry, has_strengths, outcomes, preferred, wilson
from reranklab.types import Query


def preference(*shown: str, choice="list", winner="", ranks=None, person="Anna") -> Preference:
    return Preference(
        person=person,
        query=Query(text="tides"),
        source="Pasted",
        shown=shown,
        seed=1,
        depth=10,
        choice=choice,
        winner=winner or (shown[0] if choice == "list" else ""),
        document="d1" if ranks else "",
        ranks=ranks or {},
    )


def test_the_interval_is_wilsons():
    # 7 of 10 and z = 1.959964: centre (0.7 + 0.192073) / 1.384146 = 0.644493, reach 0.247283.
    assert wilson(7, 10) == pytest.approx((0.396778, 0.892209), abs=1e-6)
    for wins, trials in ((0, 5), (5, 5), (3, 40), (17, 18)):
        theirs = binomtest(wins, trials).proportion_ci(method="wilson")
        assert wilson(wins, trials) == pytest.approx((theirs.low, theirs.high))


def test_two_rankers_are_as_strong_as_their_wins():
    # 3 wins to 1: the odds are 3, so each is the square root of 3 from the mean.
    logs = bradley_terry(np.array([[0.0, 3], [1, 0]]))
    assert np.exp(logs) == pytest.approx([3**0.5, 3**-0.5])
    # A beats B 2 to 1, B beats C 2 to 1, C beats A 2 to 1: nobody is stronger.
    assert bradley_terry(np.array([[0.0, 2, 1], [1, 0, 2], [2, 1, 0]])) == pytest.approx([0, 0, 0])


def test_strengths_are_those_of_a_logistic_regression():
    """Bradley-Terry is one: the log odds of a win are the difference of two strengths."""
    wins = np.array([[0, 7.5, 3, 9], [2.5, 0, 4, 6], [1, 2, 0, 5.5], [1, 3, 2.5, 0]])
    rows, won, weights = [], [], []
    for i in range(4):
        for j in range(4):
            if i != j:
                rows.append(np.eye(4)[i] - np.eye(4)[j])
                won.append(1)
                weights.append(wins[i, j])
                rows.append(np.eye(4)[j] - np.eye(4)[i])
                won.append(0)
                weights.append(wins[i, j])
    model = LogisticRegression(C=np.inf, fit_intercept=False, tol=1e-10, max_iter=10_000)
    model.fit(np.array(rows), won, sample_weight=weights)
    theirs = model.coef_[0] - model.coef_[0].mean()
    assert bradley_terry(wins) == pytest.approx(theirs, abs=1e-5)


def test_wins_ties_and_losses_of_a_pair():
    given = [preference("a", "b")] * 3 + [preference("b", "a")] + [preference("a", "b", choice="none", person="Ben")] * 2
    found = preferred(given)
    (pair,) = found.pairs
    assert (pair.first, pair.wins, pair.losses, pair.ties, pair.share) == ("a", 3, 1, 2, 0.75)
    assert (found.comparisons, found.people, found.notes) == (6, 2, ())
    assert pair.interval == pytest.approx(wilson(3, 4))
    # Ties are half a win each: 4 to 2. Odds 2; the chance against the average is sqrt(2) / (1 + sqrt(2)).
    first, second = found.strengths
    assert (first.ranker, first.chance) == ("a", pytest.approx(2**0.5 / (1 + 2**0.5)))
    assert second.chance == pytest.approx(1 - first.chance)
    # A game carries p (1 - p) = 2/9: the difference has variance 1 / (6 * 2 / 9) = 3 / 4, each log strength a quarter of it.
    reach = 1.959964 * (0.75 / 4) ** 0.5
    assert first.high == pytest.approx(1 / (1 + np.exp(-(np.log(2) / 2 + reach))), abs=1e-6)


def test_a_pick_among_three_lists_says_nothing_of_the_other_two():
    assert list(outcomes(preference("a", "b", "c", winner="b"))) == [("a", "b", -1), ("b", "c", 1)]


def test_a_picked_document_favours_the_lists_that_have_it_higher():
    picked = preference("a", "b", "c", choice="document", ranks={"a": 1, "b": 4, "c": 1})
    assert list(outcomes(picked)) == [("a", "b", 1), ("a", "c", 0), ("b", "c", -1)]


def test_one_that_never_lost_has_a_finite_strength_and_it_is_said():
    assert not has_strengths(np.array([[0.0, 3], [0, 0]]))
    found = preferred([preference("a", "b")] * 3)
    # 3 to 0 with a tie added: 3.5 to 0.5.
    assert found.strengths[0].chance == pytest.approx(7**0.5 / (1 + 7**0.5))
    assert "So one tie was added to each pair." in found.notes[0]


def test_rankers_that_never_met_have_no_common_scale():
    found = preferred([preference("a", "b"), preference("b", "a"), preference("c", "d"), preference("d", "c")])
    assert found.strengths == () and "never compared" in found.notes[0]
    assert preferred([]).strengths == ()


def test_the_order_is_the_seeds():
    rankers = ["bm25", "bi-encoder", "cross-encoder"]
    assert blind_order(rankers, seed=3) == blind_order(rankers[::-1], seed=3)
    first = {blind_order(rankers, seed=seed)[0] for seed in range(20)}
    assert first == set(rankers)


def test_kept_and_read_again():
    assert list_preferences().preferences == ()
    given = [preference("a", "b"), preference("a", "b", choice="document", ranks={"a": 1, "b": 2})]
    for each in given:
        save_preference(each)
    with preferences_file().open("ab") as file:
        file.write(b'{"format": 1}\nnot json\n{"torn')
    save_preference(given[0])
    found = list_preferences()
    assert found.preferences == (*given, given[0])
    assert found.damaged == (3, 4, 5)


@pytest.mark.parametrize(
    "wrong", [{"shown": ("a",)}, {"shown": ("a", "a")}, {"winner": "z"}, {"choice": "loud"}, {"choice": "document"}]
)
def test_what_is_no_preference_is_refused(wrong):
    values = {"shown": ("a", "b"), "choice": "list", "winner": "a"} | wrong
    with pytest.raises(InputError):
        Preference(person="Anna", query=Query(text="x"), source="", seed=0, depth=1, **values)
