"""An analysis of another package, added by one module, on the Explain page."""

from __future__ import annotations

from importlib.metadata import EntryPoint

import pytest
from streamlit.testing.v1 import AppTest

from reranklab.explain import catalogue
from reranklab.explain.record import explanations_record
from reranklab.explain.subject import subject_of
from reranklab.ui.explain.work import Computations
from reranklab.ui.inputs.paste import PasteState
from tests.app.drive import check, open_app, rank, said, session_of


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch):
    points = (
        EntryPoint(name="length", value="tests.explain.invented:ANALYSIS", group=catalogue.GROUP),
        EntryPoint(name="lost", value="tests.explain.nowhere:ANALYSIS", group=catalogue.GROUP),
    )
    monkeypatch.setattr(catalogue, "entry_points", lambda *, group: points)
    catalogue.discover.cache_clear()
    page = open_app(link={"source": "paste"})
    pasted = session_of(page).of(PasteState)
    pasted.query, pasted.text = "tide", "High tide at noon.\nLow tide."
    page.run()
    rank(page)
    page.switch_page("pages/1_Explain.py").run()
    check(page)
    yield page
    monkeypatch.undo()
    catalogue.discover.cache_clear()


def ask(app: AppTest) -> None:
    """Press the button that its cost stands beside."""
    assert "1 document to measure, about 1 s." in said(app, "note")
    (button,) = (button for button in app.button if button.label == "Length: BM25")
    button.click().run()
    for job in session_of(app).of(Computations).jobs.values():
        assert job.wait(30)
    app.run()
    check(app)


def test_it_is_a_section_with_its_parameters_rows_words_figure_and_json(app: AppTest) -> None:
    app.segmented_control(key="w_explain_section").select("length").run()
    assert "How long the document is." in said(app, "note")
    ask(app)
    assert app.dataframe[0].value.to_dict("records") == [{"Ranker": "BM25", "Length": 2}]
    assert "BM25 got 2 words <b>of text</b>." in said(app, "note"), "shown literally"
    assert "Lengths for 1 rankers." in said(app, "note")
    app.selectbox(key="w_length_of").select("characters").run()
    ask(app)
    assert app.dataframe[0].value.to_dict("records") == [{"Ranker": "BM25", "Length": 9}]
    session = session_of(app)
    findings = [job.result for job in session.of(Computations).jobs.values()]
    record = explanations_record(subject_of(session.comparison, session.selected), findings[-1:])
    (explanation,) = record["explanations"]
    assert explanation["length"] == {"analysis": "length", "parameters": {"of": "characters"}, "length": 9}
    assert "json_length" in [button.key for button in app.get("download_button")]


def test_one_that_cannot_be_loaded_is_named(app: AppTest) -> None:
    (warning,) = said(app, "warning")
    assert warning.startswith("The analysis 'lost' of another package is left out: it cannot be loaded (ModuleNotFoundError")
