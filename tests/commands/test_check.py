"""`reranklab check`: limits that pass, fail, and cannot be told, with their exit status."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from reranklab.errors import InputError
from reranklab.evaluate.check_file import read_check
from tests.contract.command import printed_json, run_command

HEAD = 'collection = "novel-facts"\ncandidates = "judged"\n'
"""BM25's nDCG@10 there is 0.487 over 12 queries."""


def check(tmp_path: Path, *limits: str, head: str = HEAD) -> Path:
    path = tmp_path / "check.toml"
    path.write_text(head + "".join(f"[[limit]]\n{limit}\n" for limit in limits))
    return path


def outcomes(path: Path, *arguments: str) -> tuple[int, list[dict[str, str]]]:
    status, out, err = run_command("check", path, "--format", "json", *arguments)
    assert status in (0, 1, 3), err
    return status, json.loads(out)


@pytest.mark.parametrize(("least", "state", "status"), [(0.3, "pass", 0), (0.9, "fail", 1), (0.5, "undecided", 3)])
def test_a_mean_passes_fails_or_is_undecided(tmp_path: Path, least: float, state: str, status: int):
    path = check(tmp_path, f'ranker = "bm25"\nmetric = "nDCG@10"\nat_least = {least}')
    found, (outcome,) = outcomes(path)
    assert (found, outcome["state"]) == (status, state)
    assert "nDCG@10 0.4" in outcome["measured"] and "12 queries" in outcome["measured"]
    assert ("would decide" in outcome["measured"]) == (state == "undecided")


def test_one_failure_decides_the_status_and_junit_names_each(tmp_path: Path):
    path = check(
        tmp_path,
        'ranker = "bm25"\nmetric = "nDCG@10"\nat_least = 0.2',
        'ranker = "bm25"\nmetric = "nDCG@10"\nat_least = 0.5',
        'ranker = "bm25?k1=2"\np95_ms = 0.0001',
        'ranker = "bm25"\np95_ms = 60000',
    )
    junit = tmp_path / "check.xml"
    status, found = outcomes(path, "--junit", str(junit))
    assert (status, [each["state"] for each in found]) == (1, ["pass", "undecided", "fail", "pass"])
    suite = ElementTree.parse(junit).getroot()
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("4", "1", "1")
    assert [case.get("name") for case in suite] == [each["limit"] for each in found]
    assert [child.tag for case in suite for child in case] == ["system-out", "skipped", "failure", "system-out"]


def test_a_baseline_is_compared_query_by_query(tmp_path: Path):
    printed_json("evaluate", "--dataset", "novel-facts", "--candidates", "judged", "--ranker", "bm25", "--ranker", "bm25?k1=2")
    _, shown, _ = run_command("runs", "show", "1", "--format", "json")
    (tmp_path / "baseline.json").write_text(shown)
    limit = 'ranker = "bm25"\nmetric = "nDCG@10"\nbaseline = "baseline.json"\nmargin = 0.01'
    status, (outcome,) = outcomes(check(tmp_path, limit))
    assert (status, outcome["state"]) == (0, "pass")
    assert "difference in nDCG@10 0.0000" in outcome["measured"]
    record = json.loads(shown)
    for values in record["results"][0]["per_query"].values():
        values["nDCG@10"] += 0.3
    (tmp_path / "baseline.json").write_text(json.dumps(record))
    status, (outcome,) = outcomes(check(tmp_path, limit))
    assert (status, outcome["state"]) == (1, "fail")
    (tmp_path / "baseline.json").write_text("{}")
    status, _, err = run_command("check", check(tmp_path, limit))
    assert status == 2 and "holds no nDCG@10 of bm25 for each query" in err


