"""How far rankers follow: the formula by hand, what is ranked and how it is told, the command."""

import json
import math
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

import reranklab as rl
from reranklab.data.collection import Collection
from reranklab.data.samples import load_sample
from reranklab.errors import Cancelled, InputError
from reranklab.evaluate.following import rank_change, topics_of
from reranklab.evaluate.following_record import to_json
from reranklab.evaluate.following_run import follow, topic_result
from reranklab.evaluate.task_set import TaskSet, prepare_tasks
from reranklab.rankers import catalogue
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.rankers.family import RankerSpec
from reranklab.rankers.scorer import scorer_family
from reranklab.store.store import Store, open_store
from reranklab.types import Document, Query
from tests.contract.command import printed_json, run_command
from tests.evaluate.make import make_ranking
from tests.evaluate.obedient import obedient

SECOND = 1 / math.log2(3)
"""nDCG of one relevant document at rank 2."""
asked: list[tuple[str, str]] = []
"""Instruction and query of each ranking of `obedient`."""


@pytest.fixture
def rankers(monkeypatch: pytest.MonkeyPatch) -> tuple[RankerSpec, ...]:
    monkeypatch.setattr(catalogue, "_added", {})
    rl.add_family(obedient(lambda instruction, query: asked.append((instruction, query))))
    asked.clear()
    return (parse_ranker_id("obedient"), parse_ranker_id("bm25"))


def fruit(**changes: object) -> Collection:
    """One topic: the red apple under one instruction, the green one under the other, the pear under neither."""
    texts = {"red": "a red apple", "green": "a green apple", "pear": "one pear"}
    collection = Collection(
        name="fruit",
        split="test",
        documents={id_: Document(id=id_, text=text) for id_, text in texts.items()},
        queries={id_: Query(id=id_, text="apple") for id_ in ("r", "g")},
        qrels={"r": {"red": 1, "green": 0, "pear": 0}, "g": {"red": 0, "green": 1, "pear": 0}},
        instructions={"r": "red", "g": "green"},
    )
    return replace(collection, **changes)  # type: ignore[arg-type]


def tasks(collection: Collection | None = None) -> TaskSet:
    return prepare_tasks(collection or fruit(), candidates="judged")


@pytest.mark.parametrize(
    ("before", "after", "value"),
    [(1, 10, 0.9), (10, 1, -0.9), (2, 3, 1 / 3), (3, 2, -1 / 3), (4, 4, 0.0), (1, 2, 0.5), (50, 100, 0.5)],
)
def test_a_document_that_falls_counts_for_the_ranker(before: int, after: int, value: float):
    """By hand: 1 - before / after where it fell, after / before - 1 where it rose."""
    assert rank_change(before, after) == pytest.approx(value, abs=1e-15)
    assert rank_change(after, before) == pytest.approx(-value, abs=1e-15)


def test_a_topic_worked_out_by_hand():
    """Five candidates; a asks for 1, 2 and 3, b for 3 (less) and 4. Under b the documents 1 to 3 should fall, under a 4."""
    grades = {"a": {"1": 2, "2": 1, "3": 2}, "b": {"3": 1, "4": 2}}
    collection = Collection(
        name="c",
        split="test",
        documents={id_: Document(id=id_, text=id_) for id_ in "12345"},
        queries={id_: Query(id=id_, text="x") for id_ in "ab"},
        qrels={side: {id_: grades[side].get(id_, 0) for id_ in "12345"} for side in "ab"},
        instructions={"a": "first", "b": "second"},
    )
    (topic,) = topics_of(tasks(collection))
    assert (topic.fallen(0), topic.fallen(1)) == (("4",), ("1", "2", "3"))
    result = topic_result(topic, make_ranking("54321"), make_ranking("12345"), make_ranking("43152"), measure="nDCG@10")
    # Under b: 1 from 1 to 3, 2 from 2 to 5, 3 from 3 to 2. Under a: 4 from 1 to 4.
    back, there = 1 - 1 / 4, ((1 - 1 / 3) + (1 - 2 / 5) + (2 / 3 - 1)) / 3
    assert [move.p_mrr for move in result.moves[1]] == pytest.approx([1 - 1 / 3, 1 - 2 / 5, 2 / 3 - 1])
    assert result.p_mrr == pytest.approx((there + back) / 2)
    discount = [1 / math.log2(rank + 1) for rank in range(1, 6)]
    ideal = {"a": 2 * discount[0] + 2 * discount[1] + discount[2], "b": 2 * discount[0] + discount[1]}
    right = ((2 * discount[0] + discount[1] + 2 * discount[2]) / ideal["a"] + (2 * discount[0] + discount[1]) / ideal["b"]) / 2
    assert result.values["right"] == pytest.approx(right)
    wrong = (
        (2 * discount[1] + 2 * discount[2] + discount[4]) / ideal["a"]  # b's ranking, a's grades
        + (discount[2] + 2 * discount[3]) / ideal["b"]
    ) / 2
    assert result.values["wrong"] == pytest.approx(wrong)


def test_one_that_takes_an_instruction_gets_it_and_the_others_read_it_in_the_query(rankers: tuple[RankerSpec, ...]):
    report = follow(tasks(), rankers)
    assert asked == [("", "apple"), ("red", "apple"), ("green", "apple")]
    assert [each.way for each in report.rankers] == ["option", "query"]
    for each in report.rankers:
        assert each.p_mrr is not None and each.p_mrr.mean == pytest.approx(0.5)  # each apple from 1 to 2
        assert {told: interval.mean for told, interval in each.means.items()} == pytest.approx(
            {"right": 1, "wrong": SECOND, "none": (1 + SECOND) / 2}
        )
        pair = each.difference("right", "wrong")
        assert pair is not None and pair.difference == pytest.approx(1 - SECOND)


