"""The tuner on the Evaluate page: from the form to a saved name, what is refused, and the end of a search that is stopped."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from reranklab.progress import CancelSignal, check_cancel
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.rankers.named import find_named
from reranklab.ui.evaluate.tune import TuneState
from reranklab.ui.evaluate.tune_results import Tuned
from reranklab.ui.jobs import Job
from tests.app.drive import TIMEOUT, check, open_page, said, session_of


def open_tool() -> AppTest:
    """The tool with two rankers that need no weights."""
    app = open_page("pages/2_Evaluate.py", {"tool": ["tune"]})
    check(app)
    session = session_of(app)
    for slot in session.slots:
        slot.on = slot.family == "bm25"
    session.add_slot(parse_ranker_id("bm25?k1=0.2"))
    app.run()
    check(app)
    return app


def press(app: AppTest) -> TuneState:
    app.button(key="start_tune").click().run()
    state = session_of(app).of(TuneState)
    assert state.job is None or state.job.wait(TIMEOUT)
    app.run()
    check(app)
    return state


def test_a_search_from_the_form_to_a_saved_name():
    app = open_tool()
    assert said(app, "info")[0].startswith("Nothing is tuned yet.")
    app.selectbox(key="w_tune_collection").select("negation").run()
    app.selectbox(key="w_tune_rule").select("judged").run()
    app.number_input(key="w_tune_budget").set_value(100_000).run()
    app.number_input(key="w_tune_folds").set_value(3).run()
    state = press(app)
    assert not said(app, "error")
    assert state.done is not None
    tuning = state.done.tuning
    (words,) = said(app, "info")
    assert words.startswith(f"Chosen: {tuning.chosen}.") and tuning.held_out.short in words
    finalists, folds = (element.value for element in app.dataframe[:2])
    assert finalists.set_index("Id")["Chosen"].to_dict() == {
        each.ranker: "yes" if each.ranker == tuning.chosen else "" for each in tuning.finalists
    }
    assert list(folds["Held out"]) == [round(fold.mean, 4) for fold in tuning.folds] and sum(folds["Queries"]) == 12
    app.text_input(key="w_tune_name").set_value("../mine").run()
    app.button(key="save_tuned").click().run()
    assert said(app, "error")[0].startswith("A ranker cannot be called '../mine'.")
    app.text_input(key="w_tune_name").set_value("mine").run()
    app.button(key="save_tuned").click().run()
    check(app)
    assert find_named("mine").ranker == tuning.chosen and not said(app, "error")
    assert any(note.startswith("Saved. tuned:mine stands for") for note in said(app, "note"))
    before = len(session_of(app).slots)
    app.button(key="add_tuned").click().run()
    check(app)
    assert [slot.spec.id for slot in session_of(app).slots[before:]] == [tuning.chosen]


def test_what_cannot_be_tuned_is_said():
    app = open_tool()
    app.number_input(key="w_tune_folds").set_value(20).run()
    press(app)
    assert "queries are too few for 20 folds" in said(app, "error")[0]
    app.text_input(key="w_tune_measure").set_value("nonsense").run()
    press(app)
    assert "There is no measure 'nonsense'" in said(app, "error")[0]
    for slot in session_of(app).slots:
        slot.on = False
    app.text_input(key="w_tune_measure").set_value("nDCG@10").run()
    press(app)
    assert said(app, "error") == ["No ranker is on. Switch one on in the sidebar."]


def test_a_search_that_is_cancelled_says_so():
    app = open_tool()
    state = session_of(app).of(TuneState)

    def work(cancel: CancelSignal, emit: object) -> Tuned:
        while True:
            check_cancel(cancel)

    state.job = Job(work)
    app.run()
    check(app)
    app.button(key="cancel_tune").click().run()
    assert state.job is None or state.job.wait(60)
    app.run()
    check(app)
    assert any(note.startswith("Stopped. What was scored is stored") for note in said(app, "note"))
