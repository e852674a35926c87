from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reranklab.data.collection import QRELS_HEADER
from reranklab.errors import Cancelled, InputError
from reranklab.train.sets.evaluations import load_judged
from reranklab.train.sets.examples import Labels, TrainingList, TrainingSet
from reranklab.train.sets.judged_set import judged_training_set
from reranklab.train.sets.labels import choose_labels
from reranklab.train.sets.mining import RANDOM, Mining
from reranklab.train.sets.query_split import hold_back
from tests.train.made import FRUIT, collection

pytestmark = pytest.mark.usefixtures("empty_cache")


def every_list(made: TrainingSet) -> dict[str, TrainingList]:
    return {each.query.id: each for each in (*made.lists, *made.held_back)}


def test_the_lists_of_a_small_collection() -> None:
    lists = every_list(judged_training_set(FRUIT, mining=Mining(by=("bm25:10",), negatives=2, choose="first")))
    assert lists.keys() == {"q1", "q4"}
    # b is judged not relevant and comes first; e says what a says, so it is no negative. Of the rest c and d share "red" with
    # the query, and d shares "apples" too.
    assert [document.id for document in lists["q1"].documents] == ["a", "b", "d"]
    assert lists["q1"].labels == (1.0, 0.0, 0.0)
    assert [document.id for document in lists["q4"].documents] == ["c", "d", "a"]


def test_what_is_left_out_and_what_is_short_are_told() -> None:
    made = judged_training_set(FRUIT, mining=Mining(by=("bm25:10",), negatives=2))
    assert "Left out 1 query with no relevant document in the corpus: q3." in made.notes
    # No other document has a word of q2, so nothing tells b and f from anything.
    assert "Left out 1 query with no document beside the relevant ones: q2." in made.notes
    made = judged_training_set(FRUIT, mining=Mining(by=(RANDOM,), negatives=5))
    assert "3 queries have fewer negatives than asked for: q1, q2 and q4." in made.notes


def test_skipped_documents_are_counted_behind_the_relevant_ones() -> None:
    lists = every_list(judged_training_set(FRUIT, mining=Mining(by=("bm25:10",), negatives=1, skip=1, choose="first")))
    assert [document.id for document in lists["q4"].documents] == ["c", "a"]


def test_searches_take_turns() -> None:
    mining = Mining(by=("bm25:10", RANDOM), negatives=2, choose="first")
    first, second = every_list(judged_training_set(FRUIT, mining=mining))["q4"].documents[1:]
    assert first.id == "d"
    assert second.id in {"a", "b", "e", "f"}  # of a and e, which say the same, one is taken


def test_grades_count_where_they_differ() -> None:
    graded = replace(FRUIT, qrels={"q1": {"a": 2, "d": 1, "b": -2}, "q4": {"c": 1}})
    lists = every_list(judged_training_set(graded, mining=Mining(by=(RANDOM,), negatives=1)))
    assert lists["q1"].labels == (2.0, 1.0, 0.0, 0.0)
    assert choose_labels(graded).labels is Labels.GRADED
    assert choose_labels(replace(FRUIT, qrels={"q1": {"a": 2, "b": 0}})).labels is Labels.BINARY
    with pytest.raises(InputError, match="judged relevant"):
        choose_labels(replace(FRUIT, qrels={"q1": {"a": 0}}))


def test_relevant_documents_beyond_the_most_are_no_negatives() -> None:
    every = replace(FRUIT, qrels={"q1": dict.fromkeys("abcd", 1), "q4": {"c": 1}})
    lists = every_list(judged_training_set(every, mining=Mining(by=(RANDOM,), negatives=6), most_relevant=1))
    assert sum(lists["q1"].labels) == 1
    assert {document.id for document, label in zip(lists["q1"].documents, lists["q1"].labels, strict=True) if not label} == {
        "f"
    }


