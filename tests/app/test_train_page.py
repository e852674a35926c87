"""The Train page: from the form to a ranker, what goes on after a stop, and what changed."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from reranklab.data.samples import load_sample
from reranklab.train.kept import begun_trainings, trained_rankers
from reranklab.ui.train.state import ChangeState, DistilState, FineTuneState, TrainState
from reranklab.ui.train.work import trainings
from tests.app.drive import TIMEOUT, check, open_page, said, session_of
from tests.models.tiny import tiny_classifier

pytestmark = pytest.mark.usefixtures("empty_cache")
PAGE = "pages/6_Train.py"


def open_form(tmp_path: Path, **fields: object) -> AppTest:
    """The form with a tiny model and settings that take seconds."""
    app = open_page(PAGE)
    check(app)
    state = session_of(app).of(FineTuneState)
    base = f"cross-encoder:{tiny_classifier(tmp_path / 'base')}"
    quick = {
        "source": "negation", "base": base, "name": "mine", "window": 32, "epochs": 4, "lists": 2, "documents": 4,
        "evaluations": 2, "patience": 5,
    }  # fmt: skip
    for name, value in {**quick, **fields}.items():
        setattr(state, name, value)
    app.run()
    check(app)
    return app


def press(app: AppTest, key: str) -> None:
    app.button(key=key).click().run()
    check(app)


def checked(app: AppTest) -> FineTuneState:
    press(app, "check_training")
    state = session_of(app).of(FineTuneState)
    assert state.job is None or state.job.wait(TIMEOUT)
    app.run()
    check(app)
    return state


def trained(app: AppTest) -> None:
    """Wait for the end of the training that the session began."""
    found = trainings().get(session_of(app).of(TrainState).follow)
    assert found is not None and found.job.wait(TIMEOUT)
    app.run()
    check(app)


def test_from_the_form_to_a_ranker_and_what_changed(tmp_path: Path):
    app = open_form(tmp_path)
    assert any(text.startswith("Nothing is trained yet.") for text in said(app, "info"))
    assert "start_training" not in {button.key for button in app.button}, "no start before its cost was told"
    state = checked(app)
    assert not said(app, "error")
    assert state.done is not None
    (cost,) = said(app, "query")
    assert cost.startswith("mine: about ") and cost.endswith("GB of memory in all")
    assert said(app, "info")[0] == "No leak: no training query is asked by negation (test), in the same or in other words."
    told, lists = " ".join(said(app, "note")), len(state.done.training_set.lists)
    assert state.done.loss.why in told and state.done.estimate.words in told
    state.epochs = 3
    app.run()
    assert app.button(key="start_training").disabled and "The settings have changed since. Check again." in said(app, "note")
    state.epochs = 4
    app.run()
    press(app, "start_training")
    trained(app)
    ends = [*said(app, "info"), *said(app, "warning")]
    assert any(text.startswith("mine is trained. On the held-back lists nDCG@10 went from") for text in ends)
    (model,) = trained_rankers().rankers
    row = app.dataframe[0].value.iloc[0]
    assert (row["Name"], row["Data"], row["Lists"]) == ("mine", "negation", lists)
    kept = set(load_sample("negation").queries) - set(model.record["data"]["queries"])
    assert 2 <= len(kept) <= 5

    press(app, "compare_trained")
    change = session_of(app).of(ChangeState)
    assert (change.before, change.after) == (model.before, model.ranker) and change.collections[0] == "negation"
    change.collections, change.probes = ["negation", "arguments"], False
    app.run()
    press(app, "start_change")
    assert change.job is None or change.job.wait(TIMEOUT)
    app.run()
    check(app)
    assert not said(app, "error")
    assert change.done is not None
    own, other = change.done.collections
    assert {query.query_id for query in own.queries} == kept, "evaluated on what was not trained on"
    assert own.own and not other.own
    assert "\n".join(change.done.sentences) in [*said(app, "info"), *said(app, "warning")]
    assert app.dataframe[0].value["Trained for"].tolist() == ["yes", "no"]
    assert own.times in said(app, "note") and "times as long" in own.times

    other = open_page(PAGE, {"tool": ["before-after"]})
    assert session_of(other).of(ChangeState).after == model.ranker, "a fresh session begins with the newest model"
    other.selectbox(key="w_change_model").select("").run()
    assert session_of(other).of(ChangeState).model == "", "and may choose two others"

    app.segmented_control(key="w_train_tool").select("fine-tune").run()
    slots = len(session_of(app).slots)
    app.button(key="use_trained").click().run()
    assert [slot.spec.id for slot in session_of(app).slots[slots:]] == [model.ranker]


def test_what_is_stopped_is_listed_and_goes_on(tmp_path: Path):
    app = open_form(tmp_path, epochs=100, evaluations=2, patience=1000)
    checked(app)
    press(app, "start_training")
    begun = trainings().get(session_of(app).of(TrainState).follow)
    assert begun is not None
    deadline = time.monotonic() + TIMEOUT
    while len(begun.live.course.losses) < 3 and time.monotonic() < deadline:
        begun.job.wait(0.05)
    app.run()
    assert any("one is trained at a time" in note for note in said(app, "note"))
    press(app, "cancel_training")
    trained(app)
    (left,) = begun_trainings()
    assert left.step >= 3
    assert any(note.startswith(f"mine: stopped with step {left.step} of {left.steps} kept.") for note in said(app, "note"))
    session_of(app).of(FineTuneState).name = "mine"
    checked(app)
    assert said(app, "error")[0].startswith("A training mine was stopped before its end. Resume it or give it up below")
    press(app, "resume_mine")
    again = trainings().get(session_of(app).of(TrainState).follow)
    assert again is not None and again is not begun
    while not again.live.course.losses and time.monotonic() < deadline:
        again.job.wait(0.05)
    assert again.live.course.losses[: left.step] == begun.live.course.losses[: left.step], "it went on, and did not begin anew"
    again.job.cancel()
    trained(app)
    press(app, "give_up_now_mine")
    assert not begun_trainings() and "resume_mine" not in {button.key for button in app.button}


def test_a_student_from_the_form_to_a_ranker(tmp_path: Path):
    app = open_page(PAGE, {"tool": ["distil"]})
    check(app)
    state = session_of(app).of(DistilState)
    state.teacher = f"cross-encoder:{tiny_classifier(tmp_path / 'teacher')}"
    state.source, state.name, state.layers, state.window = "negation", "small", 1, 32
    app.run()
    press(app, "check_student")
    assert state.job is None or state.job.wait(TIMEOUT)
    app.run()
    check(app)
    assert not said(app, "error")
    assert state.done is not None
    (cost,) = said(app, "query")
    assert cost.startswith("small: about ") and cost.endswith("GB of memory in all")
    assert "No leak: no training query is asked by negation (test), in the same or in other words." in said(app, "info")
    press(app, "start_student")
    trained(app)
    assert not said(app, "error")
    (model,) = trained_rankers().rankers
    assert (model.name, model.before, model.record["student"]["layers"]) == ("small", state.teacher, [0])
    assert app.dataframe[0].value.iloc[0]["Kind"] == "student"
    state.layers = 2
    state.name = "none"
    app.run()
    press(app, "check_student")
    assert state.job is None or state.job.wait(TIMEOUT)
    app.run()
    assert said(app, "error")[0].startswith("A student of 2 layers does not work: the teacher has 2.")


def test_what_cannot_be_trained_is_a_sentence(tmp_path: Path):
    folder = tmp_path / "leaky"
    (folder / "qrels").mkdir(parents=True)
    texts = {"a": "tide tables of the harbour", "b": "how bread rises", "c": "the price of tin"}
    for name, records in (
        ("corpus", texts),
        ("queries", {"q1": "when is high tide", "q2": "why does bread rise", "q3": "when is high tide"}),
    ):
        lines = [json.dumps({"_id": id_, "text": text}) for id_, text in records.items()]
        (folder / f"{name}.jsonl").write_text("\n".join(lines))
    head = "query-id\tcorpus-id\tscore\n"
    (folder / "qrels" / "train.tsv").write_text(f"{head}q1\ta\t1\nq2\tb\t1\n")
    (folder / "qrels" / "test.tsv").write_text(f"{head}q3\ta\t1\n")
    app = open_form(tmp_path, source=str(folder))
    assert any(note.startswith("Trained on its split train") for note in said(app, "note"))
    checked(app)
    (error,) = said(app, "error")
    assert error.startswith("Of 2 training queries 1 is a query of an evaluation") and "q3" in error
    for fields, sentence in (
        ({"base": "bm25"}, "bm25 cannot be trained here."),
        ({"base": "cross-encoder:/nowhere"}, "'/nowhere' is neither a catalogued model"),
        ({"name": "../mine"}, "A model cannot be called '../mine'."),
        ({"learning_rate": "fast"}, "The learning rate 'fast' is no number."),
    ):
        app = open_form(tmp_path, **fields)
        checked(app)
        assert said(app, "error")[0].startswith(sentence)
    app = open_page(PAGE, {"tool": ["before-after"]})
    press(app, "start_change")
    assert said(app, "error") == ["A ranker is missing. Choose a trained model, or name both rankers."]


def test_a_locked_training_is_not_offered(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RERANKLAB_LOCKED", "training")
    app = open_page(PAGE)
    check(app)
    assert said(app, "info")[0].startswith("Nothing can be trained here: the operator") and not app.button
