"""The Watch page without a browser: the sample log, an upload, its alert's requests, and what is computed for a sample."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from reranklab.data.unjudged import unjudged_names
from reranklab.ui.evaluate.drift_state import DriftState
from reranklab.ui.evaluate.state import EvaluateState
from reranklab.ui.judging.state import JudgeState
from reranklab.ui.watch.state import PATH, WatchState
from reranklab.watch.log.sample_log import sample_log_path
from tests.app.drive import TIMEOUT, check, open_page, said, session_of

PAGE = "pages/7_Watch.py"


@pytest.fixture(autouse=True)
def own_data(tmp_path, monkeypatch):
    monkeypatch.setenv("RERANKLAB_DATA", str(tmp_path / "data"))


def watched(app: AppTest) -> AppTest:
    """The page once its log is watched."""
    job = session_of(app).of(WatchState).job
    assert job is None or job.wait(TIMEOUT)
    app.run()
    check(app)
    return app


def only_bm25(app: AppTest) -> None:
    for slot in session_of(app).slots:
        slot.on = slot.family == "bm25"


def test_a_newcomer_sees_the_alert_of_the_sample_log_and_its_requests_on_the_other_pages(monkeypatch):
    app = watched(open_page(PAGE))
    assert next(each.value for each in app.header) == "1 alert"
    assert "Longer documents" in app.subheader[0].value
    assert any(sentence.startswith("Not another model") for sentence in said(app, "offer"))
    app.button(key="watch_behind_1").click().run()
    check(app)
    name = "longer-documents-2025-09-14"
    assert unjudged_names() == (f"before-{name}", name)
    only_bm25(app)
    app.button(key="watch_judge").click().run()
    check(app)
    session = session_of(app)
    if session.pending is not None:
        assert session.pending.job.wait(TIMEOUT)
        app.run()
    assert session.comparison is not None and session.of(JudgeState).collection == name
    assert [ranking.ranker for ranking in session.comparison.rankings] == ["logged:ms-marco-MiniLM-L12-v2", "bm25"]
    app.switch_page(PAGE).run()
    app.button(key="watch_evaluate").click().run()
    check(app)
    drift = session_of(app).of(DriftState)
    assert session_of(app).of(EvaluateState).tool == "drift"
    assert (drift.reference.source, drift.new.source) == (f"before-{name}", name)


def test_a_log_without_texts_says_what_is_missing(tmp_path):
    (tmp_path / "own.jsonl").write_text(sample_log_path().read_text() + "{broken\n")
    app = watched(open_page(PAGE))
    state = session_of(app).of(WatchState)
    state.source, state.path = PATH, str(tmp_path / "own.jsonl")
    app.run()
    app.button(key="watch_start").click().run()
    watched(app)
    assert any(note.startswith("own.jsonl: 360 requests") and "1 left out" in note for note in said(app, "note"))
    assert next(iter(app.dataframe[-1].value["What"])) == "left out: not valid JSON"
    app.button(key="watch_behind_1").click().run()
    check(app)
    (message,) = said(app, "error")
    assert "with no text of a candidate" in message and "candidates.text" in message
    assert unjudged_names() == ()


def test_paths_are_not_offered_where_files_are_locked(monkeypatch):
    monkeypatch.setenv("RERANKLAB_LOCKED", "local-files")
    app = watched(open_page(PAGE))
    assert list(app.segmented_control(key="w_watch_source").options) == ["Sample log", "Upload"]


def test_a_path_that_is_no_file_is_one_sentence():
    app = watched(open_page(PAGE))
    state = session_of(app).of(WatchState)
    state.source, state.path = PATH, str(Path("nowhere.jsonl"))
    app.run()
    app.button(key="watch_start").click().run()
    watched(app)
    assert said(app, "error") == ["nowhere.jsonl cannot be read (No such file or directory). Check the path."]


def test_a_sample_adds_its_series_to_the_charts():
    app = watched(open_page(PAGE))
    app.selectbox(key="w_watch_reference").select("bm25").run()
    app.button(key="watch_sample").click().run()
    job = session_of(app).of(WatchState).sample_job
    assert job is not None and job.wait(TIMEOUT)
    app.run()
    check(app)
    assert any(note == "Disagreement with the reference ranker: 200 sampled requests." for note in said(app, "note"))
    app.segmented_control(key="w_watch_view").select("sample").run()
    check(app)
    assert any("Disagreement with the reference ranker:" in note and "in the last" in note for note in said(app, "note"))
    assert said(app, "error") == []


def test_a_chat_judge_is_asked_only_after_its_calls_were_told(monkeypatch):
    for name, value in (("URL", "http://127.0.0.1:9/v1"), ("MODEL", "any")):
        monkeypatch.setenv(f"RERANKLAB_LLM_{name}", value)
    app = watched(open_page(PAGE))
    app.selectbox(key="w_watch_judge").select("chat").run()
    check(app)
    assert app.button(key="watch_sample").disabled
    app.button(key="watch_estimate").click().run()
    check(app)
    assert not app.button(key="watch_sample").disabled
    assert any(note.startswith("The endpoint will be asked at most 2") for note in said(app, "note"))
    assert any("Not measured" in note for note in said(app, "note"))
    app.number_input(key="w_watch_number").set_value(50).run()
    assert app.button(key="watch_sample").disabled
