import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reranklab.data.text import clean_text
from reranklab.errors import InputError, StorageError
from reranklab.train.sets.examples import Labels, TrainingList, TrainingSet
from reranklab.train.sets.set_files import ABOUT, HELD_BACK, TRAIN, load_training_set, save_training_set
from reranklab.types import Document, Query

texts = st.text(max_size=12).map(clean_text)
documents = st.builds(Document, id=st.uuids().map(str), text=texts, title=texts)


def a_list(query: str, *, labels: tuple[float, ...] = (1.0, 0.0), title: str = "") -> TrainingList:
    return TrainingList(
        query=Query(id=query, text=f"what is {query}"),
        documents=tuple(Document(id=f"d{place}", text=f"text {place}", title=title) for place in range(len(labels))),
        labels=labels,
    )


SET = TrainingSet(
    name="made",
    lists=(a_list("q1"), a_list("q2", labels=(3.0, 1.0, 0.0), title="A title")),
    held_back=(a_list("q3", labels=(0.1 + 0.2, -1e-17)),),
    labels=Labels.SOFT,
    licence="CC0",
    provenance={"seed": 3, "share": 0.1, "split": "train", "none": None, "yes": True},
    notes=("Left out 1 query.",),
)


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    digest = save_training_set(SET, tmp_path / "set")
    assert load_training_set(tmp_path / "set") == SET
    assert save_training_set(SET, tmp_path / "again") == digest
    row = json.loads((tmp_path / "set" / TRAIN).read_text().splitlines()[1])
    assert (row["query"], row["labels"], row["docs"][0]) == ("what is q2", [3.0, 1.0, 0.0], "A title text 0")


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lists=st.lists(st.lists(documents, min_size=2, max_size=4), min_size=1, max_size=4))
def test_every_content_comes_back(tmp_path: Path, lists: list[list[Document]]) -> None:
    made = [
        TrainingList(
            query=Query(id=f"q{place}", text="what"),
            documents=tuple(each),
            labels=tuple(float(number) / 3 for number in range(len(each))),
        )
        for place, each in enumerate(lists)
    ]
    before = TrainingSet(name="made", lists=tuple(made), held_back=(), labels=Labels.GRADED)
    save_training_set(before, tmp_path)
    after = load_training_set(tmp_path)
    assert [each.labels for each in after.lists] == [each.labels for each in before.lists]
    for ours, theirs in zip(after.lists, before.lists, strict=True):
        assert [(each.id, each.content) for each in ours.documents] == [(each.id, each.content) for each in theirs.documents]


def row(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], object]:
    """Change the first line of what is trained on."""

    def damage(folder: Path) -> None:
        first, *rest = (folder / TRAIN).read_text().splitlines()
        values = json.loads(first)
        change(values)
        (folder / TRAIN).write_text("\n".join([json.dumps(values), *rest]) + "\n")

    return damage


def about(**changes: object) -> Callable[[Path], object]:
    return lambda folder: (folder / ABOUT).write_text(json.dumps(json.loads((folder / ABOUT).read_text()) | changes))


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda folder: (folder / ABOUT).unlink(), "about.json is missing"),
        (lambda folder: (folder / HELD_BACK).unlink(), "held_back.jsonl is missing"),
        (lambda folder: (folder / HELD_BACK).write_text(""), "has 0 lists, and about.json says 1"),
        (lambda folder: (folder / TRAIN).write_text("{"), "Line 1 of train.jsonl is not valid JSON"),
        (about(format=2), "another version"),
        (about(labels="good"), "labels is"),
        (about(provenance={"a": [1]}), "provenance is an object"),
        (row(lambda values: values.update(labels=[1.0])), "not of the same number"),
        (row(lambda values: values.update(labels=[1, 1])), "no two different labels"),
        (row(lambda values: values.update(labels=["1", 0])), "labels is a list of 2, not a list of numbers"),
        (row(lambda values: values.update(ids=["d", "d"])), "stands there twice"),
        (row(lambda values: values.update(titles=["t"])), "not of the same number"),
        (row(lambda values: values.update(query_id="q3")), "trained on and held back"),
        (row(lambda values: values.pop("query")), "query is missing"),
        (row(lambda values: values["docs"].reverse()), "was changed after it was saved"),
        (row(lambda values: values.update(query="another")), "was changed after it was saved"),
    ],
)
def test_what_is_not_the_saved_set_is_refused(tmp_path: Path, damage: Callable[[Path], object], told: str) -> None:
    save_training_set(SET, tmp_path)
    damage(tmp_path)
    with pytest.raises(InputError, match=told):
        load_training_set(tmp_path)


def test_a_set_that_was_not_written_whole_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_training_set(SET, tmp_path)

    def full(path: Path, content: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("reranklab.train.sets.set_files.replace_file", full)
    with pytest.raises(StorageError, match="The training set cannot be stored"):
        save_training_set(SET, tmp_path)
    with pytest.raises(InputError, match="no complete training set"):
        load_training_set(tmp_path)
