"""Before and after: the numbers of a drift table, a threshold that no longer holds, and the queries that changed."""

from dataclasses import replace

import numpy as np
import pytest

from reranklab.data.collection import Collection
from reranklab.errors import InputError
from reranklab.evaluate.drift import CollectionDrift, measure_drift
from reranklab.evaluate.experiment import TimingSummary
from reranklab.evaluate.text_profile import text_profile
from reranklab.evaluate.thresholds import apply_threshold, best_threshold
from reranklab.plots.before_after import draw_learned, draw_quality_time, draw_score_change
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.store.store import open_store
from reranklab.train.change.before_after import BeforeAfter, before_and_after, collection_change, query_changes
from reranklab.types import LOGIT
from tests.evaluate.make import make_ranking

BEFORE, AFTER = (parse_ranker_id(ranker) for ranker in ("bm25", "bm25?k1=0&b=0"))
NAMES = ("negation", "arguments")


@pytest.fixture(scope="module")
def change() -> BeforeAfter:
    return before_and_after(BEFORE, AFTER, NAMES, own=["negation"], candidates="judged")


def test_differences_are_those_of_the_drift_table(change: BeforeAfter):
    table = measure_drift(NAMES, [BEFORE, AFTER], candidates="judged", baseline=BEFORE.id)
    assert [(each.name, each.difference) for each in change.collections] == list(table.differences)
    assert ([each.name for each in change.learned], [each.name for each in change.elsewhere]) == (["negation"], ["arguments"])
    for each in change.collections:
        moved = [query.change for query in each.queries]
        assert np.mean(moved) == pytest.approx(each.difference.difference)
        assert moved == sorted(moved, key=lambda value: -abs(value))
        assert (len(each.gains), len(each.losses)) == (each.difference.wins, each.difference.losses)
        assert all(query.text for query in each.queries)
    sentences = " ".join(change.sentences)
    assert "Learned, on the training set's own collection: undecided on negation" in sentences
    assert "Undecided is no proof that nothing was forgotten: up to so much may be lost: 5.7 points on arguments." in sentences


def test_queries_of_equal_change_keep_their_order():
    found = query_changes({"a": 0.5, "b": 0.2, "c": 0.9, "d": 1.0}, {"a": 0.4, "b": 0.8, "c": 1.0}, {"b": "text"})
    assert [(each.query_id, round(each.change, 9)) for each in found] == [("b", 0.6), ("a", -0.1), ("c", 0.1)]
    assert found[0].text == "text"


def test_trained_queries_are_left_out_and_said(tmp_path):
    def first_two(collection: Collection) -> frozenset[str]:
        return frozenset(list(collection.queries)[:2])

    store = open_store(tmp_path / "results.sqlite")
    found = before_and_after(BEFORE, AFTER, ["negation"], candidates="judged", leave_out=first_two, store=store)
    (each,) = found.collections
    assert {query.query_id for query in each.queries} == {f"nneg-q{number}" for number in range(3, 13)}
    assert any("2 of 12 queries were left out" in note for note in each.notes)
    assert store.runs.get(each.run).settings["sample"] == [f"nneg-q{number}" for number in range(3, 13)]
    with pytest.raises(InputError, match="none is left to evaluate"):
        before_and_after(BEFORE, AFTER, ["negation"], candidates="judged", leave_out=lambda each: frozenset(each.queries))


def _part(shift: float) -> CollectionDrift:
    """20 queries with a relevant document at 2 and two others at 0 and 1; after, every score is `shift` higher."""
    rankings = [make_ranking("abc", query=f"q{number}", scores=(2.0, 1.0, 0.0), scale=LOGIT) for number in range(20)]
    there = _there("old", rankings)
    pairs = replace(there.pairs, scores=there.pairs.scores + shift)
    after = replace(there, ranker="new", pairs=pairs, threshold=best_threshold(pairs, "F1"), difference=_difference())
    return CollectionDrift(name="made", split="test", queries=20, rankers=(there, after))


def _difference():
    from reranklab.evaluate.differences import compare_all

    values = {"new": {"a": 0.5, "b": 0.7}, "old": {"a": 0.4, "b": 0.7}}
    return compare_all(values, measure="nDCG@10", baseline="old")[0]


