"""`reranklab tune`: the table, its JSON, the saved name, and what is refused."""

import pytest

from reranklab.rankers.named import find_named
from tests.contract.command import printed_json, run_command

RANKERS = ("--ranker", "bm25", "--ranker", "bm25?k1=0.2")
ASKED = ("tune", "--dataset", "negation", "--candidates", "judged", *RANKERS, "--folds", "3")


def test_the_configuration_is_printed_saved_and_taken_where_an_id_is():
    status, out, err = run_command(*ASKED, "--budget-ms", "100000", "--save", "mine")
    assert status == 0, err
    named = find_named("mine")
    assert f"Chosen: {named.ranker}." in out and "Saved: tuned:mine stands for it" in out
    assert f"queries that did not choose: {named.origin['held_out']:.4f}" in out
    assert (named.origin["collection"], named.origin["queries"], named.origin["budget_ms"]) == ("negation", 12, 100000.0)
    record = printed_json(*ASKED, "--budget-ms", "100000")
    assert record["chosen"]["ranker"] == named.ranker, "the same seed picks the same"
    assert [fold["held_out"] for fold in record["folds"]] and len(record["folds"]) == 3
    per_query = {query: value for fold in record["folds"] for query, value in fold["per_query"].items()}
    evaluated = printed_json("evaluate", "--dataset", "negation", "--candidates", "judged", "--ranker", "tuned:mine")
    if {fold["picked"] for fold in record["folds"]} == {named.ranker}:
        assert sum(per_query.values()) / 12 == pytest.approx(evaluated["results"][0]["metrics"]["nDCG@10"])
    assert record["chosen"]["tuned"]["mean"] == pytest.approx(evaluated["results"][0]["metrics"]["nDCG@10"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--budget-ms", "0"), "A budget of 0 ms does not work"),
        (("--budget-ms", "100", "--folds", "7"), "12 queries are too few for 7 folds"),
        (("--budget-ms", "100", "--queries", "0"), "--queries 0 does not work"),
        (("--budget-ms", "100", "--save", "a/b"), "A ranker cannot be called 'a/b'"),
        (("--budget-ms", "100", "--metric", "nonsense"), "There is no measure 'nonsense'"),
    ],
)
def test_what_cannot_be_used_is_said_before_anything_runs(arguments: tuple[str, ...], message: str):
    status, out, err = run_command(*ASKED, *arguments)
    assert (status, out) == (2, "") and err.startswith(f"reranklab: {message}") and err.count("\n") == 1
