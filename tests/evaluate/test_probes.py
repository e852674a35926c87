"""Behaviour probes: what passes, what a file may hold, what comes with the program, and how rankers are put to them."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from scipy.stats import binomtest

from reranklab.data.probe_records import Probe
from reranklab.data.probes import save_probe
from reranklab.errors import InputError, ModelError
from reranklab.evaluate.probes.files import read_probes, to_record
from reranklab.evaluate.probes.probe import BehaviourProbe, Expected
from reranklab.evaluate.probes.run import ProbeSet, judge, run_probes
from reranklab.evaluate.probes.sources import load_source, samples_file, with_unrelated
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.rankers.family import RankerSpec
from reranklab.rankers.scorer import scorer_family
from reranklab.types import RANK_ONLY, Document, Query
from tests.contract.command import printed_json, run_command

BM25 = parse_ranker_id("bm25")
LINE = {"id": "n1", "capability": "negation", "query": "q", "original": "a b", "edited": "a c", "expected": "lower"}


def probe(original: str, edited: str, *, expected: Expected = "lower", number: int = 1) -> BehaviourProbe:
    return BehaviourProbe(
        id=f"p{number}",
        capability="made up",
        query=Query(text="red apples"),
        original=Document(id="a", text=original),
        edited=Document(id="b", text=edited),
        expected=expected,
        unrelated=Document(id="c", text="blue whales sing"),
    )


@pytest.mark.parametrize(
    ("expected", "edited", "passed"),
    [
        ("lower", 0.5, True), ("lower", 1.0, False), ("lower", 0.99995, False), ("lower", 1.5, False),
        ("higher", 1.5, True), ("higher", 1.0, False), ("higher", 0.5, False),
        ("not-higher", 1.0, True), ("not-higher", 0.2, True), ("not-higher", 1.00005, True), ("not-higher", 1.1, False),
        ("same", 1.0, True), ("same", 1.09, True), ("same", 0.91, True), ("same", 1.11, False), ("same", 0.89, False),
    ],
)  # fmt: skip
def test_a_score_is_held_against_the_distance_to_an_unrelated_document(expected: Expected, edited: float, passed: bool):
    assert judge(expected, original=1.0, edited=edited, unrelated=0.0) is passed
    scaled = judge(expected, original=101.0, edited=100 * edited + 1, unrelated=1.0)
    assert scaled is passed, "another scale, the same judgement"


def test_same_needs_an_unrelated_document():
    assert judge("same", original=1.0, edited=1.0, unrelated=None) is None
    assert judge("lower", original=1.0, edited=0.9, unrelated=None) is True


def test_rates_count_what_was_judged():
    probes = (
        probe("red apples fall", "green pears fall", number=1),
        probe("green pears fall", "red apples fall", number=2),
        probe("red apples fall", "red apples drop", expected="same", number=3),
    )
    report = run_probes([ProbeSet(source="here", probes=probes)], [BM25])
    assert [each.passed for each in report.outcomes] == [True, False, True]
    cell = report.rate("bm25", "made up")
    assert (cell.passed, cell.judged, cell.left_out) == (2, 3, 0)
    exact = binomtest(2, 3).proportion_ci(0.95, method="exact")
    assert cell.rate is not None and (cell.rate.low, cell.rate.high) == pytest.approx((exact.low, exact.high))
    assert [each.probe.id for each in report.failures] == ["p2"]
    assert report.failures[0].unrelated == 0.0


def test_a_file_of_probes_is_read_and_written_alike(tmp_path: Path):
    lines = [LINE, {**LINE, "id": "n2", "original": {"title": "T", "text": "a b"}, "note": "why", "expected": "same"}]
    path = tmp_path / "own.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    found = read_probes(path, source="own")
    assert [to_record(each) for each in found] == lines
    assert found[1].original == Document(id="original", title="T", text="a b")


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("", "has no probes"),
        ("[]", "Line 1 of own.jsonl is not a JSON object"),
        ("{", "Line 1 of own.jsonl is not valid JSON"),
        (json.dumps({**LINE, "extra": 1}), "has the unknown key 'extra'"),
        (json.dumps({key: value for key, value in LINE.items() if key != "query"}), "lacks 'query'"),
        (json.dumps({**LINE, "query": "  "}), "Line 1 of own.jsonl: query is no text"),
        (json.dumps({**LINE, "edited": 3}), "edited is no text"),
        (json.dumps({**LINE, "edited": {"text": "a", "body": "b"}}), "edited has the unknown key 'body'"),
        (json.dumps({**LINE, "expected": "worse"}), "cannot expect 'worse'. Choose one of: lower, higher, same, not-higher."),
        (json.dumps({**LINE, "edited": "a b"}), "are the same text"),
        (json.dumps(LINE) + "\n" + json.dumps(LINE), "Line 2 of own.jsonl repeats the id 'n1'"),
    ],
)
def test_what_is_no_probe_is_one_sentence(tmp_path: Path, line: str, problem: str):
    path = tmp_path / "own.jsonl"
    path.write_text(line)
    with pytest.raises(InputError) as raised:
        read_probes(path, source="own")
    assert problem in str(raised.value)


def test_the_probes_that_come_with_the_program_are_whole():
    probes = load_source("samples").probes
    counts = Counter(each.capability for each in probes)
    assert len(probes) == sum(counts.values()) >= 100 and min(counts.values()) >= 10
    assert all(each.unrelated is not None for each in probes), "each can be measured"
    assert samples_file().parent.joinpath("provenance.toml").is_file()
    assert {each.expected for each in probes} == {"lower", "same"}


def test_an_unrelated_document_shares_no_word_with_the_query():
    probes = with_unrelated([probe("red apples", "pears", number=1), probe("whales", "blue whales", number=2)])
    assert [each.unrelated and each.unrelated.text for each in probes] == ["whales", None]


def saved(expectation: str, number: int) -> Probe:
    return Probe(
        id=f"s{number}",
        created_at="2026-01-01T00:00:00+00:00",
        query=Query(text="red apples"),
        original=Document(id="d1", text="red apples fall"),
        edited=Document(id="d1", text="green pears fall"),
        edit="change-name",
        expectation=expectation,  # type: ignore[arg-type]
        scores={},
        provenance={},
    )


def test_saved_probes_are_run_as_they_were_expected():
    with pytest.raises(InputError, match="No saved probe says what it expects"):
        load_source("saved")
    for number, expectation in enumerate(("lower", "higher", "unknown"), start=1):
        save_probe(saved(expectation, number))
    found = load_source("saved")
    assert [(each.id, each.capability) for each in found.probes] == [("s1", "Change a name"), ("s2", "Change a name")]
    assert found.notes == ("1 saved probe expects nothing and was left out.",)
    report = run_probes([found], [BM25])
    assert [each.passed for each in report.outcomes] == [True, False]


def test_the_command_lists_runs_and_keeps_results():
    record = printed_json("probes", "run", "--ranker", "bm25", "--capability", "word overlap", "--capability", "entities")
    assert record["capabilities"] == ["entities", "word overlap"] and record["stored"] == 0
    rates = {each["capability"]: each for each in record["rates"]}
    assert rates["word overlap"]["passed"] == 0, "the other text holds more words of the query"
    assert rates["entities"]["passed"] == rates["entities"]["judged"] == 12
    assert len(record["failures"]) == 10 and record["failures"][0]["scale"] == "BM25"
    again = printed_json("probes", "run", "--ranker", "bm25", "--capability", "word overlap", "--capability", "entities")
    assert again["stored"] == 22 and again["rates"] == record["rates"]
    listed = printed_json("probes", "list", "--capability", "roles")
    assert {each["capability"] for each in listed} == {"roles"}
    status, out, _ = run_command("probes", "rules")
    assert status == 0 and "swap-number" in out


def test_what_cannot_be_probed_is_one_sentence(tmp_path: Path):
    for arguments, problem in (
        (("--source", tmp_path / "nowhere.jsonl"), "There is no file"),
        (("--capability", "nonsense"), "There are no probes of 'nonsense' here. Choose from: negation"),
        (("--source", "generate:nonsense"), "nonsense"),
    ):
        status, _, err = run_command("probes", "run", "--ranker", "bm25", *arguments)
        assert status == 2 and problem in err


def test_a_ranker_that_depends_on_the_order_ranks_both_ways():
    """One that favours what comes first favours neither document of a probe, which both come first once."""

    def by_place(query: str, texts: Sequence[str]) -> list[float]:
        return [float(-place) for place in range(len(texts))]

    spec = RankerSpec(family=scorer_family("by-place", by_place, pointwise=False))
    probes = tuple(probe("red apples", "green pears", expected=each) for each in ("lower", "not-higher", "same"))
    numbered = tuple(replace(each, id=f"p{number}") for number, each in enumerate(probes))
    report = run_probes([ProbeSet(source="here", probes=numbered)], [spec])
    assert [(each.original, each.edited, each.unrelated) for each in report.outcomes] == [(-0.5, -0.5, -2.0)] * 3
    assert [each.passed for each in report.outcomes] == [False, True, True]


def test_an_order_without_scores_is_judged_by_ranks_and_not_for_sameness():
    def by_length(query: str, texts: Sequence[str]) -> list[float]:
        return [1 / (1 + sorted(texts, key=len).index(text)) for text in texts]

    spec = RankerSpec(family=scorer_family("by-length", by_length, scale=RANK_ONLY))
    probes = tuple(
        replace(probe("red", "green pears", expected=each), id=f"p{number}") for number, each in enumerate(("lower", "same"))
    )
    report = run_probes([ProbeSet(source="here", probes=probes)], [spec])
    assert [(each.passed, each.reason) for each in report.outcomes] == [(True, ""), (None, "an order without scores")]
    assert report.rate("by-length", "made up").left_out == 1 and not report.failed("by-length", "made up")


def test_a_ranker_that_fails_is_said_and_counts_in_no_rate():
    def fails(query: str, texts: Sequence[str]) -> list[float]:
        raise ModelError("No score today.")

    spec = RankerSpec(family=scorer_family("fails", fails))
    report = run_probes([ProbeSet(source="here", probes=(probe("red", "green"),))], [spec])
    cell = report.rate("fails", "made up")
    assert (cell.judged, cell.left_out, cell.rate) == (0, 1, None)
    assert "No score today." in report.failed("fails", "made up")[0].reason
