"""A stored run is the evaluation that made it, and its manifest tells how to make it again."""

import shlex
from dataclasses import replace
from pathlib import Path

import pytest

from reranklab.data.collection import Collection
from reranklab.data.content import collection_sha256, judgements_sha256
from reranklab.errors import InputError
from reranklab.evaluate.differences import compare_results
from reranklab.evaluate.evaluated import Evaluated, evaluated, stored_evaluation, stored_outline
from reranklab.evaluate.manifest import manifest, repeat_command
from reranklab.evaluate.task_set import prepare_tasks
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.store.runs import RunQuery
from reranklab.store.store import Store, open_store
from reranklab.types import Document, Query
from tests.evaluate.make import make_ranking

SPECS = [parse_ranker_id("bm25"), parse_ranker_id("bm25?k1=2")]
MEASURES = ("nDCG@10", "RR")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(tmp_path / "results.sqlite")


def test_what_the_store_gives_is_what_was_computed(store: Store):
    tasks = prepare_tasks("negation", candidates="judged", queries=5, seed=2)
    results = tasks.evaluate(SPECS, store=store)
    differences = compare_results(results, MEASURES)
    now = evaluated(tasks, results, measures=MEASURES, differences=differences)
    then = stored_evaluation(store, 1, measures=MEASURES)
    assert [(each.metrics, each.per_query, each.condensed) for each in then.results] == [
        (each.metrics, each.per_query, each.condensed) for each in now.results
    ]
    assert (then.differences, then.settings, then.qrels) == (now.differences, now.settings, now.qrels)
    assert (then.run, now.run) == (1, None)
    hidden = {"made_at", "run"}
    told = [{name: value for name, value in manifest(each).items() if name not in hidden} for each in (now, then)]
    assert told[0] == told[1]
    outline = manifest(stored_outline(store, 1, measures=MEASURES))
    assert {**outline, "made_at": ""} == {**manifest(then), "made_at": ""}


def test_a_run_that_failed_or_stopped_says_so(store: Store):
    store.results.put("key", make_ranking("ab", query="q1"))
    number = store.runs.begin({"queries": 3}, ["bm25", "listwise-llm"], {"q1": {"a": 1}, "q2": {"a": 1}, "q3": {"b": 1}})
    for position, query in enumerate(
        (
            RunQuery(ranker="bm25", query_id="q1", key="key"),
            RunQuery(ranker="bm25", query_id="q2", key=None),
            RunQuery(ranker="bm25", query_id="q3", key=None, error="It burned."),
        )
    ):
        store.runs.record(number, position, query)
    store.runs.fail(number, "listwise-llm", "No weights.")
    got = stored_evaluation(store, number, measures=["RR"])
    first, second = got.results
    assert (first.metrics, first.queries, first.without_candidates, first.complete) == ({"RR": 0.5}, 1, ("q2",), False)
    assert [(error.query, error.message) for error in first.errors] == [("q3", "It burned.")]
    assert [(error.query, error.message) for error in second.errors] == [(None, "No weights.")]
    assert got.notes == ("Run 1 stopped before its end: 3 of 6 rankings are stored.",)


def made(**settings: object) -> Evaluated:
    usual = {"dataset": "x", "split": "test", "candidates": "bm25:10", "queries": 1, "sample": None, "device": "cpu"}
    return Evaluated(settings={**usual, **settings}, results=(), measures=("RR",), qrels={"q": {"a": 1}})


def test_the_command_is_quoted_for_a_shell():
    evaluation = replace(made(source="a folder/it's; rm -rf $HOME", sample=["q"], seed=7), margin=0.02, baseline="bm25?k1=2")
    command = repeat_command(evaluation)
    assert command is not None
    assert shlex.split(command) == [
        "reranklab", "evaluate", "--dataset", "a folder/it's; rm -rf $HOME", "--split", "test", "--candidates", "bm25:10",
        "--queries", "1", "--seed", "7", "--metric", "RR", "--device", "cpu", "--baseline", "bm25?k1=2", "--margin", "0.02",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({}, "given as an object"),
        ({"source": "x", "change": "order"}, "input was changed (order)"),
        ({"source": "x", "sample": ["q"]}, "seed of the sample is not known"),
    ],
)
def test_where_no_command_repeats_it_the_reason_is_told(settings: dict[str, object], reason: str):
    told = manifest(made(**settings))
    assert told["command"] is None
    assert len(told["command_notes"]) == 1 and reason in told["command_notes"][0]


def test_digests_are_of_the_content():
    documents = {"d": Document(id="d", title="ab", text="c")}
    collection = Collection(name="x", split="test", documents=documents, queries={"q": Query(id="q", text="t")}, qrels={})
    same = replace(collection, name="y", split="dev", qrels={"q": {"d": 1}})
    assert collection_sha256(collection) == collection_sha256(same)
    moved = replace(collection, documents={"d": Document(id="d", title="a", text="bc")})
    assert collection_sha256(collection) != collection_sha256(moved)
    asked = replace(collection, queries={"q": Query(id="q", text="u")})
    assert collection_sha256(collection) != collection_sha256(asked)
    assert judgements_sha256({"a": {"d": 1, "e": 0}, "b": {}}) == judgements_sha256({"b": {}, "a": {"e": 0, "d": 1}})
    assert judgements_sha256({"a": {"d": 1}}) != judgements_sha256({"a": {"d": 2}})


def test_a_run_and_a_baseline_that_are_not_there_are_refused(store: Store):
    with pytest.raises(InputError, match="There is no run 3"):
        stored_evaluation(store, 3, measures=MEASURES)
