from dataclasses import replace

import pytest

from reranklab.errors import InputError
from reranklab.train.sets.copies import near_copies
from reranklab.train.sets.judged_set import judged_training_set
from reranklab.train.sets.leaks import find_leaks
from reranklab.train.sets.mining import RANDOM, Mining
from reranklab.types import Document
from tests.train.made import collection

DOCUMENTS = {"d": "the ferry sails at nine", "e": "lentils are soaked", "f": "wolves are grey", "g": "bridges are long"}
TRAINING = collection(
    DOCUMENTS,
    {
        "1": "when does the ferry to Varnholm sail",
        "2": "how are lentils soaked",
        "3": "what colour is a wolf",
        "9": "longest bridge",
    },
    {"1": {"d": 1}, "2": {"e": 1}, "3": {"f": 1}, "9": {"g": 1}},
)
"""Its ids are those of the evaluation's queries, which ask other things."""
EVALUATION = collection(
    DOCUMENTS,
    {"1": "who built the castle", "2": "why is the sky blue", "t": "opening hours of the museum"},
    {"1": {"d": 1}, "2": {"e": 1}, "t": {"g": 0}},
    split="test",
)
RANDOM_ONE = Mining(by=(RANDOM,), negatives=1)


def asking(text: str) -> object:
    return replace(EVALUATION, queries={**EVALUATION.queries, "t": replace(EVALUATION.queries["t"], text=text)})


@pytest.mark.usefixtures("empty_cache")
def test_the_same_id_is_no_leak() -> None:
    check = find_leaks(TRAINING, [EVALUATION])
    assert (check.leaks, check.checked) == ((), ("made (test)",))
    check.refuse(training=4)
    assert "looked for by their words alone" in check.notes[-1]


@pytest.mark.usefixtures("empty_cache")
@pytest.mark.parametrize(
    "copy",
    ["When does the ferry to Varnholm sail?", "WHEN does the ferry, to Varnholm,  sail", "when sails the ferry to Varnholm"],
)
def test_a_planted_copy_is_refused_with_both_texts(copy: str) -> None:
    with pytest.raises(InputError) as refused:
        judged_training_set(TRAINING, mining=RANDOM_ONE, evaluate_on=[asking(copy)])  # type: ignore[list-item]
    told = str(refused.value)
    assert told.startswith("Of 4 training queries 1 is a query of an evaluation")
    assert "1 'when does the ferry to Varnholm sail'" in told
    assert "leaks=leave-out" in told


@pytest.mark.usefixtures("weights")
@pytest.mark.parametrize("copy", ["at what time does the Varnholm ferry depart", "departure time of the ferry to Varnholm"])
def test_a_copy_in_other_words_is_refused(copy: str) -> None:
    with pytest.raises(InputError, match="1 is a query of an evaluation"):
        judged_training_set(TRAINING, mining=RANDOM_ONE, evaluate_on=[asking(copy)])  # type: ignore[list-item]


@pytest.mark.usefixtures("empty_cache")
def test_leaks_are_left_out_where_that_is_asked_for() -> None:
    made = judged_training_set(
        TRAINING,
        mining=RANDOM_ONE,
        evaluate_on=[asking("when does the ferry to Varnholm sail")],  # type: ignore[list-item]
        leaks="leave-out",
    )
    assert {each.query.id for each in (*made.lists, *made.held_back)} == {"2", "3", "9"}
    assert made.provenance["leaks_left_out"] == 1
    assert any(note.startswith("Left out 1 query that made (test) asks too") for note in made.notes)
    with pytest.raises(InputError, match="Every query"):
        judged_training_set(TRAINING, evaluate_on=[TRAINING], leaks="leave-out")
    with pytest.raises(InputError, match="no way 'ignore'"):
        judged_training_set(TRAINING, leaks="ignore")  # type: ignore[arg-type]


@pytest.mark.usefixtures("empty_cache")
def test_a_split_with_the_only_judgements_is_trained_on_with_a_note() -> None:
    made = judged_training_set("negation", mining=RANDOM_ONE)
    assert "No evaluation collection was named, so nothing says that an evaluation asks other queries." in made.notes
    with pytest.raises(InputError, match="are queries of an evaluation"):
        judged_training_set("negation", mining=RANDOM_ONE, evaluate_on=["negation"])


@pytest.mark.usefixtures("empty_cache")
def test_shared_documents_are_told() -> None:
    note = find_leaks(TRAINING, [EVALUATION]).notes[0]
    assert note == (
        "2 of 4 documents are relevant for training queries, and, as it stands or nearly, for other "
        "queries of made (test): d and e."
    )


@pytest.mark.usefixtures("empty_cache")
def test_queries_that_are_alike_are_held_back_together_and_share_what_is_relevant() -> None:
    doubled = replace(
        TRAINING,
        queries={
            **TRAINING.queries,
            **{f"{each}b": replace(query, id=f"{each}b", text=f"{query.text}?") for each, query in TRAINING.queries.items()},
        },
        qrels={**TRAINING.qrels, "1b": {"e": 1}, "2b": {"e": 1}, "3b": {"f": 1}, "9b": {"g": 1}},
    )
    for seed in range(6):
        made = judged_training_set(doubled, mining=Mining(by=(RANDOM,), negatives=3), held_back=0.3, seed=seed)
        held = {each.query.id for each in made.held_back}
        assert held
        assert all((each in held) == (f"{each}b" in held) for each in "1239")
        lists = {each.query.id: each for each in (*made.lists, *made.held_back)}
        # d is relevant for 1 and e for 1b, so neither is a negative of the other.
        assert {document.id for document in lists["1"].documents} <= {"d", "f", "g"}
        assert {document.id for document in lists["1b"].documents} <= {"e", "f", "g"}


def test_near_copies_of_documents() -> None:
    words = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
    text, changed = " ".join(words), " ".join([*words[:11], "other"])
    first = [
        Document(id="same", text=text.upper()),
        Document(id="end", text=changed),
        Document(id="none", text="something else"),
    ]
    # 8 runs of 5 words; with another last word 7 of 9 different runs are in both, with another middle one 3 or fewer of 13.
    assert near_copies(first, [Document(id="x", text="zero"), Document(id="t", text=text)]) == {"same": "t", "end": "t"}
    middle = Document(id="middle", text=" ".join([*words[:5], "other", *words[6:]]))
    assert near_copies([middle], [Document(id="t", text=text)]) == {}
    assert near_copies([Document(id="blank", text=" ")], [Document(id="t", text="")]) == {}
