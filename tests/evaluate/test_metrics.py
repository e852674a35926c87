"""Values worked out by hand. The ranking a b c d with b of grade 2 and c of grade 1 is used throughout."""

import shutil

import pytest

from reranklab.errors import InputError
from reranklab.evaluate.metrics import (
    EXAMPLE_MEASURES,
    judged_share,
    parse_measure,
    score_lists,
    score_ranking,
    score_rankings,
    without_relevant,
)
from tests.evaluate.make import make_ranking

JUDGEMENTS = {"a": 0, "b": 2, "c": 1}


def test_graded_ndcg_has_linear_gain():
    # DCG = 2 / log2(3) + 1 / log2(4) = 1.76186; ideal = 2 / log2(2) + 1 / log2(3) = 2.63093
    values = score_ranking(make_ranking("abcd"), JUDGEMENTS, ["nDCG@10"])
    assert values["nDCG@10"] == pytest.approx(0.669672, abs=1e-6)


def test_ideal_counts_judged_documents_that_were_not_ranked():
    # ideal = 2 / log2(2) + 2 / log2(3) + 1 / log2(4) = 3.76186
    values = score_ranking(make_ranking("abcd"), {**JUDGEMENTS, "z": 2}, ["nDCG@10", "R@100"])
    assert values == {"nDCG@10": pytest.approx(0.468348, abs=1e-6), "R@100": pytest.approx(2 / 3)}


@pytest.mark.parametrize(
    ("measure", "value"),
    [("RR", 1 / 2), ("RR@10", 1 / 2), ("RR@1", 0), ("P@5", 2 / 5), ("R@100", 1), ("AP", (1 / 2 + 2 / 3) / 2), ("Success@1", 0)],
)
def test_binary_measures(measure, value):
    assert score_ranking(make_ranking("abcd"), JUDGEMENTS, [measure]) == {measure: pytest.approx(value)}


@pytest.mark.skipif(shutil.which("perl") is None, reason="ERR is computed by a perl program, and perl is not installed")
def test_err():
    # R = (2^grade - 1) / 16: rank 2 gives 3/16 / 2, rank 3 gives (13/16) * 1/16 / 3
    values = score_ranking(make_ranking("abcd", query="two words"), JUDGEMENTS, ["ERR@10"])
    assert values["ERR@10"] == pytest.approx(0.11068, abs=1e-5)
    with pytest.raises(InputError, match="grades up to 4, and the judgements hold 5"):
        score_ranking(make_ranking("ab"), {"a": 5}, ["ERR@10"])


def test_keys_are_the_names_given():
    assert list(score_ranking(make_ranking("ab"), {"b": 1}, ["MRR@10", "NDCG@10"])) == ["MRR@10", "NDCG@10"]


def test_equal_scores_are_evaluated_in_rank_order():
    values = score_ranking(make_ranking("abcd", scores=[1.0] * 4), JUDGEMENTS, ["nDCG@10", "RR"])
    assert values == {"nDCG@10": pytest.approx(0.669672, abs=1e-6), "RR": 0.5}


def test_swapped_ids_change_nothing():
    tied = [0.5, 0.5]
    assert score_ranking(make_ranking("ab", scores=tied), {"a": 1}, ["nDCG@10"]) == {"nDCG@10": 1.0}
    assert score_ranking(make_ranking("ba", scores=tied), {"b": 1}, ["nDCG@10"]) == {"nDCG@10": 1.0}


def test_ids_that_would_break_a_run_file():
    ids = ["two words", "nul\0a", "nul\0b", "line\nend", ""]
    assert score_ranking(make_ranking(ids), {"nul\0b": 1, "": 1}, ["RR", "AP", "RR@10"]) == {
        "RR": pytest.approx(1 / 3),
        "AP": pytest.approx((1 / 3 + 2 / 5) / 2),
        "RR@10": pytest.approx(1 / 3),
    }


def test_no_relevant_document_scores_zero_and_is_named():
    judgements = {"a": 0, "b": 0}
    measures = [name for name in EXAMPLE_MEASURES if not name.startswith("ERR")]
    assert set(score_ranking(make_ranking("ab"), judgements, measures).values()) == {0.0}
    assert without_relevant({"q1": judgements, "q2": {"a": 1}}, ["q1", "q2", "q3"]) == ("q1", "q3")


def test_a_ranking_that_matched_nothing_found_nothing():
    measures = [*(name for name in EXAMPLE_MEASURES if not name.startswith("ERR")), "Judged@10", "Bpref"]
    found = make_ranking("bca", query="one", matched=1)
    nothing = make_ranking("bca", query="two", scores=[0.0] * 3, matched=0)
    values = score_rankings([found, nothing], {"one": JUDGEMENTS, "two": JUDGEMENTS}, measures)
    assert values["one"]["nDCG@10"] == 1
    assert values["two"] == dict.fromkeys(measures, 0.0)
    assert score_rankings([nothing], {"two": JUDGEMENTS}, ["RR"]) == {"two": {"RR": 0.0}}


def test_several_queries():
    rankings = [make_ranking("ab", query="one"), make_ranking("ab", query="two")]
    values = score_rankings(rankings, {"one": {"a": 1}, "two": {"b": 1}, "other": {"a": 1}}, ["RR", "P@1"])
    assert values == {"one": {"RR": 1.0, "P@1": 1.0}, "two": {"RR": 0.5, "P@1": 0.0}}
    assert score_rankings([], {"one": {"a": 1}}, ["RR"]) == {}


def test_judgements_are_required_once_a_query():
    with pytest.raises(InputError, match="'q' has no judgements"):
        score_ranking(make_ranking("ab"), {}, ["RR"])
    with pytest.raises(InputError, match="one ranker at a time"):
        score_rankings([make_ranking("ab"), make_ranking("ba")], {"q": {"a": 1}}, ["RR"])


@pytest.mark.parametrize(
    "name",
    ["nonsense", "", "P", "nDCG@0", "nDCG@-1", "P(rel=0)@5", "nDCG@x", "nDCG(a=1)@5", "(", "\0", "NumRet", "alpha_nDCG@5"],
)
def test_unusable_measures_are_refused_with_examples(name):
    with pytest.raises(InputError, match=r"nDCG@10, RR, RR@10"):
        parse_measure(name)


def test_judged_share():
    ranking = make_ranking("abcd")
    assert [judged_share(ranking, JUDGEMENTS, k) for k in (1, 4, 100)] == [1.0, 0.75, 0.75]
    with pytest.raises(InputError, match="depth 0"):
        judged_share(ranking, JUDGEMENTS, 0)


def test_what_no_measure_reads_changes_nothing():
    lists = {"q": [f"d{number}" for number in range(50)]}
    qrels = {"q": {"d3": 2, "d30": 1, "elsewhere": 1, "d7": 0}}
    with_all = score_lists(lists, qrels, ["nDCG@10", "R@5", "AP@10", "Judged@10", "AP"])
    for name in ("nDCG@10", "R@5", "AP@10", "Judged@10"):
        assert score_lists(lists, qrels, [name])["q"][name] == with_all["q"][name]
