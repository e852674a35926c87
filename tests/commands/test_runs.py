"""`reranklab evaluate` with its comparisons and imported runs, and `reranklab runs` over what is stored."""

import json
from pathlib import Path

import pytest

from tests.contract.command import printed_json, run_command

ASKED = ("evaluate", "--dataset", "negation", "--candidates", "judged", "--ranker", "bm25", "--ranker", "bm25?analyser=words")


def test_each_pair_is_compared_and_the_second_time_all_is_stored():
    first = printed_json(*ASKED)
    queries = first["queries"]
    assert (first["stored"], [pair["metric"] for pair in first["comparisons"]]) == (0, ["nDCG@10", "RR"])
    pair = first["comparisons"][0]
    means = [result["metrics"]["nDCG@10"] for result in first["results"]]
    assert pair["difference"] == pytest.approx(means[0] - means[1])
    assert pair["wins"] + pair["ties"] + pair["losses"] == queries
    assert pair["verdict"] in ("better", "worse", "equivalent", "undecided")
    again = printed_json(*ASKED)
    assert again["stored"] == 2 * queries
    assert again["comparisons"] == first["comparisons"]
    assert printed_json(*ASKED, "--fresh")["stored"] == 0


def test_the_table_names_verdicts_and_what_cannot_be_told():
    status, out, _ = run_command(*ASKED, "--baseline", "bm25")
    assert status == 0
    assert "Differences in nDCG@10 [95 % BCa interval]" in out and "1 pair" in out
    assert "is found in 80 % of evaluations, and the smallest p is" in out


def test_another_systems_run_is_in_every_table(tmp_path: Path):
    exported = printed_json(*ASKED)
    status, run, _ = run_command("runs", "export", "1", "--ranker", "bm25")
    assert status == 0
    path = tmp_path / "theirs.run"
    path.write_text(run)
    record = printed_json(*ASKED, "--run", path)
    theirs = record["results"][-1]
    assert (theirs["ranker"], theirs["ms_per_query"]) == ("run:bm25", None)
    assert theirs["metrics"] == pytest.approx(exported["results"][0]["metrics"])
    assert [(pair["a"], pair["b"]) for pair in record["comparisons"] if pair["metric"] == "RR"] == [
        ("bm25", "bm25?analyser=words"),
        ("bm25", "run:bm25"),
        ("bm25?analyser=words", "run:bm25"),
    ]
    kept = printed_json("runs", "show", "2")
    assert {each["ranker"]: each["metrics"] for each in kept["results"]} == {
        each["ranker"]: pytest.approx(each["metrics"]) for each in record["results"]
    }
    status, _, err = run_command(*ASKED, "--run", path, "--run", path)
    assert (status, "have one tag, bm25" in err) == (2, True)


def test_a_run_that_leaves_queries_out_scores_0_there_and_says_so(tmp_path: Path):
    printed_json(*ASKED)
    _, run, _ = run_command("runs", "export", "1", "--ranker", "bm25")
    first = run.splitlines()[0].split()[0]
    path = tmp_path / "part.run"
    kept = [line for line in run.splitlines() if line.split()[0] == first]
    path.write_text("\n".join([*kept, "elsewhere Q0 x 1 1 bm25"]))
    record = printed_json(*ASKED, "--run", path)
    theirs = record["results"][-1]
    assert theirs["without_candidates"] and theirs["queries"] == 1
    assert any("1 query of the run part.run is not among those evaluated" in note for note in record["notes"])
    assert any("has no list for" in note for note in record["notes"])


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("--margin", "0"), "The margin 0.0 is not between 0 and 1"),
        (("--baseline", "bm25?k1=2"), "is not among the rankers"),
        (("--run", "nowhere.run"), "nowhere.run cannot be read"),
        (("--metric", "nDCG@ten"), "There is no measure"),
    ],
)
def test_what_cannot_be_used_is_one_sentence(arguments: tuple[str, str], problem: str):
    status, out, err = run_command(*ASKED, *arguments)
    assert (status, out) == (2, "")
    assert problem in err and err.count("\n") == 1


def test_runs_are_listed_shown_compared_and_deleted():
    status, out, _ = run_command("runs", "list")
    assert (status, out.splitlines()) == (0, ["No evaluation is stored yet. `reranklab evaluate` keeps its results."])
    made = printed_json(*ASKED)
    printed_json(*ASKED, "--queries", "5")
    runs = printed_json("runs", "list")
    assert [(run["run"], run["rankers"], run["done"]) for run in runs] == [
        (1, ["bm25", "bm25?analyser=words"], 2 * made["queries"]),
        (2, ["bm25", "bm25?analyser=words"], 10),
    ]
    shown = printed_json("runs", "show", "1")
    assert [result["metrics"] for result in shown["results"]] == [result["metrics"] for result in made["results"]]
    assert shown["comparisons"] == made["comparisons"]
    compared = printed_json("runs", "compare", "1", "2", "--metric", "RR")
    assert [result["ranker"] for result in compared["results"]] == [
        "bm25 (run 1)",
        "bm25?analyser=words (run 1)",
        "bm25 (run 2)",
        "bm25?analyser=words (run 2)",
    ]
    assert {pair["queries"] for pair in compared["comparisons"]} == {5, made["queries"]}
    status, out, _ = run_command("runs", "show", "2")
    assert status == 0 and "Run 2: negation (test), candidates judged, device cpu" in out
    assert run_command("runs", "delete", "1")[0] == 0
    assert [run["run"] for run in json.loads(run_command("runs", "list", "--format", "json")[1])] == [2]


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("show", "9"), "There is no run 9."),
        (("delete", "9"), "There is no run 9."),
        (
            ("export", "1", "--ranker", "bi-encoder"),
            "Run 1 has no ranker bi-encoder. Choose one of: bm25, ",
        ),
    ],
)
def test_a_run_that_is_not_there_is_one_sentence(arguments: tuple[str, ...], problem: str):
    printed_json(*ASKED, "--queries", "2")
    status, out, err = run_command("runs", *arguments)
    assert (status, out) == (2, "") and problem in err


def test_runs_of_different_collections_are_not_compared():
    printed_json(*ASKED, "--queries", "2")
    printed_json("evaluate", "--dataset", "polysemy", "--candidates", "judged", "--ranker", "bm25", "--queries", "2")
    status, _, err = run_command("runs", "compare", "1", "2")
    assert status == 2
    assert "Run 1 is of the dataset negation, and run 2 of polysemy. Compare runs of one collection." in err