def test_the_first_document_of_a_query_is_checked(tmp_path: Path):
    printed_json("evaluate", "--dataset", "novel-facts", "--candidates", "judged", "--ranker", "bm25")
    _, run, _ = run_command("runs", "export", "1", "--ranker", "bm25")
    query, _, first, *_ = run.splitlines()[0].split()
    second = run.splitlines()[1].split()[2]
    for document, state in ((first, "pass"), (second, "fail")):
        _, (outcome,) = outcomes(check(tmp_path, f'ranker = "bm25"\nquery = "{query}"\nfirst = "{document}"'))
        assert outcome["state"] == state
    assert outcome["measured"] == f"{first} is first; {second} is at rank 2"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("collection = ", "is no TOML file"),
        ("limits = 3", "has the unknown key 'limits'"),
        (HEAD, "has no limits"),
        (HEAD + '[[limit]]\nranker = "bm25"\n', "limit 1 has the keys ranker. Give one of: ranker metric at_least;"),
        (HEAD + '[[limit]]\nranker = "bm25"\nmetric = "nDCG@10"\nat_least = "high"\n', 'at_least is "high". Give a number.'),
        (HEAD + '[[limit]]\nranker = "bm25"\nmetric = "nDCG@10"\nat_least = nan\n', "Give a number."),
        (HEAD + '[[limit]]\nranker = "bm25"\nmetric = "nonsense"\nat_least = 1\n', "There is no measure 'nonsense'"),
        (HEAD + '[[limit]]\nranker = "nonsense"\np95_ms = 1\n', "nonsense"),
        ('[[limit]]\nranker = "bm25"\np95_ms = 1\n', "collection is null. Give a text."),
    ],
)
def test_a_file_that_cannot_be_used_is_one_sentence(tmp_path: Path, text: str, problem: str):
    path = tmp_path / "check.toml"
    path.write_text(text)
    with pytest.raises(InputError) as raised:
        read_check(path)
    assert problem in str(raised.value)


def test_a_missing_file_has_status_2(tmp_path: Path):
    status, _, err = run_command("check", tmp_path / "nowhere.toml")
    assert status == 2 and "cannot be read" in err


def probed(least: float, *, probe: str = "entities", more: str = "") -> str:
    return f'ranker = "bm25"\nprobe = "{probe}"\nat_least = {least}\n{more}'


@pytest.mark.parametrize(
    ("limit", "state", "status"),
    [
        (probed(0.7), "pass", 0),  # 12 of 12: the exact one-sided bound is 0.05 ** (1 / 12) = 0.779
        (probed(0.8), "undecided", 3),
        (probed(0.3, probe="word overlap"), "fail", 1),  # 0 of 10: 1 - 0.05 ** (1 / 10) = 0.259
    ],
)
def test_a_pass_rate_of_probes_is_judged_by_its_interval(tmp_path: Path, limit: str, state: str, status: int):
    path = check(tmp_path, limit, head="")
    junit = tmp_path / "check.xml"
    found, (outcome,) = outcomes(path, "--junit", str(junit))
    assert (found, outcome["state"]) == (status, state)
    assert "probes passed" in outcome["measured"] and outcome["limit"].startswith("bm25: probe ")
    assert ElementTree.parse(junit).getroot()[0].get("name") == outcome["limit"]


def test_probes_of_a_file_and_a_collection_stand_in_one_check(tmp_path: Path):
    line = {
        "id": "1",
        "capability": "own",
        "query": "red apples",
        "original": "red apples",
        "edited": "pears",
        "expected": "lower",
    }
    (tmp_path / "own.jsonl").write_text("".join(json.dumps({**line, "id": str(number)}) + "\n" for number in range(30)))
    path = check(
        tmp_path, probed(0.9, probe="own", more='source = "own.jsonl"'), 'ranker = "bm25"\nmetric = "nDCG@10"\nat_least = 0.2'
    )
    status, found = outcomes(path)
    assert (status, [each["state"] for each in found]) == (0, ["pass", "pass"])


@pytest.mark.parametrize(
    ("limit", "problem"),
    [
        (probed(0.8, probe="nonsense"), "samples has no probes of 'nonsense'. Choose one of: negation"),
        (probed(1.0), "Give a pass rate between 0 and 1"),
        (probed(0.8, more='source = "nowhere.jsonl"'), "There is no file"),
    ],
)
def test_a_probe_limit_that_cannot_be_used_is_one_sentence(tmp_path: Path, limit: str, problem: str):
    status, _, err = run_command("check", check(tmp_path, limit, head=""))
    assert status == 2 and problem in err
