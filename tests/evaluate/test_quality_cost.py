"""What a tier costs in quality, from runs that are written by hand."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import log2
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reranklab.evaluate.confidence import bca_mean
from reranklab.evaluate.quality_cost import QualityCost, quality_costs, stored_quality, stored_savers
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.store.runs import RunQuery
from reranklab.store.store import Store, open_store
from reranklab.types import Ranking
from tests.contract.command import printed_json
from tests.evaluate.make import make_ranking

EXACT, FAST = "cross-encoder", "cross-encoder?tier=fast"
CANDIDATES = ("a", "b", "c")
SECOND = 1 / log2(3)
"""nDCG of a list whose one relevant document is second."""
QRELS = {"q1": {"a": 1}, "q2": {"b": 1}, "q3": {"c": 1}}


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("RERANKLAB_DATA", str(tmp_path))
    return open_store()


def ranked(ranker: str, query: str, order: str, candidates: Sequence[str] = CANDIDATES) -> Ranking:
    """A ranking of `candidates`, in input order, that puts them into the order of `order`, a letter each."""
    ranking = make_ranking(order, ranker=ranker, query=query)
    return replace(ranking, items=tuple(replace(item, candidate=candidates.index(item.id)) for item in ranking.items))


def keep(
    store: Store,
    rankings: Mapping[str, Mapping[str, str]],
    *,
    qrels: Mapping[str, Mapping[str, int]] = QRELS,
    candidates: Sequence[str] = CANDIDATES,
    ended: bool = True,
    **settings: Any,
) -> int:
    """A run of rankers, each with its order for each query; "" for a query without candidates."""
    asked = {
        "dataset": "made", "split": "test", "candidates": "bm25:3", "device": "cpu", "collection_sha256": "1",
        "queries": len(qrels), "sample": None, "seed": 0, "source": "/made", "change": "", "repeats": 1,
    } | settings  # fmt: skip
    number = store.runs.begin(asked, list(rankings), qrels)
    for ranker, orders in rankings.items():
        for position, (query, order) in enumerate(orders.items()):
            key = f"{number} {ranker} {query}" if order else None
            if key is not None:
                store.results.put(key, ranked(ranker, query, order, candidates))
            store.runs.record(number, position, RunQuery(ranker=ranker, query_id=query, key=key))
    if ended:
        store.runs.end(number)
    return number


def costs(store: Store, ranker: str = FAST) -> tuple[QualityCost, ...]:
    return quality_costs(store, parse_ranker_id(ranker))


def test_the_difference_by_hand(store: Store) -> None:
    """In q1 and q3 both are right, in q2 the tier puts the relevant document second; q4 has no candidates."""
    qrels = {**QRELS, "q4": {"z": 1}}
    right = {"q1": "abc", "q2": "bac", "q3": "cab", "q4": ""}
    keep(store, {EXACT: right, FAST: {**right, "q2": "abc"}}, qrels=qrels)
    (cost,) = costs(store)
    assert cost.difference.difference == pytest.approx((SECOND - 1) / 4)
    assert (cost.difference.queries, cost.difference.wins, cost.difference.ties, cost.difference.losses) == (4, 0, 3, 1)
    expected = bca_mean([0, SECOND - 1, 0, 0])
    assert (cost.difference.interval.low, cost.difference.interval.high) == pytest.approx((expected.low, expected.high))
    assert (cost.dataset, cost.split, cost.candidates, cost.device, cost.runs) == ("made", "test", "bm25:3", "cpu", (1,))
    assert cost.date == store.runs.get(1).began[:10]


def test_runs_of_their_own_are_paired_and_the_newest_answer_counts(store: Store) -> None:
    right = {"q1": "abc", "q2": "bac", "q3": "cab"}
    keep(store, {EXACT: {**right, "q1": "bac"}})
    keep(store, {FAST: {**right, "q1": "bac"}})
    keep(store, {EXACT: right})
    (cost,) = costs(store)
    assert cost.difference.difference == pytest.approx((SECOND - 1) / 3)
    assert cost.runs == (2, 3)


@pytest.mark.parametrize(
    ("change", "queries"),
    [
        ({}, 3),
        ({"collection_sha256": "2"}, 0),
        ({"split": "train"}, 0),
        ({"candidates_rule": "bm25:4"}, 0),
        ({"change": "typos"}, 0),
        ({"ended": False}, 0),
        ({"device": "cuda"}, 3),  # the reference is float32 wherever it runs
        ({"candidates": ("c", "b", "a")}, 0),
        ({"qrels": {**QRELS, "q1": {"a": 2}}}, 2),
        ({"qrels": {"q1": {"a": 1}}}, 1),
    ],
)
def test_only_the_same_input_is_compared(store: Store, change: dict[str, Any], queries: int) -> None:
    right = {"q1": "abc", "q2": "bac", "q3": "cab"}
    if "candidates_rule" in change:
        keep_other = {"candidates": change["candidates_rule"]}
        number = store.runs.begin({"dataset": "made", "split": "test", "collection_sha256": "1", **keep_other}, [EXACT], QRELS)
        store.runs.end(number)
    else:
        keep(store, {EXACT: {query: right[query] for query in change.get("qrels", QRELS)}}, **change)
    keep(store, {FAST: right})
    found = costs(store)
    assert [cost.difference.queries for cost in found] == ([queries] if queries else [])


def test_collections_and_devices_stand_apart_with_the_most_queries_first(store: Store) -> None:
    one = {"q1": "abc"}
    both = {EXACT: one, FAST: one}
    keep(store, both, qrels={"q1": {"a": 1}}, dataset="small")
    right = {"q1": "abc", "q2": "bac", "q3": "cab"}
    keep(store, {EXACT: right, FAST: right})
    keep(store, {FAST: {**right, "q1": "bca"}}, device="cuda")
    assert [(cost.dataset, cost.device, cost.difference.queries) for cost in costs(store)] == [
        ("made", "cpu", 3), ("made", "cuda", 3), ("small", "cpu", 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("ranker", "reference"),
    [
        (EXACT, EXACT),
        (FAST, EXACT),
        ("cross-encoder?tier=budgeted&keep=5&budget_ms=20", EXACT),
        ("cross-encoder?precision=int8&batch_tokens=1&instruction=x", "cross-encoder?instruction=x"),
        ("cross-encoder?precision=fp32", "cross-encoder?precision=fp32"),
        ("cross-encoder?batch_tokens=1", "cross-encoder?batch_tokens=1"),
        ("bi-encoder?precision=bf16&documents=indexed", "bi-encoder?documents=indexed"),
        ("listwise-llm?precision=bf16", "listwise-llm"),
        ("bm25?k1=2", "bm25?k1=2"),
        ("chunked(cross-encoder?tier=fast)", "chunked(cross-encoder)"),
        ("cascade(bi-encoder?precision=bf16,cross-encoder?tier=fast)?keep=7", "cascade(bi-encoder,cross-encoder)?keep=7"),
    ],
)
def test_what_a_ranker_is_compared_with(ranker: str, reference: str) -> None:
    assert parse_ranker_id(ranker).reference.id == parse_ranker_id(reference).id


def test_the_command_measures_over_the_collection_of_the_reference(store: Store) -> None:
    spec = parse_ranker_id(FAST)
    nowhere = stored_quality(store, spec)
    assert nowhere is not None and not nowhere.costs
    assert shlex.split(nowhere.command) == [
        "reranklab",
        "evaluate",
        "--dataset",
        "scifact",
        "--ranker",
        EXACT,
        "--ranker",
        FAST,
    ]
    keep(store, {EXACT: {"q1": "abc"}}, source="/a folder", sample=["q1"], seed=7, queries=1)
    there = stored_quality(store, spec)
    assert there is not None
    assert shlex.split(there.command) == [
        "reranklab", "evaluate", "--dataset", "/a folder", "--split", "test", "--candidates", "bm25:3", "--queries", "1",
        "--seed", "7", "--ranker", EXACT, "--ranker", FAST,
    ]  # fmt: skip
    assert there.command in there.in_words()


def test_the_command_line_gives_the_stored_costs(store: Store) -> None:
    right = {"q1": "abc", "q2": "bac", "q3": "cab"}
    keep(store, {EXACT: right, FAST: {**right, "q2": "abc"}, "bm25": right, "run:other": right})
    assert [spec.id for spec in stored_savers(store)] == [FAST]
    (found,) = printed_json("rankers", "costs")["rankers"]
    assert (found["ranker"], found["reference"], found["measure_with"]) == (FAST, EXACT, None)
    assert found["measured"][0]["difference"] == pytest.approx((SECOND - 1) / 3)
    assert found["measured"][0]["queries"] == 3
    named = printed_json("rankers", "costs", "--ranker", EXACT, "--ranker", "bi-encoder?precision=bf16")["rankers"]
    assert [(each["ranker"], each["measured"]) for each in named] == [("bi-encoder?precision=bf16", [])]
    assert "--ranker bi-encoder --ranker" in named[0]["measure_with"]


def test_real_runs_are_scored_as_the_evaluation_scores_them(store: Store) -> None:
    """Against `runs compare` over the same two rankers, which reads the store another way."""
    from reranklab.evaluate.past import compare_runs

    choose = np.random.default_rng(0)
    queries = [f"q{number}" for number in range(30)]
    qrels = {query: {str(choose.choice(list("abc"))): 1} for query in queries}
    orders = [{query: "".join(choose.permutation(list("abc"))) for query in queries} for _ in range(2)]
    number = keep(store, {FAST: orders[0], EXACT: orders[1]}, qrels=qrels)
    (cost,) = costs(store)
    (pair,) = compare_runs(store, [number], measures=["nDCG@10"]).differences
    assert cost.difference == pair