def _there(name, rankings):
    from reranklab.evaluate.confidence import bootstrap_mean
    from reranklab.evaluate.drift import RankerThere
    from reranklab.evaluate.separation import scored_pairs

    pairs = scored_pairs(rankings, {ranking.query.id: {"a": 1, "b": 0, "c": 0} for ranking in rankings})
    return RankerThere(
        ranker=name, mean=bootstrap_mean([1.0]), values={"q0": 1.0}, difference=None, pairs=pairs, pooled=None, within=None,
        threshold=best_threshold(pairs, "F1"), texts=text_profile(rankings, {"a": 1, "b": 1, "c": 1}),
    )  # fmt: skip


def test_a_shifted_score_costs_the_old_threshold_by_hand():
    # the old threshold is 1.5; after a shift of 1 it takes the document at 1 (now 2) too: precision 1/2, F1 2/3 against 1
    found = collection_change(_part(1.0), "new", own=True)
    assert found.threshold.carried.score == 1.5
    assert (found.threshold.own, found.threshold.carried.value) == (1.0, pytest.approx(2 / 3))
    assert found.threshold.loss.mean == pytest.approx(1 / 3) and found.threshold.verdict == "lost"
    assert apply_threshold(found.after.pairs, 1.5, "F1").precision == 0.5
    held = replace(collection_change(_part(0.25), "new", own=True), name="kept")
    assert (held.threshold.loss.mean, held.threshold.verdict) == (0.0, "holds")
    table = measure_drift(["negation"], [BEFORE, AFTER], candidates="judged", baseline=BEFORE.id)
    change = BeforeAfter(before="old", after="new", table=table, collections=(found, held))
    assert change.sentences[1:] == (
        "The old threshold no longer holds: on made 1.5 gives F1 0.667, and 2.5 gives 1.000.",
        "The old threshold still holds on kept.",
    )
    drawing = draw_score_change(found)
    lines = [(shape.x0, shape.line.dash) for shape in drawing.figure.layout.shapes]
    assert lines == [(1.5, None), (2.5, None), (1.5, "dash")]
    assert "gives F1 0.667" in drawing.words


def test_times_are_told_with_how_they_were_measured():
    part = _part(0.0)
    assert collection_change(part, "new", own=True).times == ""
    with pytest.raises(InputError, match="The times on made are not known"):
        draw_quality_time(collection_change(part, "new", own=True))
    old = TimingSummary(p50=80.0, p95=90.0, runs=20, load=None, device="cpu", device_name="A CPU", precision="fp32")
    new = replace(old, p50=20.0, runs=19, precision="int8")
    rankers = (replace(part.rankers[0], timing=old), replace(part.rankers[1], timing=new))
    timed = collection_change(replace(part, rankers=rankers), "new", own=True)
    assert timed.times == (
        "A query of made takes 80.0 ms before and 20.0 ms after, 0.25 times as long: medians of 20 and 19 runs after one "
        "warm-up on A CPU, fp32 before, int8 after. What was stored before has its time of then."
    )
    assert [list(trace.x) for trace in draw_quality_time(timed).figure.data[1:]] == [[80.0], [20.0]]


def test_scores_of_two_scales_share_no_threshold():
    part = _part(0.0)
    other = replace(part.rankers[1], pairs=replace(part.rankers[1].pairs, scale=replace(LOGIT, name="other")))
    found = collection_change(replace(part, rankers=(part.rankers[0], other)), "new", own=False)
    assert found.threshold is None
    assert any("no threshold carries over" in note for note in found.notes)


def test_the_drawing_has_the_own_collection_above_the_others(change: BeforeAfter):
    drawing = draw_learned(change)
    drawn = {place[0]: x for trace in drawing.figure.data for place, x in zip(trace.customdata, trace.x, strict=True)}
    assert drawn == {each.name: pytest.approx(each.difference.difference) for each in change.collections}
    assert drawing.figure.layout.annotations[0].text.startswith("Learned")
    assert "negation +0.013" in drawing.words


def test_what_cannot_be_compared():
    with pytest.raises(InputError, match="both before and after"):
        before_and_after(BEFORE, BEFORE, NAMES)
    part = _part(0.0)
    with pytest.raises(InputError, match="new ranked no query of made"):
        collection_change(replace(part, rankers=part.rankers[:1]), "new", own=True)
    with pytest.raises(InputError, match="neither a catalogued model"):
        before_and_after(BEFORE, parse_ranker_id("cross-encoder:/nowhere"), ["negation"], candidates="judged")
