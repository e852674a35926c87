"""Whatever a part of a page raises is a sentence in its place, and the rest of the page stays usable."""

from __future__ import annotations

import ast
import importlib
import logging

import pytest
from streamlit.testing.v1 import AppTest

from reranklab.errors import InputError
from reranklab.ui import datasets_page, results, sidebar
from reranklab.ui.boundary import part
from tests.app.drive import ROOT, check, choose_source, open_app, open_page, order, rank, said, session_of

PAGES = {
    "app.py": "Compare",
    "pages/1_Explain.py": "Explain",
    "pages/4_Models.py": "Models",
    "pages/5_Datasets.py": "Datasets",
    "pages/6_Train.py": "Train",
    "pages/7_Watch.py": "Watch",
}


@pytest.fixture(autouse=True)
def own_places(tmp_path, monkeypatch):
    for name in ("RERANKLAB_CACHE", "HF_HOME", "RERANKLAB_DATA"):
        monkeypatch.setenv(name, str(tmp_path / name))


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_made_of_parts(path: str):
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    homes = {
        alias.name: importlib.import_module(node.module)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }
    called = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    called -= {"open_page", "App", "guards", "serving"}
    assert called and {name for name in called if not hasattr(getattr(homes[name], name), "is_part")} == {"show_run"} & called


def test_an_error_nobody_foresaw_is_a_sentence_and_its_traceback_is_in_the_log(monkeypatch, caplog):
    monkeypatch.setattr(sidebar, "find_family", lambda name: {}[name])
    with caplog.at_level(logging.ERROR):
        app = open_app(only="")
    sentence = "This ranker failed in a way RerankLab does not know (KeyError). The log has the details."
    assert said(app, "error") == [sentence] * len(session_of(app).slots)
    assert "Traceback" in caplog.text and "find_family" in caplog.text
    assert app.button(key="rank") and app.number_input(key="w_repeats"), "the rest of the page is there"
    choose_source(app, "paste")
    app.text_area(key="w_paste_text").set_value("kept").run()
    assert app.text_area(key="w_paste_text").value == "kept"


def test_a_section_that_fails_leaves_the_board_and_the_other_sections(monkeypatch):
    def fail(*_: object) -> None:
        raise RecursionError("deep")

    monkeypatch.setitem(results._SECTIONS, "rank-flow", ("Rank flow", fail))
    app = open_app()
    rank(app)
    assert any(message.startswith("Rank flow failed") and "RecursionError" in message for message in said(app, "error"))
    assert order(app) and any(note.startswith("Click a document") for note in said(app, "note"))


def test_an_error_of_ours_keeps_its_words(monkeypatch):
    def fail() -> None:
        raise InputError("That list is empty. Choose another.")

    monkeypatch.setattr(datasets_page, "list_datasets", fail)
    app = open_page("pages/5_Datasets.py")
    check(app)
    assert set(said(app, "error")) == {"That list is empty. Choose another."}
    assert len(app.title) == 3


def test_a_callback_that_fails_is_a_sentence_too():
    def script() -> None:
        from reranklab.ui import plain

        def fail() -> None:
            raise KeyError("x")

        plain.button("Go", on_click=fail)
        plain.title("The page")

    app = AppTest.from_function(script).run()
    app.button[0].click().run()
    check(app)
    assert said(app, "error")[0].startswith("What was asked for failed in a way RerankLab does not know (KeyError).")
    assert app.title[0].value == "The page"


def test_streamlit_s_own_ways_to_end_a_run_pass():
    from streamlit.runtime.scriptrunner import RerunData, RerunException, StopException

    for each in (RerunException(RerunData()), StopException(), KeyboardInterrupt()):

        @part("A part")
        def end(error: BaseException = each) -> None:
            raise error

        with pytest.raises(type(each)):
            end()
