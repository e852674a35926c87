"""Agreement of judges, against hand-computed values and scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from reranklab.data.judged import read_judged
from reranklab.errors import InputError
from reranklab.evaluate.judging import JudgingList, cohen_kappa, conflicts, judge_agreement, judge_agreements
from reranklab.types import Document, Query


def test_kappa_by_hand():
    # 20 yes/yes, 5 yes/no, 10 no/yes, 15 no/no: 0.7 agree, 0.5 by chance.
    table = np.array([[20.0, 5.0], [10.0, 15.0]])
    assert cohen_kappa(table) == pytest.approx(0.4)
    assert cohen_kappa(table, squared=True) == pytest.approx(0.4), "of two grades each disagreement is as far"
    # Grades 0 and 2 against 2 and 0: squared distance 4 + 4, by chance 4 * 2 * (1/2) = 4.
    assert cohen_kappa(np.array([[0.0, 0, 1], [0, 0, 0], [1, 0, 0]]), squared=True) == pytest.approx(-1)


def test_kappa_is_scikit_learns():
    generator = np.random.default_rng(3)
    for _ in range(20):
        a = generator.integers(0, 4, size=30)
        b = np.where(generator.random(30) < 0.6, a, generator.integers(0, 4, size=30))
        one = {"q": {str(n): int(grade) for n, grade in enumerate(a)}}
        other = {"q": {str(n): int(grade) for n, grade in enumerate(b)}}
        found = judge_agreement("A", "B", one, other)
        assert found is not None and found.pairs == 30
        assert found.kappa == pytest.approx(cohen_kappa_score(a, b))
        assert found.weighted == pytest.approx(cohen_kappa_score(a, b, weights="quadratic"))
        assert found.same == pytest.approx(float(np.mean(a == b)))


def test_only_what_both_graded_counts():
    one = {"q1": {"a": 3, "b": 0}, "q2": {"a": 1}}
    other = {"q1": {"b": 0, "c": 2}, "q3": {"a": 1}}
    found = judge_agreement("A", "B", one, other)
    assert found is not None
    assert (found.pairs, found.queries, found.same, found.kappa, found.interval) == (1, 1, 1.0, None, None)
    assert judge_agreement("A", "B", one, {"q3": {"a": 1}}) is None
    assert [(each.first, each.second) for each in judge_agreements({"A": one, "B": other, "C": {"q9": {"a": 1}}})] == [
        ("A", "B")
    ]


def test_the_interval_is_over_queries():
    agreed = {f"q{n}": {"a": n % 4, "b": (n + 1) % 4} for n in range(8)}
    found = judge_agreement("A", "B", agreed, agreed)
    assert found is not None and found.interval == (1.0, 1.0)
    mixed = agreed | {"q0": {"a": 3, "b": 0}}
    differing = judge_agreement("A", "B", agreed, mixed)
    assert differing is not None and differing.interval is not None and differing.weighted is not None
    low, high = differing.interval
    assert low < differing.weighted < high == 1.0


def judging(judge: str, *, collection: str = "tides") -> JudgingList:
    documents = tuple(Document(id=name, text=f"On {name}") for name in ("tides", "bread", "wind"))
    return JudgingList(collection=collection, judge=judge, query=Query(text="tides?"), candidates=documents, source="Pasted")


def test_conflicts_name_the_grades_and_what_counts():
    judging("Anna").grade({"tides": 3, "bread": 0, "wind": 1})
    judging("Ben").grade({"tides": 2, "bread": 3, "wind": 1})
    assert judging("Ben").grades() == {"tides": 2, "bread": 3, "wind": 1}
    found = conflicts(read_judged("tides"))
    assert [(each.document_id, each.grades, each.merged, each.spread) for each in found] == [
        ("bread", {"Anna": 0, "Ben": 3}, 0, 3),
        ("tides", {"Anna": 3, "Ben": 2}, 2, 1),
    ]
    assert {each.query for each in found} == {"tides?"}
    judging("Cid").grade({"bread": 3})
    assert next(each.merged for each in conflicts(read_judged("tides")) if each.document_id == "bread") == 3


@pytest.mark.parametrize("name", ["negation", "Negation", "scifact", "SciFact"])
def test_no_collection_takes_the_name_of_one_that_is_there(name: str):
    with pytest.raises(InputError, match="is the name of a collection that comes with RerankLab"):
        judging("Anna", collection=name)


def test_names_that_differ_in_case_alone_are_one():
    judging("Anna").grade({"tides": 3})
    with pytest.raises(InputError, match="There is a collection tides already"):
        judging("Anna", collection="Tides")
    with pytest.raises(InputError, match="There is a judge Anna already"):
        judging("ANNA").grade({"tides": 1})
    assert read_judged("tides").judges == {"Anna": {"q": {"tides": 3}}}
