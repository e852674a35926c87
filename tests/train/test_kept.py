"""What stays of trainings: models with what they saw, stopped ones, and queries kept for the test."""

from pathlib import Path

import pytest

from reranklab.data.samples import load_sample
from reranklab.errors import Cancelled, InputError, LockedError
from reranklab.plots.training import draw_training
from reranklab.progress import Step
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.train.distil.begun import find_begun
from reranklab.train.distil.run import distil, resume_student
from reranklab.train.distil.student import parse_student
from reranklab.train.history import Course
from reranklab.train.kept import begun_trainings, delete_trained, delete_training, trained_rankers
from reranklab.train.recipe import Recipe
from reranklab.train.run import resume_training, train
from reranklab.train.sets.examples import Labels
from reranklab.train.sets.mining import Mining
from reranklab.train.sets.own_test import keep_for_test
from reranklab.train.settings import TrainingSettings
from tests.models.tiny import tiny_classifier
from tests.train.made import collection
from tests.train.small import small_set

SETTINGS = TrainingSettings(epochs=4, lists=4, documents=4, window=32, evaluations=2)


class StopAfter:
    def __init__(self, steps: int) -> None:
        self.steps, self.done = steps, 0

    def is_set(self) -> bool:
        return self.done >= self.steps

    def heard(self, step: Step) -> None:
        self.done = step.done


def test_a_stopped_training_is_listed_until_it_is_a_model(tmp_path: Path) -> None:
    base = parse_ranker_id(f"cross-encoder:{tiny_classifier(tmp_path / 'base')}")
    stop = StopAfter(5)
    courses: list[Course] = []
    with pytest.raises(Cancelled):
        train(
            base, small_set(), name="mine", settings=SETTINGS, cancel=stop, progress=stop.heard,
            seen=courses.append,
        )  # fmt: skip
    (begun,) = begun_trainings()
    assert (begun.name, begun.ranker, begun.step, begun.steps) == ("mine", base.id, 5, 12)
    assert not trained_rankers().rankers
    assert [len(each.losses) for each in courses] == [0, 1, 2, 3, 4, 5]
    drawing = draw_training(courses[-1], steps=12)
    assert drawing.words.startswith("5 of 12 steps;") and list(drawing.figure.data[0].x) == [1, 2, 3, 4, 5]
    done = resume_training("mine")
    assert not begun_trainings()
    (model,) = trained_rankers().rankers
    assert (model.ranker, model.before, model.collection) == (done.ranker, base.id, "cheese")
    assert model.course.to_json() == done.course.to_json() and model.card.startswith("---")
    assert set(model.record["data"]["queries"]) == {f"q{number}" for number in range(16)}
    delete_trained("mine")
    assert not trained_rankers().rankers and not done.folder.exists()


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    base = parse_ranker_id(f"cross-encoder:{tiny_classifier(tmp_path / 'base')}")
    stop = StopAfter(1)
    with pytest.raises(Cancelled):
        train(base, small_set(), name="bare", settings=SETTINGS, cancel=stop, progress=stop.heard)
    assert [each.name for each in begun_trainings()] == ["bare"]
    delete_training("bare")
    assert not begun_trainings()
    train(base, small_set(), name="hurt", settings=TrainingSettings(steps=1, window=32))
    (trained_rankers().rankers[0].model.folder / "training.json").write_text("{}")
    assert "hurt (training.json) is damaged" in trained_rankers().damaged[0]
    with pytest.raises(InputError):
        delete_trained("../hurt")


def test_the_set_of_a_recipe_leaves_out_the_test() -> None:
    mining = Mining(by=("bm25:20", "random"), negatives=2)
    asked = Recipe(name="mine", ranker="cross-encoder", source="negation", test_share=0.3, mining=mining)
    whole = load_sample("negation")
    ours, test = keep_for_test(whole, share=0.3)
    assert not ours.queries.keys() & test.queries.keys() and {**ours.queries, **test.queries} == whole.queries
    assert 2 <= len(test.queries) <= 5 and test.qrels == {query: whole.qrels[query] for query in test.queries}
    made = asked.training_set()
    asked_for = {each.query.id for each in (*made.lists, *made.held_back)}
    assert asked_for == set(ours.queries), "every query of the sample has a relevant document"
    assert made.provenance["evaluate_on"] == "negation (test)"
    with pytest.raises(InputError, match="1 queries with a relevant document"):
        keep_for_test(collection({"a": "x"}, {"q": "x"}, {"q": {"a": 1}}))


def test_training_can_be_locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RERANKLAB_LOCKED", "training")
    with pytest.raises(LockedError, match="locked training of models"):
        train(parse_ranker_id(f"cross-encoder:{tmp_path}"), small_set(), name="no")
    with pytest.raises(LockedError, match="Distilling a student does not work here"):
        distil(parse_ranker_id("bm25"), small_set(labels=Labels.SOFT), parse_student("static"), name="no")


def test_a_stopped_student_goes_on_by_its_name(tmp_path: Path) -> None:
    teacher = parse_ranker_id(f"cross-encoder:{tiny_classifier(tmp_path / 'teacher')}")
    soft, plan = small_set(labels=Labels.SOFT), parse_student("layers=1")
    whole = distil(teacher, soft, plan, name="whole", training=SETTINGS)
    stop = StopAfter(5)
    with pytest.raises(Cancelled):
        distil(teacher, soft, plan, name="part", training=SETTINGS, cancel=stop, progress=stop.heard)
    (begun,) = begun_trainings()
    assert (begun.name, begun.ranker, begun.is_student, begun.step) == ("part", teacher.id, True, 5)
    done = resume_student("part")
    assert [each.loss for each in done.course.losses] == [each.loss for each in whole.course.losses]
    assert done.record["student"] == whole.record["student"] and done.record["teacher"]["ranker"] == teacher.id
    assert not begun_trainings() and find_begun("part") is None
    with pytest.raises(InputError, match="is no student's"):
        resume_student("mine")
