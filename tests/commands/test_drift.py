"""`reranklab drift`: the table, the warning with its exit status, and what is refused."""

import json
from pathlib import Path

import pytest

from reranklab.data.samples import load_sample
from tests.contract.command import printed_json, run_command

RANKERS = ("--ranker", "bm25", "--ranker", "bm25?k1=0&b=0")
COLLECTIONS = ("--dataset", "negation", "--dataset", "arguments")


def test_the_table_and_its_json_agree():
    status, out, err = run_command("drift", *COLLECTIONS, *RANKERS, "--candidates", "judged", "--criterion", "youden")
    assert (status, err) == (0, "")
    record = printed_json("drift", *COLLECTIONS, *RANKERS, "--candidates", "judged", "--criterion", "youden")
    assert record["criterion"] == "Youden" and record["baseline"] == "bm25"
    for part in record["collections"]:
        assert part["stored"] == 24
        cell = part["rankers"][1]["against_baseline"]
        assert f"{cell['difference']:+.3f} [{cell['interval'][0]:+.3f}, {cell['interval'][1]:+.3f}] {cell['verdict']}" in out
    assert len(record["thresholds_elsewhere"]) == 4


def test_the_warning_alarms_by_its_exit_status_and_takes_a_stored_run(tmp_path: Path):
    (tmp_path / "theirs.trec").write_text("nneg-q1 Q0 nneg-001 1 1.0 theirs\n")
    run = ("--run", tmp_path / "theirs.trec")
    printed_json("evaluate", "--dataset", "negation", "--candidates", "bm25:10", "--ranker", "bm25", *run)
    status, out, _ = run_command(
        "drift", "--reference", "run:1", "--dataset", "arguments", "--dataset", "negation", "--format", "json"
    )
    changed, same = json.loads(out)
    assert status == 1
    assert (changed["drifted"], same["drifted"]) == (True, False)
    assert [signal["ranker"] for signal in changed["signals"]] == [None, None, "bm25"], "the run's ranker, over its candidates"
    status, out, _ = run_command("drift", "--reference", "run:1", "--dataset", "negation")
    assert status == 0 and out.startswith("No drift of negation from negation (run 1) is found at 5% false alarms")


def test_two_files_of_queries_with_and_without_a_corpus(tmp_path: Path):
    texts = [query.text for query in load_sample("negation").queries.values()]
    for name, part in (("last.txt", texts[:6]), ("this.txt", texts[6:])):
        (tmp_path / name).write_text("".join(f"{text}\n" for text in part))
    files = ("--reference", tmp_path / "last.txt", "--dataset", tmp_path / "this.txt", "--format", "json")
    status, out, _ = run_command("drift", *files)
    (alone,) = json.loads(out)
    assert status == 0
    assert [signal["kind"] for signal in alone["signals"]] == ["words", "length"]
    _, out, _ = run_command("drift", *files, "--corpus", "negation", "--ranker", "bm25", "--candidates", "bm25:10")
    (ranked,) = json.loads(out)
    assert [signal["kind"] for signal in ranked["signals"]] == ["words", "length", "scores"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--dataset", "negation", "--corpus", "negation"), "--corpus needs a --reference"),
        (("--dataset", "negation", "--queries", "0"), "--queries 0 does not work"),
        (("--dataset", "negation", "--ranker", "bm25"), "bm25 alone has nothing to differ from"),
        (("--dataset", "negation", *RANKERS, "--criterion", "accuracy"), "There is no criterion 'accuracy'"),
        (("--dataset", "negation", "--reference", "run:9"), "There is no run 9"),
        (("--dataset", "negation", "--reference", "negation", "--false-alarms", "2"), "The rate of false alarms 2.0"),
        (("--dataset", "nothing", *RANKERS), "There is no dataset, folder or zip archive 'nothing'"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(arguments: tuple[str, ...], message: str):
    status, out, err = run_command("drift", *arguments)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert message in err
