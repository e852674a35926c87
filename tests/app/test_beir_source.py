"""A dataset in BEIR layout as the source."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reranklab.ui.inputs.beir import BeirState
from tests.app.drive import check, choose_source, open_app, order, rank, said, session_of


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("RERANKLAB_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four documents and two queries. For q1, b is relevant but shares no word with the query."""
    texts = {"a": "tide tables", "b": "when the sea rises", "c": "tide tide harbour", "d": "bread"}
    place = tmp_path / "harbour"
    (place / "qrels").mkdir(parents=True)
    corpus = [json.dumps({"_id": name, "title": "", "text": text}) for name, text in texts.items()]
    (place / "corpus.jsonl").write_text("\n".join(corpus))
    queries = [json.dumps({"_id": name, "text": text}) for name, text in (("q1", "tide tables"), ("q2", "bread"))]
    (place / "queries.jsonl").write_text("\n".join(queries))
    (place / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq1\tb\t2\nq1\ta\t1\nq2\td\t1\n")
    return place


def open_beir(dataset: str):
    app = open_app()
    choose_source(app, "beir")
    session_of(app).of(BeirState).dataset = dataset
    app.run()
    check(app)
    return app


def test_the_candidates_are_the_best_of_a_search(folder: Path):
    app = open_beir(str(folder))
    app.number_input(key="w_depth").set_value(2).run()
    rank(app)
    assert order(app) == ["a", "c"]
    ranking = session_of(app).comparison.rankings[0]
    assert ranking.provenance.parameters["statistics"] == "collection"
    assert session_of(app).comparison.request.judgements == {"b": 2, "a": 1}


def test_judged_documents_that_were_missed_can_be_added(folder: Path):
    app = open_beir(str(folder))
    app.number_input(key="w_depth").set_value(2).run()
    app.checkbox(key="w_add_judged").check().run()
    rank(app)
    assert order(app) == ["a", "c", "b"]


def test_a_query_that_matches_no_document_is_an_error(folder: Path):
    queries = [json.dumps({"_id": name, "text": text}) for name, text in (("q1", "zebra"), ("q2", "bread"))]
    (folder / "queries.jsonl").write_text("\n".join(queries))
    app = open_beir(str(folder))
    rank(app)
    (message,) = said(app, "error")
    assert "BM25 found no document for this query: none of the 4 documents of harbour shares a word with it" in message
    app.checkbox(key="w_add_judged").check().run()
    rank(app)
    assert sorted(order(app)) == ["a", "b"]
    assert any("No document contains a word" in warning for warning in said(app, "warning"))


def test_absent_and_own_documents_are_said(folder: Path):
    (folder / "qrels" / "test.tsv").write_text("a\tb\t2\na\tlost\t1\nq2\td\t1\n")
    queries = [json.dumps({"_id": name, "text": text}) for name, text in (("a", "tide  tables"), ("q2", "bread"))]
    (folder / "queries.jsonl").write_text("\n".join(queries))
    app = open_beir(str(folder))
    notes = said(app, "note")
    assert any(note.startswith("1 judged document is not in the corpus: lost.") for note in notes)
    assert "This query is itself a document of the collection, which is left out of its candidates." in notes
    assert "A judged document of this query is not in the corpus: lost." in notes
    app.checkbox(key="w_add_judged").check().run()
    rank(app)
    assert order(app) == ["c", "b"]
    app.selectbox(key="w_dataset_query").set_value("q2").run()
    assert not any("this query" in note.lower() for note in said(app, "note"))


def test_another_query_can_be_chosen(folder: Path):
    app = open_beir(str(folder))
    app.selectbox(key="w_dataset_query").set_value("q2").run()
    rank(app)
    assert order(app)[0] == "d"


def test_a_dataset_that_is_not_here_says_so():
    app = open_beir("scifact")
    assert any("scifact is not here yet" in message for message in said(app, "info"))
    rank(app)
    assert session_of(app).comparison is None


def test_a_folder_that_is_no_dataset_is_an_error(tmp_path: Path):
    app = open_beir(str(tmp_path))
    (message,) = said(app, "error")
    assert "corpus.jsonl" in message
