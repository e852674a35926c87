"""`--out` and `runs export`: a run as files, and the command in its manifest that gives the same means."""

import json
import shlex
from pathlib import Path

import pytest

import reranklab as rl
from tests.contract.command import printed_json, run_command
from tests.evaluate.test_kept import made_collection

ASKED = ("evaluate", "--dataset", "negation", "--candidates", "bm25:20", "--ranker", "bm25", "--ranker", "bm25?k1=2&b=0.3")
EXPORTS = {
    "html": ["run-1.html"],
    "json": ["run-1.json"],
    "csv": ["run-1.csv", "run-1.manifest.json", "run-1.rankings.csv"],
    "parquet": ["run-1.parquet", "run-1.rankings.parquet"],
    "trec": ["run-1.1-bm25.trec", "run-1.2-bm25-b-0-3-k1-2.trec", "run-1.manifest.json", "run-1.qrels"],
}


def test_a_stored_run_becomes_files_of_each_format(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    printed = printed_json(*ASKED)
    for format_, names in EXPORTS.items():
        status, out, err = run_command("runs", "export", "1", "--format", format_)
        assert (status, out) == (0, ""), err
        assert "Wrote run-1" in err
        assert sorted(path.name for path in tmp_path.iterdir()) == names
        if format_ == "json":
            record = json.loads((tmp_path / "run-1.json").read_text())
        for path in tmp_path.iterdir():
            path.unlink()
    assert record["comparisons"] == printed["comparisons"]
    assert [result["metrics"] for result in record["results"]] == [result["metrics"] for result in printed["results"]]


@pytest.mark.parametrize("sample", [(), ("--queries", "12", "--seed", "3")])
def test_the_command_of_a_manifest_gives_the_same_means(tmp_path: Path, sample: tuple[str, ...]):
    folder = made_collection(tmp_path / "it's a collection")
    theirs = tmp_path / "theirs.run"
    theirs.write_text("".join(f"q{number} Q0 d{number} 1 1 theirs\n" for number in range(30)))
    asked = ("evaluate", "--dataset", str(folder), *ASKED[3:], *sample, "--run", str(theirs), "--baseline", "bm25")
    printed = printed_json(*asked, "--margin", "0.05", "--metric", "RR@10", "--out", str(tmp_path / "r.json"))
    about = json.loads((tmp_path / "r.json").read_text())["manifest"]
    assert about["rankers"][-1]["imported"] == str(theirs)
    program, *arguments = shlex.split(about["command"])
    assert program == "reranklab"
    again = printed_json(*arguments, "--fresh")
    for name in ("dataset", "split", "candidates", "queries", "comparisons"):
        assert again[name] == printed[name]
    assert [result["metrics"] for result in again["results"]] == [result["metrics"] for result in printed["results"]]


@pytest.mark.parametrize(
    ("out", "problem"), [("x", "does not say a format"), ("nowhere/x.csv", "no folder 'nowhere'"), ("x.pdf", "End the name in")]
)
def test_a_place_that_does_not_work_is_told_before_anything_is_computed(out: str, problem: str):
    status, printed, err = run_command(*ASKED, "--out", out)
    assert (status, printed) == (2, "") and problem in err
    assert json.loads(run_command("runs", "list", "--format", "json")[1]) == []


def test_the_library_saves_the_same(tmp_path: Path):
    result = rl.evaluate("negation", ["bm25"], candidates="judged", queries=3, margin=0.03)
    (written,) = result.save(tmp_path / "r.json")
    record = json.loads(written.read_text())
    assert record["manifest"]["command"].endswith(
        "--queries 3 --seed 0 --ranker bm25 --metric nDCG@10 --metric RR --device cpu --margin 0.03"
    )
    assert record["results"][0]["metrics"] == result["bm25"].metrics


def test_several_collections_are_one_after_the_other_and_in_one_file(tmp_path: Path):
    both = ("--dataset", "negation", "--dataset", "polysemy")
    asked = ("--candidates", "judged", "--queries", "3", "--ranker", "bm25", "--ranker", "bm25?k1=3")
    record = printed_json("evaluate", *both, *asked, "--out", tmp_path / "r.csv")
    alone = [printed_json("evaluate", "--dataset", name, *asked) for name in ("negation", "polysemy")]
    assert [each["stored"] for each in alone] == [6, 6]
    for each, other in zip(record["collections"], alone, strict=True):
        assert [result["metrics"] for result in each["results"]] == [result["metrics"] for result in other["results"]]
        assert each["comparisons"] == other["comparisons"]
    assert list(record) == ["collections"]
    rows = (tmp_path / "r.csv").read_text().splitlines()
    assert [row.split(",")[0] for row in rows] == ["dataset", *["negation"] * 6, *["polysemy"] * 6]
    status, out, _ = run_command("evaluate", *both, *asked)
    assert status == 0
    assert out.index("negation (test), 3 queries") < out.index("polysemy (test), 3 queries")
    assert out.count("Differences in nDCG@10") == 2


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        (("--dataset", "nowhere"), "There is no dataset, folder or zip archive 'nowhere'"),
        (("--dataset", "polysemy", "--run", "x.run"), "A TREC run is of one collection"),
        (("--dataset", "polysemy", "--candidates", "run:x.run"), "A TREC run is of one collection"),
    ],
)
def test_what_does_not_go_with_several_collections_is_told_before_anything_is_computed(more: tuple[str, ...], problem: str):
    status, out, err = run_command("evaluate", "--dataset", "negation", "--ranker", "bm25", *more)
    assert (status, out) == (2, "") and problem in err
    assert json.loads(run_command("runs", "list", "--format", "json")[1]) == []
