import pytest

from reranklab.data.preferences import Preference
from reranklab.errors import InputError
from reranklab.train.sets.judged_set import judged_training_set
from reranklab.train.sets.mining import RANDOM, Mining
from reranklab.train.sets.picked import picked_collection
from reranklab.types import Query
from tests.train.made import FRUIT


def picked(text: str, document: str = "", **other: object) -> Preference:
    values: dict[str, object] = {"choice": "document", "document": document, "ranks": {"x": 1, "y": 2}} | other
    return Preference(
        person="p",
        query=Query(text=text),
        source="made",
        shown=("x", "y"),
        seed=0,
        depth=5,
        **values,  # type: ignore[arg-type]
    )


PREFERENCES = [
    picked("Which apples are red?", "a"),
    picked("which apples are red", "d"),
    picked("red cherries", "c"),
    picked("red cherries", "nowhere"),
    picked("another question", "a"),
    picked("what is yellow", choice="none"),
    picked("what is yellow", choice="list", winner="x"),
]


@pytest.mark.usefixtures("empty_cache")
def test_picked_documents_are_relevant() -> None:
    collection = picked_collection(PREFERENCES, FRUIT)
    assert collection.qrels == {"q1": {"a": 1, "d": 1}, "q4": {"c": 1}}
    assert collection.notes == (
        "Left out 2 picked documents that are of other queries or collections.",
        "Left out 2 comparisons in which no single document was picked.",
    )
    made = judged_training_set(collection, mining=Mining(by=(RANDOM,), negatives=1), held_back=0.5)
    assert {each.query.id for each in (*made.lists, *made.held_back)} == {"q1", "q4"}
    assert made.provenance["split"] == "picked"


def test_without_a_pick_there_is_nothing_to_train_on() -> None:
    with pytest.raises(InputError, match="None of 3 blind comparisons picked a document of made"):
        picked_collection(PREFERENCES[4:], FRUIT)
