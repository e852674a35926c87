"""Uploads on the Compare page."""

from __future__ import annotations

import pytest

from reranklab.ui.inputs.upload import UploadState
from tests.app.drive import check, choose_source, open_app, order, rank, said, session_of

pytestmark = pytest.mark.slow


def upload(name: str, content: bytes):
    app = open_app()
    choose_source(app, "upload")
    app.text_input(key="w_upload_query").set_value("water").run()
    app.file_uploader(key="w_upload_0").set_value((name, content, "text/plain")).run()
    check(app)
    return app


def uploaded(app) -> UploadState:
    return session_of(app).of(UploadState)


def test_a_csv_is_ranked_by_its_guessed_columns():
    app = upload("notes.csv", b"docno,passage,year\na,dry land,1999\nb,water everywhere,2001\n")
    assert app.selectbox(key="w_upload_text_column").value == "passage"
    assert app.selectbox(key="w_upload_id_column").value == "docno"
    rank(app)
    assert order(app) == ["b", "a"]


def test_another_column_can_be_chosen():
    app = upload("notes.csv", b"id,text,remark\na,water,dry\nb,dry,water\n")
    app.selectbox(key="w_upload_text_column").set_value("remark").run()
    rank(app)
    assert order(app) == ["b", "a"]


def test_a_file_without_column_names_says_what_was_assumed_and_can_be_switched():
    app = upload("tides.tsv", b"7\twater and land\n8\tsand\n")
    assert any("Line 1 of tides.tsv was read as a document, not as column names" in note for note in said(app, "note"))
    assert (uploaded(app).id_column, uploaded(app).text_column) == ("column 1", "column 2")
    rank(app)
    assert order(app) == ["7", "8"]
    assert "Line 1 of tides.tsv was read as a document" in session_of(app).comparison.request.notes[1]
    app.segmented_control(key="w_upload_header").select("yes").run()
    check(app)
    assert not any("Line 1 of tides.tsv" in note for note in said(app, "note"))
    assert app.selectbox(key="w_upload_text_column").value == "water and land"
    rank(app)
    assert order(app) == ["d1"]


@pytest.mark.parametrize(
    ("name", "content", "part"),
    [
        ("broken.csv", b'id,text\n1,"never closed\n2,two\n', "line 2 of broken.csv opens a double quote that is never closed"),
        ("latin.csv", "id,text\n1,caf\u00e9\n".encode("latin-1"), "latin.csv is not UTF-8"),
        ("broken.jsonl", b'{"text": "one"}\n{"text": \n', "Line 2 of broken.jsonl is not valid JSON"),
        ("nan.jsonl", b'{"text": "one"}\n{"text": NaN}\n', "Line 2 of nan.jsonl holds NaN, which is no JSON number"),
        ("empty.txt", b"", "empty.txt"),
    ],
)
def test_a_broken_file_is_a_useful_error(name: str, content: bytes, part: str):
    app = upload(name, content)
    (message,) = said(app, "error")
    assert part in message
    rank(app)
    assert len(said(app, "error")) == 1
    assert session_of(app).comparison is None


def test_a_file_survives_a_page_switch_until_it_is_removed():
    app = upload("notes.txt", b"water\nland\n")
    app.switch_page("pages/5_Datasets.py").run()
    check(app)
    app.switch_page("app.py").run()
    check(app)
    assert any("notes.txt" in message for message in said(app, "info"))
    rank(app)
    assert order(app) == ["d1", "d2"]
    next(button for button in app.button if button.label == "Remove the file").click().run()
    assert uploaded(app).name == ""
