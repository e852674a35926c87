"""What the analyses say in words, and what they cost, worked out by hand."""

from __future__ import annotations

import pytest

from reranklab.data.probe_records import Probe, ProbeScore, met
from reranklab.errors import InputError
from reranklab.explain.analyse import analyse
from reranklab.explain.analyses.other_settings import OtherSettings, changes_in_words
from reranklab.explain.analyses.ranks import grade_in_words, margin_in_words, passage_in_words, pool_in_words, stage_of
from reranklab.explain.analyses.stability import repairs_in_words, share_of_list, spread_in_words
from reranklab.explain.catalogue import find_analysis
from reranklab.explain.contrast import margin_in_words as margin_between
from reranklab.explain.contrast import oriented
from reranklab.explain.cost import Cost, duration
from reranklab.explain.faithfulness import DeletionCurve, curve_in_words
from reranklab.explain.near_ties import near_ties
from reranklab.explain.shuffles import OrderStability, OrderTrial
from reranklab.explain.subject import neighbour, subject_of
from reranklab.types import LOGIT, RANK_ONLY, Document, Query
from tests.evaluate.make import make_ranking
from tests.explain.subjects import make_subject


def lines(name: str, subject, **parameters: str) -> tuple[str, ...]:
    analysis = find_analysis(name)
    return analysis.words(subject, analyse(analysis, subject, "counting", parameters))


def test_ranks_and_margins() -> None:
    subject = make_subject(judgements={"rich": 2, "mixed": 0})
    assert lines("ranks", subject) == (
        "In the candidate pool: number 1 of 3 documents.",
        "Judged not relevant, grade 0.",
    )
    finding = analyse(find_analysis("ranks"), subject, "counting")
    (row,) = finding.analysis.table(subject, finding).rows
    assert row == (2, 3.0, "logit", "3 to rich", "5 to poor", "6 of 6")
    assert grade_in_words(make_subject()) == ""
    assert grade_in_words(make_subject("poor", judgements={"rich": 2})) == "Nobody judged it for this query."
    assert pool_in_words(make_subject("poor")) == "In the candidate pool: number 3 of 3 documents."
    assert margin_in_words(0.0, "b", end="") == "tied with b"
    assert margin_in_words(None, "b", end="") == "no score, b"
    assert margin_in_words(None, None, end="it is the last") == "it is the last"
    assert passage_in_words(subject, stage_of(subject, subject.rankings[0])) == ""


def test_two_documents_are_compared_from_the_side_of_the_first() -> None:
    subject = make_subject(other="rich")
    said = lines("compare", subject)
    assert said[:2] == (
        "A is mixed, B is rich.",
        "counting: A is below B, ranks 2 and 1. Margin -3 (logit), 38% of the list's range.",
    )
    finding = analyse(find_analysis("compare"), subject, "counting")
    assert (finding.result.above.document_id, finding.result.margin) == ("rich", 3.0)
    turned = oriented(finding.result, "mixed")
    assert (turned.above.document_id, turned.margin, turned.rank_above, turned.rank_below) == ("mixed", -3.0, 2, 1)
    assert oriented(turned, "mixed") is turned
    rows = finding.analysis.table(subject, finding).rows
    assert [(row[0], row[1], row[3]) for row in rows] == [
        ("A", 4.0, "Gold is here."), ("A", -1.0, "Mud is there."), ("B", 6.0, "Gold and silver."),
    ]  # fmt: skip


def test_margins_without_scores_and_of_ties() -> None:
    listed = make_ranking("ab", scale=RANK_ONLY)
    assert margin_between("LLM", listed, "a", "b") == (
        "LLM: A is above B, ranks 1 and 2. It gives no scores, so there is no margin."
    )
    tied = make_ranking("abc", scores=[2.0, 2.0, 0.0], scale=LOGIT)
    assert margin_between("X", tied, "b", "a") == "X: A is below B, ranks 2 and 1, with equal scores: the order is the input's."


def test_the_neighbour_is_the_one_above_and_for_the_first_the_one_below() -> None:
    assert [neighbour("abc", each) for each in "abc"] == ["b", "a", "b"]
    assert neighbour("a", "a") is None


@pytest.mark.parametrize(
    ("method", "most", "words"),
    [
        ("leave-one-out", (1.0, 0.0, 0.0), "the score falls sooner than in random order, by 25% of its whole range on average"),
        ("leave-one-out", (1.0, 1.0, 0.0), "deleting the words it names lowers the score no sooner than deleting any others"),
        ("attention", (1.0, 0.49, 0.0), "the words it attends to most matter no more to the score than any others"),
        ("attention", (1.0, 0.0, 0.0), "the score falls sooner than in random order"),
    ],
)
def test_the_verdict_on_faithfulness(method: str, most: tuple[float, ...], words: str) -> None:
    # Deleting in random order halves the score halfway: the area between the curves is half of the difference there.
    curve = DeletionCurve(
        ranker="x", method=method, document_id="d", fractions=(0.0, 0.5, 1.0), most=most, least=(1.0, 1.0, 0.0),
        random=((1.0, 0.5, 0.0),), scale=LOGIT, calls=3,
    )  # fmt: skip
    said = curve_in_words(curve)
    assert said.startswith(f"{method.capitalize()}, deletion score ")
    assert words in said


