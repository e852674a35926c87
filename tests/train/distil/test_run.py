"""From a teacher's scores to a folder that its family runs, for each kind of student."""

import json
from pathlib import Path

import pytest

from reranklab.data.collection import Collection
from reranklab.engine.build import build_ranker
from reranklab.errors import InputError
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.train.distil.fit import FitSettings
from reranklab.train.distil.run import distil
from reranklab.train.distil.student import parse_student
from reranklab.train.sets.examples import Labels, TrainingSet
from reranklab.train.sets.soft import label_softly, soft_task
from reranklab.train.settings import TrainingSettings
from reranklab.types import Query
from tests.models.tiny import tiny_embedder
from tests.train.distil.test_fewer_layers import teacher as tiny_teacher
from tests.train.distil.test_students import static
from tests.train.made import collection

TEXTS = ("paris is the capital", "milk and cheese", "a wing of cheese", "germany berlin", "the city of paris", "france milk")
ASKED = ("capital of france", "milk and cheese", "the wing", "berlin germany", "what city is paris", "cheese of france")


def made() -> Collection:
    return collection(
        {f"d{number}": text for number, text in enumerate(TEXTS)},
        {f"q{number}": text for number, text in enumerate(ASKED)},
        {f"q{number}": {"d0": 1} for number in range(len(ASKED))},
    )


@pytest.fixture
def teacher(tmp_path: Path) -> str:
    tiny_teacher(tmp_path / "teacher")
    return f"cross-encoder:{tmp_path / 'teacher'}"


def soft_set(teacher: str) -> TrainingSet:
    return label_softly(soft_task(made(), teacher=teacher, candidates="bm25:5"), held_back=0.3).training_set


STUDENTS = {
    "layers=2": ("cross-encoder", "a student with 2 of the layers"),
    "projection=8": ("late-interaction", "a late-interaction student of 8 dimensions"),
    "static": ("bi-encoder", "a static student, its token weights trained"),
    "whole": ("bi-encoder", "a student with all that it began with trained"),
}


@pytest.mark.parametrize("student", STUDENTS)
def test_a_student_is_a_ranker_with_its_provenance(teacher: str, tmp_path: Path, student: str):
    bases = {
        "layers=2": None,
        "projection=8": f"bi-encoder:{tiny_embedder(tmp_path / 'embedder')}",
        "static": f"bi-encoder:{static(tmp_path / 'static')}",
        "whole": f"bi-encoder:{tiny_embedder(tmp_path / 'whole')}",
    }
    base = bases[student]
    family, what = STUDENTS[student]
    found = distil(
        parse_ranker_id(teacher), soft_set(teacher), parse_student(student), name="pupil",
        base=None if base is None else parse_ranker_id(base),
        training=TrainingSettings(epochs=2, lists=2, window=32, evaluations=2, learning_rate=1e-3),
        fitting=FitSettings(epochs=3, lists=2, documents=4),
    )  # fmt: skip
    assert found.ranker == f"{family}:trained/pupil"
    query = Query(text="milk of france")
    ranking = build_ranker(parse_ranker_id(found.ranker), device="cpu").rank(query, tuple(made().documents.values()))
    assert {item.id for item in ranking.items} == set(made().documents)
    record = json.loads((found.folder / "training.json").read_text(encoding="utf-8"))
    assert record["teacher"]["ranker"] == parse_ranker_id(teacher).id
    assert record["student"]["what"] == what
    if student in ("projection=8", "static"):
        scores = {each["step"]: each["mean"] for each in record["history"]["scores"]}
        assert scores[record["steps"]["best"] or 0] == max(scores.values()), "what was kept has the best score"
    assert record["data"]["provenance"]["collection"] == "made"
    assert "students" not in record["base"]["model"], "the base is what the student was made of"
    card = (found.folder / "README.md").read_text(encoding="utf-8")
    assert what in card and "their licences bind" in card and card.index("## Teacher") < card.index("## Data")
    assert not list((found.folder.parents[1] / "students").glob("*"))
    with pytest.raises(InputError, match="already"):
        distil(parse_ranker_id(teacher), soft_set(teacher), parse_student(student), name="pupil")


def test_a_student_of_layers_has_a_fast_tier_and_int8(teacher: str):
    found = distil(
        parse_ranker_id(teacher), soft_set(teacher), parse_student("layers=1"), name="pupil",
        training=TrainingSettings(epochs=1, window=32),
    )  # fmt: skip
    query, documents = Query(text="milk of france"), tuple(made().documents.values())
    exact, fast, int8 = (
        build_ranker(parse_ranker_id(f"{found.ranker}?{tier}"), device="cpu").rank(query, documents)
        for tier in ("tier=exact", "tier=fast", "precision=int8")
    )
    for other in (fast, int8):
        scores = {item.id: item.score for item in other.items}
        assert [scores[item.id] for item in exact.items] == pytest.approx([item.score for item in exact.items], abs=0.1)


@pytest.mark.parametrize("text", ["layers", "layers=two", "projection=x", "static=all", "", "deeper=3", "whole=2"])
def test_a_student_that_does_not_exist(text: str):
    with pytest.raises(InputError, match="There is no student"):
        parse_student(text)


def test_judgements_are_no_teacher(teacher: str):
    from dataclasses import replace

    soft = replace(soft_set(teacher), labels=Labels.GRADED)
    with pytest.raises(InputError, match="not a teacher's scores"):
        distil(parse_ranker_id(teacher), soft, parse_student("layers=1"), name="pupil")
    with pytest.raises(InputError, match="nothing to resume"):
        distil(parse_ranker_id(teacher), soft_set(teacher), parse_student("static"), name="pupil", resume=True)
    with pytest.raises(InputError, match="no model of its own"):
        distil(parse_ranker_id("bm25"), soft_set(teacher), parse_student("layers=1"), name="pupil")
    with pytest.raises(InputError, match="Name it with --base"):
        distil(parse_ranker_id(teacher), soft_set(teacher), parse_student("whole"), name="pupil")
