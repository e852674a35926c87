"""A saved result on the pages."""

from __future__ import annotations

import json

import pytest
from streamlit.testing.v1 import AppTest

from reranklab.engine.saved import saved_record
from tests.app.drive import check, choose_source, open_app, open_page, order, rank, said, session_of
from tests.engine.test_saved import ranked

pytestmark = pytest.mark.slow

HOSTILE = "![x](https://example.org/x.png) **bold** <script>alert(1)</script>"


def saved(**changes: object) -> bytes:
    return json.dumps({**saved_record(ranked()), **changes}).encode()


def upload(app: AppTest, content: bytes, *, key: str = "w_saved") -> AppTest:
    app.file_uploader(key=key).set_value(("result.json", content, "application/json")).run()
    check(app)
    return app


@pytest.fixture
def app() -> AppTest:
    app = open_app()
    choose_source(app, "saved")
    return app


def test_it_opens_on_compare_and_explain_and_its_input_is_ranked_again(app: AppTest):
    upload(app, saved())
    comparison = session_of(app).comparison
    assert comparison is not None
    assert comparison.request.label == "Saved · Pasted"
    assert all(ranking.timing.cached for ranking in comparison.rankings)
    assert any("Saved · Pasted · 3 documents" in note for note in said(app, "note"))
    app.switch_page("pages/1_Explain.py").run()
    check(app)
    assert app.selectbox(key="w_explained").value == order(app)[0]
    app.switch_page("app.py").run()
    check(app)
    rank(app)
    again = session_of(app).comparison
    assert again is not None and again is not comparison
    assert again.request.query == comparison.request.query
    assert not again.rankings[0].timing.cached
    app.button(key="open_saved").click().run()
    check(app)
    assert session_of(app).comparison is comparison


def test_it_opens_on_explain_where_nothing_was_ranked():
    app = open_page("pages/1_Explain.py")
    check(app)
    upload(app, saved(), key="w_saved_explain")
    assert app.selectbox(key="w_explained").value == "a"


def test_another_file_is_one_sentence_and_costs_no_results(app: AppTest):
    upload(app, saved())
    before = session_of(app).comparison
    upload(app, b'{"format": "other"}')
    (message,) = said(app, "error")
    assert "result.json is no result that was saved to be opened again" in message
    assert session_of(app).comparison is before


def test_what_stands_in_a_file_is_shown_literally(app: AppTest):
    record = saved_record(ranked())
    record["label"] = HOSTILE
    for ranking in record["rankings"]:
        ranking["warnings"] = [HOSTILE]
        ranking["scale"] = {"name": HOSTILE[:100], "description": HOSTILE, "within_list": False}
    record["rankings"][0]["ranker"] = HOSTILE
    upload(app, json.dumps(record).encode())
    assert any(HOSTILE in warning for warning in said(app, "warning"))
    assert any(f"{HOSTILE} is shown as it was saved" in warning for warning in said(app, "warning"))
    app.switch_page("pages/1_Explain.py").run()
    check(app)
    assert not [element for element in app.markdown if "](https" in element.value]
