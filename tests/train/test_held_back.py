"""The held-back score against nDCG by hand, and the rows that a loss reads."""

import numpy as np
import pytest

from reranklab.train.held_back import score_held_back
from reranklab.train.losses import Loss, Rows
from reranklab.train.rows import epoch_rows, negatives_for_one, plan_rows
from reranklab.train.sets.examples import Labels, TrainingList
from reranklab.types import Document, Query
from tests.train.small import small_set


def one_list(labels: list[float]) -> TrainingList:
    documents = tuple(Document(id=f"d{place}", text=f"text {place}") for place in range(len(labels)))
    return TrainingList(query=Query(id="q", text="a query"), documents=documents, labels=tuple(labels))


def test_it_is_ndcg_of_the_lists() -> None:
    found = score_held_back([one_list([0, 2, 1])], [[3.0, 2.0, 1.0]], Labels.GRADED)
    expected = (2 / np.log2(3) + 1 / np.log2(4)) / (2 / np.log2(2) + 1 / np.log2(3))
    assert found.mean == pytest.approx(expected)


def test_a_teachers_scores_are_grades_by_their_distance_to_the_best() -> None:
    found = score_held_back([one_list([-3.0, 5.0, 1.0])], [[3.0, 2.0, 1.0]], Labels.SOFT)
    expected = (1 / np.log2(3) + 0.5 / np.log2(4)) / (1 / np.log2(2) + 0.5 / np.log2(3))
    assert found.mean == pytest.approx(expected)


def test_equal_scores_give_no_order_of_the_list_an_advantage() -> None:
    first = one_list([1, 0, 0, 0, 0])
    turned = TrainingList(query=first.query, documents=first.documents[::-1], labels=first.labels[::-1])
    same = [[0.0] * 5]
    assert score_held_back([first], same, Labels.BINARY) == score_held_back([turned], same, Labels.BINARY)


def loss(rows: Rows) -> Loss:
    return Loss(id="any", labels=frozenset(Labels), rows=rows, why="", make=lambda model, negatives: None)


def rows_of(lists: list[TrainingList], kind: Rows, *, documents: int, seed: int = 0, epoch: int = 0) -> list[dict[str, object]]:
    plan = plan_rows(lists, loss(kind), documents=documents)
    return epoch_rows(plan, seed=seed, epoch=epoch, query=str, document=str)


def test_the_order_and_the_negatives_follow_from_seed_and_epoch() -> None:
    lists = [one_list([1.0] + [0.0] * 9)] * 3
    first = rows_of(lists, Rows.LISTS, documents=4)
    assert first == rows_of(lists, Rows.LISTS, documents=4)
    assert first != rows_of(lists, Rows.LISTS, documents=4, epoch=1)
    assert first != rows_of(lists, Rows.LISTS, documents=4, seed=1)
    assert all(row["label"] == [1.0, 0.0, 0.0, 0.0] for row in first), "the relevant one is always there"


def test_a_list_of_relevant_documents_keeps_some_to_beat() -> None:
    (row,) = rows_of([one_list([1.0] * 9 + [0.0] * 3)], Rows.LISTS, documents=6)
    assert row["label"] == [1.0, 1.0, 1.0, 0.0, 0.0, 0.0]
    (soft,) = rows_of([one_list([float(place) for place in range(9)])], Rows.LISTS, documents=4)
    labels = soft["label"]
    assert isinstance(labels, list) and labels[0] == 8.0 and labels == sorted(labels, reverse=True)


def test_columns_are_of_one_width_and_positives_have_their_negatives() -> None:
    long, short = one_list([2.0, 1.0, 0.0, 0.0]), one_list([1.0, 0.0])
    plan = plan_rows([*[long] * 19, short], loss(Rows.COLUMNS), documents=8)
    assert (plan.width, len(plan.used), len(plan.notes)) == (4, 19, 1)
    (row,) = rows_of([long], Rows.COLUMNS, documents=8)
    assert list(row) == ["query", "document_0", "document_1", "document_2", "document_3", "label"]
    assert row["label"] == [2.0, 1.0, 0.0, 0.0]
    positives = rows_of([long], Rows.POSITIVES, documents=8)
    assert sorted(str(each["positive"]) for each in positives) == ["text 0", "text 1"]
    assert all({each["negative_0"], each["negative_1"]} == {"text 2", "text 3"} for each in positives)


def test_negatives_for_one() -> None:
    assert negatives_for_one(small_set().lists) == 1.0
    assert negatives_for_one([one_list([1.0, 0.0, 0.0, 0.0])]) == 3.0