def test_an_instruction_of_the_id_gives_way_to_those_of_the_collection(rankers: tuple[RankerSpec, ...]):
    follow(tasks(), [rankers[0].with_options(instruction="pear")])
    assert [told for told, _ in asked] == ["", "red", "green"]


def test_a_composed_ranker_passes_it_on(rankers: tuple[RankerSpec, ...]):
    (result,) = follow(tasks(), [parse_ranker_id("cascade(bm25,obedient)")]).rankers
    assert result.way == "option" and result.p_mrr is not None and result.p_mrr.mean == pytest.approx(0.5)


def test_what_is_stored_is_not_asked_again_and_no_evaluation_finds_it(rankers: tuple[RankerSpec, ...], tmp_path: Path):
    store: Store = open_store(tmp_path / "results.sqlite")
    first = follow(tasks(), rankers, store=store)
    asked.clear()
    again = follow(tasks(), rankers, store=store)
    assert asked == [] and [each.stored for each in again.rankers] == [3, 3]
    assert [each.p_mrr for each in again.rankers] == [each.p_mrr for each in first.rankers]
    fresh = follow(tasks(), rankers, store=store, fresh=True)
    assert [each.stored for each in fresh.rankers] == [0, 0]
    (result,) = tasks().evaluate([parse_ranker_id("obedient")], store=store)
    assert result.stored == 0 and store.runs.all()[0].rankers == ("obedient",)


def test_a_topic_that_fails_is_named_and_the_others_count(rankers: tuple[RankerSpec, ...]):
    more = fruit(
        queries={**fruit().queries, "r2": Query(id="r2", text="fail"), "g2": Query(id="g2", text="fail")},
        qrels={**fruit().qrels, "r2": fruit().qrels["r"], "g2": fruit().qrels["g"]},
        instructions={**fruit().instructions, "r2": "red", "g2": "green"},
    )

    def fails(query: str, texts: Sequence[str]) -> list[float]:
        return [] if "fail" in query else [float("red" in text) for text in texts]

    rl.add_family(scorer_family("moody", fails))
    (result,) = follow(tasks(more), [parse_ranker_id("moody")]).rankers
    assert [each.topic.name for each in result.topics] == ["r / g"]
    assert len(result.errors) == 1 and result.errors[0].startswith("r2 / g2: moody gave 0 scores")
    assert result.p_mrr is not None and result.p_mrr.mean == 0  # red stays first whatever is told


def test_it_stops_between_two_rankings(rankers: tuple[RankerSpec, ...]):
    stop = threading.Event()

    def progress(step: rl.Step) -> None:
        if step.done == 2:
            stop.set()

    with pytest.raises(Cancelled):
        follow(tasks(), rankers, cancel=stop, progress=progress)
    assert len(asked) <= 2


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"instructions": {}}, "The queries of fruit have no instructions"),
        ({"instructions": {"r": "red"}}, "has 1 instructions for the query 'apple'"),
        ({"qrels": {"r": {"red": 1}, "g": {"red": 1}}}, "ask for the same candidates"),
    ],
)
def test_what_nobody_can_follow_is_refused(changes: dict[str, object], message: str):
    with pytest.raises(InputError, match=message):
        follow(tasks(fruit(**changes)), [parse_ranker_id("bm25")])


def test_the_sample_changes_in_both_directions_and_keeps_its_recipe():
    topics = topics_of(prepare_tasks("instructions", candidates="judged"))
    assert len(topics) == 8
    for topic in topics:
        first, second = (side.grades for side in topic.sides)
        assert set(first) == set(second) == {each.id for each in topic.documents}
        pairs = [(first[each.id] > 0, second[each.id] > 0) for each in topic.documents]
        assert [pairs.count(pair) for pair in ((True, False), (False, True), (True, True), (False, False))] == [3, 3, 1, 3]
        assert all(45 <= len(each.text.split()) <= 110 for each in topic.documents)
        assert all(len(side.instruction) <= 200 for side in topic.sides)


def test_the_command_and_its_json_agree():
    status, out, err = run_command("follow", "--ranker", "bm25")
    assert (status, err) == (0, "")
    record = printed_json("follow", "--ranker", "bm25")
    (result,) = record["results"]
    assert result["told_by"] == "query" and result["stored"] == 24 and len(result["per_topic"]) == 8
    p_mrr = result["p_mrr"]
    assert f"{p_mrr['mean']:.3f} [{p_mrr['interval'][0]:.3f}, {p_mrr['interval'][1]:.3f}]" in " ".join(out.split())
    by_hand = [
        sum(sum(rank_change(move["rank_asked_for"], move["rank_not_asked_for"]) for move in moves) / len(moves) / 2
        for moves in topic["moves"].values())
        for topic in result["per_topic"]
    ]  # fmt: skip
    assert p_mrr["mean"] == pytest.approx(sum(by_hand) / 8)


def test_an_ordinary_evaluation_reads_the_sample_as_it_is():
    record = printed_json("evaluate", "--dataset", "instructions", "--candidates", "judged", "--ranker", "bm25")
    assert record["queries"] == 16 == len(load_sample("instructions").instructions)


def test_a_collection_without_instructions_is_one_sentence():
    status, out, err = run_command("follow", "--dataset", "negation", "--ranker", "bm25")
    assert (status, out) == (2, "") and "The queries of negation have no instructions." in err


def test_the_record_is_plain(rankers: tuple[RankerSpec, ...]):
    record = to_json(follow(tasks(), rankers))
    assert json.loads(json.dumps(record, allow_nan=False)) == record