def test_faithfulness_tests_the_method_asked_for_without_computing_it_again() -> None:
    from reranklab.explain.analyses.faithfulness import tested

    subject = make_subject()
    terms = analyse(find_analysis("leave-one-out"), subject, "counting", {"unit": "term"})
    assert tested(terms) == {"of": "leave-one-out", "settings": "unit=term"}
    assert tested(analyse(find_analysis("leave-one-out"), subject, "counting")) == {"of": "leave-one-out", "settings": ""}
    found = analyse(find_analysis("faithfulness"), subject, "counting", tested(terms))
    # All words there, without the best one (gold), and without any.
    assert (found.result.most[0], max(found.result.most), found.result.most[-1]) == (3.0, 3.0, 0.0)
    assert min(found.result.most) == -1.0
    with pytest.raises(InputError, match="scores gives the words of a document no values"):
        analyse(find_analysis("faithfulness"), subject, "counting", {"of": "scores"})
    with pytest.raises(InputError, match="'term' is no setting of a method"):
        analyse(find_analysis("faithfulness"), subject, "counting", {"settings": "term"})


def trial(seed: int, end: dict[str, int], *, repairs: int = 0) -> OrderTrial:
    return OrderTrial(seed=seed, window=20, step=10, start={"a": 1, "b": 2}, end=end, repairs=repairs)


def test_stability_in_words() -> None:
    ranking = make_ranking("ba")
    found = OrderStability(ranker="x", trials=(trial(0, {"a": 1, "b": 2}), trial(1, {"a": 2, "b": 1}, repairs=3)))
    assert spread_in_words(found, "a", ranking) == (
        "a lies between rank 1 and 2 over 2 runs, at 1.5 on average. In the order of the input it was at 2."
    )
    assert repairs_in_words(found).startswith("3 repairs in 1 of 2 runs: ")
    same = OrderStability(ranker="x", trials=(trial(0, {"a": 1, "b": 2}), trial(1, {"a": 1, "b": 2})))
    assert spread_in_words(same, "b", ranking) == "b is at rank 2 in all 2 runs. In the order of the input it was at 1."
    assert repairs_in_words(same) == "No reply had to be repaired: each was a full order of its window."
    assert lines("stability", make_subject("rich"), shuffles="2") == (
        "rich is at rank 1 in all 2 runs. In the order of the input it was at 1.",
        "The scores of this ranker do not depend on the order of the documents: only equal ones can change places.",
        "No document changed its rank, so no position is favoured.",
    )


def test_smaller_windows_cost_more() -> None:
    assert share_of_list((20, 10), (20, 10), 11) == 1
    # 40 documents: 3 windows of 20, and 7 of 10.
    assert share_of_list((10, 5), (20, 10), 40) == 70 / 60


def test_what_other_settings_change() -> None:
    # The range is 10: b and c are a near-tie. One setting turns these, another a and b.
    ranking = make_ranking("abcd", scores=[10.0, 5.0, 4.95, 0.0], scale=LOGIT)
    found = OtherSettings(
        ranking=ranking,
        others=(("int8", make_ranking("acbd")), ("one text at a time", make_ranking("bacd"))),
        near=near_ties(ranking),
    )
    assert changes_in_words(found) == (
        "under int8, one text at a time, 1 of 1 near-ties change places, and 1 of the other 2 pairs of neighbours."
    )
    assert [found.flipped_in(gap) for gap in found.near] == [("int8",)]


def test_costs_in_words() -> None:
    subject = make_subject(other="rich")
    ranking = subject.rankings[0]

    def amount(name: str, **parameters: str) -> str:
        analysis = find_analysis(name)
        return analysis.cost(subject, ranking, analysis.settings(parameters)).amount

    assert amount("leave-one-out") == "3 changed documents to score"
    assert amount("compare") == "5 changed documents to score"
    assert amount("faithfulness") == "65 changed documents to score"
    assert amount("stability", shuffles="4") == "4 runs over 3 documents"
    assert amount("ranks") == ""
    assert Cost(amount="1 list", milliseconds=200.0, at_once=True).words == "1 list, about 1 s."
    assert Cost(amount="1 list", milliseconds=9e4, at_once=False, charged=True).words == (
        "1 list, about 2 min. The endpoint may charge for each call."
    )
    assert [duration(each) for each in (10.0, 1500.0, 89_000.0, 300_000.0)] == ["1 s", "2 s", "89 s", "5 min"]


@pytest.mark.parametrize(
    ("expectation", "scale", "before", "after", "ranks", "expected"),
    [
        ("lower", "logit", 2.0, 1.5, (1, 1), True),
        ("lower", "logit", 2.0, 2.0, (1, 3), False),
        ("higher", "rank only", 0.5, 1.0, (2, 1), True),
        ("same", "logit", 2.0, 1.9, (4, 4), True),
        ("same", "logit", 2.0, 1.9, (4, 5), False),
        ("unknown", "logit", 2.0, 1.9, (4, 5), None),
    ],
)
def test_what_was_expected_is_met_or_not(expectation, scale, before, after, ranks, expected) -> None:
    score = ProbeScore(before=before, after=after, scale=scale, rank_before=ranks[0], rank_after=ranks[1])
    document = Document(id="a", text="text")
    probe = Probe(
        id="p", created_at="2024-05-01T10:00:00+00:00", query=Query(text="q"), original=document, edited=document,
        edit="negate", expectation=expectation, scores={"bm25": score}, provenance={},
    )  # fmt: skip
    assert met(probe, score) is expected


def test_a_subject_is_a_candidate_and_another() -> None:
    comparison = make_subject().comparison
    with pytest.raises(InputError, match="no document 'nobody' among the 3 candidates"):
        subject_of(comparison, "nobody")
    with pytest.raises(InputError, match="Choose two documents: 'rich' was given twice"):
        subject_of(comparison, "rich", other="rich")