@settings(max_examples=30)
@given(
    seed=st.integers(0, 50),
    negatives=st.integers(1, 4),
    choose=st.sampled_from(["drawn", "first"]),
    by=st.sampled_from([(RANDOM,), ("bm25:4",), ("bm25:8", RANDOM)]),
    relevant=st.lists(st.sets(st.integers(0, 11), min_size=1, max_size=4), min_size=4, max_size=9),
)
def test_no_relevant_negative_no_query_on_both_sides_same_seed_same_set(
    seed: int, negatives: int, choose: str, by: tuple[str, ...], relevant: list[set[int]]
) -> None:
    source = collection(
        {f"d{place}": f"word{place % 5} word{place % 3} text{place}" for place in range(12)},
        {f"q{number}": f"word{number % 5} and word{number % 3} in {number}" for number in range(len(relevant))},
        {f"q{number}": {f"d{place}": 1 for place in places} for number, places in enumerate(relevant)},
    )
    mining = Mining(by=by, negatives=negatives, choose=choose)  # type: ignore[arg-type]
    made = judged_training_set(source, mining=mining, held_back=0.3, seed=seed)
    assert made == judged_training_set(source, mining=mining, held_back=0.3, seed=seed)
    assert {each.query.id for each in made.lists}.isdisjoint(each.query.id for each in made.held_back)
    for each in (*made.lists, *made.held_back):
        assert len({document.id for document in each.documents}) == len(each.documents) == len(each.labels)
        assert len(set(each.labels)) > 1
        for document, label in zip(each.documents, each.labels, strict=True):
            assert label == source.qrels[each.query.id].get(document.id, 0)


def test_the_train_split_is_taken_where_there_is_one(tmp_path: Path) -> None:
    (tmp_path / "qrels").mkdir()
    (tmp_path / "corpus.jsonl").write_text('{"_id": "d", "text": "one"}\n{"_id": "e", "text": "two"}\n')
    (tmp_path / "queries.jsonl").write_text('{"_id": "q", "text": "what"}\n{"_id": "r", "text": "who"}\n')
    for split, line in (("test", "q\td\t1"), ("train", "r\te\t1")):
        (tmp_path / "qrels" / f"{split}.tsv").write_text(f"{QRELS_HEADER}\n{line}\n")
    assert load_judged(tmp_path).split == "train"
    assert load_judged("negation").split == "test"
    with pytest.raises(InputError, match="no dataset"):
        load_judged("negatoin")


@pytest.mark.parametrize(
    "wrong",
    [{"by": ()}, {"by": ("judged",)}, {"by": ("bm25:5",), "skip": 5}, {"negatives": 0}, {"skip": -1}, {"choose": "best"}],
)
def test_rules_that_find_nothing_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InputError):
        Mining(**wrong)  # type: ignore[arg-type]


def test_a_cancelled_set_is_none() -> None:
    class Set:
        def is_set(self) -> bool:
            return True

    with pytest.raises(Cancelled):
        judged_training_set(FRUIT, mining=Mining(by=(RANDOM,)), cancel=Set())


def test_each_stratum_gives_its_share_and_groups_stay_whole() -> None:
    alike = [[f"x{number}", f"y{number}"] for number in range(20)]
    groups = [[f"q{number}"] for number in range(160)] + alike
    strata = {f"q{number}": 1 + number % 2 for number in range(160)}
    held = hold_back(groups, share=0.2, seed=3, strata=strata)
    assert len(held) == pytest.approx(40, abs=2)
    assert all((first in held) == (second in held) for first, second in alike)
    for stratum in (1, 2):
        assert sum(strata.get(query) == stratum for query in held) == pytest.approx(16, abs=2)
    assert held != hold_back(groups, share=0.2, seed=4, strata=strata)
    large = [[f"z{number}" for number in range(100)]]
    assert hold_back([*groups, *large], share=0.2, seed=3, strata=strata).isdisjoint(large[0])


def test_what_cannot_be_divided_is_refused() -> None:
    assert hold_back([["q"]], share=0, seed=0, strata={}) == frozenset()
    assert len(hold_back([["q"], ["r"]], share=0.01, seed=0, strata={})) == 1
    with pytest.raises(InputError, match="alike"):
        hold_back([["q", "r"]], share=0.1, seed=0, strata={})
    with pytest.raises(InputError, match="cannot be held back"):
        hold_back([["q"], ["r"]], share=0.6, seed=0, strata={})
