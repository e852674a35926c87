"""Pages of an installation whose operator has locked something: they say so, and do not offer it."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from reranklab.models.catalogue import list_models
from reranklab.rankers.catalogue import default_rankers, parse_ranker_id
from reranklab.ui.widgets import OTHER
from tests.app.drive import ROOT, TIMEOUT, check, choose_source, open_app, rank, said, session_of

PAGES = ("app.py", "pages/1_Explain.py", "pages/4_Models.py", "pages/5_Datasets.py", "pages/6_Train.py", "pages/7_Watch.py")
KINDS = {kind for ranker in default_rankers() for kind in parse_ranker_id(ranker).family.kinds}
WITH_CODE = {entry.id for entry in list_models() if entry.remote_code and entry.kind in KINDS}
"""Of the rankers that a new session has."""
NOTE = "Locked by the operator of this installation: "


@pytest.fixture(autouse=True)
def own_places(tmp_path, monkeypatch):
    for name in ("RERANKLAB_SETTINGS", "RERANKLAB_LOCKED", "RERANKLAB_LLM_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("RERANKLAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hub"))


@pytest.fixture
def locked(monkeypatch):
    monkeypatch.setenv("RERANKLAB_LOCKED", "1")


def chat_app() -> AppTest:
    app = open_app()
    for slot in session_of(app).slots:
        slot.on = slot.family == "listwise-llm"
        if slot.on:
            slot.options["method"] = "chat"
    app.run()
    check(app)
    return app


def keys(app: AppTest) -> set[str]:
    return {widget.key or "" for kind in ("selectbox", "text_input") for widget in app.get(kind)}


@pytest.mark.usefixtures("locked")
@pytest.mark.parametrize("path", PAGES)
def test_every_page_says_in_a_sentence_what_is_locked(path: str):
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=TIMEOUT)
    if path != "app.py":
        app.switch_page(path)
    app.run()
    check(app)
    (note,) = [note for note in said(app, "note") if note.startswith(NOTE)]
    assert note.count("; ") == 3 and note.endswith(".")


def test_nothing_is_said_and_all_is_offered_where_nothing_is_locked():
    app = chat_app()
    assert not any(note.startswith(NOTE) for note in said(app, "note"))
    assert any("endpoint_key" in key for key in keys(app))
    assert any(key.endswith("_remote_code") for key in keys(app))


@pytest.mark.usefixtures("locked")
def test_no_endpoint_no_code_and_no_model_with_code_is_offered():
    app = chat_app()
    assert not any("endpoint" in key for key in keys(app))
    assert not any("remote_code" in key for key in keys(app))
    assert any("set up" in note for note in said(app, "note"))
    offered = {option for box in app.selectbox for option in box.options}
    assert not offered & WITH_CODE
    assert "cross-encoder/ms-marco-MiniLM-L12-v2" in offered or len(offered) > 5


def test_models_with_code_are_offered_where_it_is_not_locked(monkeypatch):
    monkeypatch.setenv("RERANKLAB_LOCKED", "endpoints,local-files")
    assert {option for box in open_app().selectbox for option in box.options} >= WITH_CODE


@pytest.mark.usefixtures("locked")
def test_the_dataset_field_and_the_models_page_take_no_path():
    app = open_app()
    choose_source(app, "beir")
    assert OTHER not in app.selectbox(key="w_dataset").options
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=TIMEOUT)
    app.switch_page("pages/4_Models.py").run()
    field = app.text_input(key="w_declared_model")
    assert (field.label, field.placeholder) == ("Hub id", "owner/name@revision")
    field.set_value("/etc").run()
    app.button(key="add_declared").click().run()
    (message,) = said(app, "error")
    assert message.startswith("The model '/etc' does not work here")


@pytest.mark.usefixtures("locked")
@pytest.mark.parametrize(
    "text", ["cross-encoder:/etc", "listwise-llm:/etc", "cross-encoder?remote_code=allow", "chunked(bi-encoder:/)"]
)
def test_what_gets_into_the_sidebar_all_the_same_is_refused_alone(text: str):
    app = open_app()
    session_of(app).add_slot(parse_ranker_id(text))
    app.run()
    rank(app)
    comparison = session_of(app).comparison
    assert comparison is not None and [ranking.ranker for ranking in comparison.rankings] == ["bm25"]
    (failure,) = comparison.failures
    assert "the operator of this installation has locked" in failure.message


@pytest.mark.usefixtures("locked")
def test_an_endpoint_typed_before_is_refused():
    app = chat_app()
    session_of(app).endpoint("llm").url, session_of(app).endpoint("llm").model = "http://127.0.0.1:9/v1", "own"
    app.button(key="rank").click().run()
    (message,) = said(app, "error")
    assert message.startswith("This chat endpoint or model does not work here") and "127.0.0.1" not in message
