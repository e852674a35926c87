"""Variants of a ranker: what they change, how the change is counted, and what the command says of it."""

import pytest
from scipy.stats import binomtest, kendalltau

from reranklab.errors import InputError
from reranklab.evaluate.confidence import share_interval
from reranklab.evaluate.experiment import RankingTask
from reranklab.evaluate.stability import compare_rankings
from reranklab.evaluate.variants import chosen_variants, default_variants, parse_variant
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.types import RANK_ONLY, Document, Query
from tests.contract.command import printed_json, run_command
from tests.evaluate.make import make_ranking

BM25 = parse_ranker_id("bm25")
TASK = RankingTask(
    query=Query(text="what is what", id="q1"),
    documents=tuple(Document(id=f"d{number}", title="A title", text=f"one two {number}") for number in range(12)),
)


def test_scores_and_ranks_are_compared_by_hand():
    first = make_ranking(["a", "b", "c"], scores=[5.0, 3.0, 1.0])
    second = make_ranking(["b", "a", "c"], scores=[4.5, 4.0, 1.0])
    shift = compare_rankings(first, second)
    assert (shift.largest, shift.relative) == (1.5, 1.5 / 4)
    assert shift.mean == pytest.approx((1.0 + 1.5 + 0.0) / 3)
    assert shift.tau == pytest.approx(kendalltau([1, 2, 3], [2, 1, 3]).statistic)
    assert shift.same_set and not shift.same_order


def test_the_first_ten_alone_count_as_flips():
    ids = [f"d{number:02}" for number in range(12)]
    below = [*ids[:10], ids[11], ids[10]]
    across = [*ids[:9], ids[10], ids[9], ids[11]]
    shifts = [compare_rankings(make_ranking(ids), make_ranking(other)) for other in (below, across)]
    assert [(shift.same_set, shift.same_order) for shift in shifts] == [(True, True), (False, False)]


def test_an_order_without_scores_has_no_score_differences():
    shift = compare_rankings(make_ranking(["a", "b"], scale=RANK_ONLY), make_ranking(["b", "a"], scale=RANK_ONLY))
    assert (shift.largest, shift.mean, shift.relative, shift.tau) == (None, None, None, -1.0)


@pytest.mark.parametrize(("hits", "total", "level"), [(0, 9, 0.95), (9, 9, 0.95), (3, 12, 0.9), (61, 80, 0.95), (1, 1, 0.9)])
def test_a_share_has_the_exact_interval(hits: int, total: int, level: float):
    interval = share_interval(hits, total, level=level)
    exact = binomtest(hits, total).proportion_ci(level, method="exact")
    assert (interval.low, interval.high) == pytest.approx((exact.low, exact.high), abs=1e-12)
    assert interval.mean == hits / total


@pytest.mark.parametrize(("hits", "total"), [(0, 0), (3, 2), (-1, 4)])
def test_no_share_of_nothing(hits: int, total: int):
    with pytest.raises(InputError, match="is no share"):
        share_interval(hits, total)


def changed(name: str) -> RankingTask:
    change = parse_variant(name, BM25).change
    assert change is not None
    return change(TASK)


def test_the_input_is_changed_as_it_says():
    shuffled = changed("order:3")
    assert shuffled.documents != TASK.documents and sorted(each.id for each in shuffled.documents) == sorted(
        each.id for each in TASK.documents
    )
    assert changed("order:3") == shuffled != changed("order")
    spaced = changed("white-space")
    assert spaced.query.text.split() == TASK.query.text.split() and spaced.query.text != TASK.query.text
    assert [each.content.split() for each in spaced.documents] == [each.content.split() for each in TASK.documents]
    assert changed("no-title").documents[0] == Document(id="d0", text="one two 0")
    assert changed("words:3").documents[4] == Document(id="d4", text="A title one")
    assert changed("words").documents == TASK.documents


def test_variants_are_options_of_the_ranker_or_changes_of_the_input():
    names = [variant.name for variant in chosen_variants(["k1=2", "order", "order:1", "white-space"], BM25, device="cpu")]
    assert names == ["k1=2", "order:1", "white-space"]
    assert parse_variant("k1=2", BM25).spec.id == "bm25?k1=2"
    assert [variant.name for variant in default_variants(BM25, device="cpu")] == ["white-space"]
    encoder = parse_ranker_id("cross-encoder")
    assert [variant.name for variant in default_variants(encoder, device="cpu")] == [
        *("tier=fast", "precision=int8", "precision=bf16", "batch_tokens=1", "white-space")
    ]


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("nonsense", "There is no variant 'nonsense'"),
        ("nonsense=1", "bm25 has no option 'nonsense'"),
        ("analyser=french", "analyser cannot be 'french'"),
        ("order:x", "Write order:1."),
        ("words:0", "Write words:100."),
        ("white-space:2", "Write white-space alone."),
        ("k1=1.2", "is the ranker bm25 itself"),
    ],
)
def test_what_is_no_variant_is_one_sentence(name: str, problem: str):
    with pytest.raises(InputError) as raised:
        chosen_variants([name], BM25, device="cpu")
    assert problem in str(raised.value)


ARGUMENTS = ("--dataset", "negation", "--candidates", "judged", "--ranker", "bm25", "--queries", 6)


def test_the_command_finds_what_changes_and_answers_from_the_store():
    variants = ("--variant", "order", "--variant", "white-space", "--variant", "k1=2")
    record = printed_json("stability", *ARGUMENTS, *variants)
    order, space, k1 = record["variants"]
    assert [each["variant"] for each in record["variants"]] == ["order:1", "white-space", "k1=2"]
    assert order["score_difference"]["largest"] == space["score_difference"]["largest"] == 0.0
    assert space["tau"]["mean"] == pytest.approx(1.0) and space["comparison"]["difference"] == 0.0
    assert order["tau"]["mean"] < 1.0, "documents that hold no word of the query are ties"
    assert k1["score_difference"]["largest"] > 0 and k1["comparison"]["b"] == "bm25"
    assert all(len(each["per_query"]) == 6 for each in record["variants"])
    again = printed_json("stability", *ARGUMENTS, *variants)
    assert again.pop("stored") == 24 and record.pop("stored") == 0
    for each in (*again["variants"], *record["variants"]):
        each.pop("ms_per_query")
    assert again == record


def test_the_command_prints_a_table_and_refuses_in_one_sentence():
    status, out, _ = run_command("stability", *ARGUMENTS)
    assert status == 0 and "white-space" in out and "top-10 set" in out
    status, _, err = run_command("stability", *ARGUMENTS, "--variant", "nonsense")
    assert status == 2 and "There is no variant 'nonsense'" in err
