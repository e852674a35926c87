"""Depth, replayed from stored scores, equals ranking at that depth."""

from dataclasses import replace
from pathlib import Path

import pytest

from reranklab.data.collection import load_collection
from reranklab.errors import InputError
from reranklab.evaluate.depth import replay_depth
from reranklab.evaluate.metrics import score_lists
from reranklab.evaluate.task_set import prepare_tasks
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.store.runs import RunQuery
from reranklab.store.store import Store, open_store
from tests.evaluate.make import make_ranking
from tests.evaluate.test_kept import made_collection


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(tmp_path / "results.sqlite")


def test_a_small_case_by_hand(store: Store):
    # First stage: a b c d. The ranker's order: d c a b. Relevant: c (1), and e, which the first stage missed.
    ranking = make_ranking(["d", "c", "a", "b"], query="q", scores=[9, 8, 7, 6])
    items = tuple(
        replace(item, candidate="abcd".index(item.id), tokens_used=used)
        for item, used in zip(ranking.items, (4, 3, 1, 2), strict=True)
    )
    store.results.put("key", replace(ranking, items=items))
    number = store.runs.begin({"queries": 1}, ["bm25", "listwise-llm"], {"q": {"c": 1, "e": 1, "a": 0}})
    store.runs.record(number, 0, RunQuery(ranker="bm25", query_id="q", key="key"))
    replay = replay_depth(store, number, depths=(1, 2, 3))
    assert replay.depths == (1, 2, 3, 4)
    ideal = 1 + 1 / 1.5849625
    (curve,) = replay.curves
    # at 3 the order is c a b: c first; at 4 it is d c a b: c second
    assert [interval.mean for interval in curve.means] == pytest.approx([0, 0, 1 / ideal, 0.6309298 / ideal])
    assert replay.recall == (0, 0, 0.5, 0.5)
    assert replay.first_stage == pytest.approx((0, 0, 0.5 / ideal, 0.5 / ideal))
    # 4 ms for 10 tokens; a has 1, b 2, c 3, d 4
    assert curve.ms == pytest.approx((0.4, 1.2, 2.4, 4.0))
    assert replay.left_out == ("listwise-llm",)


def test_it_equals_the_measure_over_shorter_lists(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RERANKLAB_CACHE", str(tmp_path / "cache"))
    tasks = prepare_tasks(load_collection(made_collection(tmp_path / "collection")), candidates="bm25:20")
    specs = [parse_ranker_id("bm25?k1=3&b=0"), parse_ranker_id("bm25")]
    results = tasks.evaluate(specs, store=store)
    replay = replay_depth(store, 1, depths=(3, 7))
    for curve, result in zip(replay.curves, results, strict=True):
        for depth, interval in zip(replay.depths, curve.means, strict=True):
            lists = {
                ranking.query.id: [item.id for item in ranking.items if item.candidate < depth] for ranking in result.rankings
            }
            scored = score_lists(lists, tasks.collection.qrels, ["nDCG@10"])
            expected = sum(values["nDCG@10"] for values in scored.values()) / len(scored)
            assert interval.mean == pytest.approx(expected, abs=1e-9)


def test_judged_candidates_have_no_depth(store: Store):
    number = store.runs.begin({"queries": 1, "candidates": "judged"}, ["bm25"], {"q": {"a": 1}})
    with pytest.raises(InputError, match="have no depth"):
        replay_depth(store, number)


def test_a_run_without_pointwise_rankings_is_refused(store: Store):
    number = store.runs.begin({"queries": 1}, ["listwise-llm"], {"q": {"a": 1}})
    with pytest.raises(InputError, match="scores each document by itself"):
        replay_depth(store, number)
