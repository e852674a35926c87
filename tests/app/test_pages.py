"""The Models and Datasets pages."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from reranklab.data.beir import list_datasets
from reranklab.data.collection import Collection
from reranklab.data.statistics import CollectionStatistics
from reranklab.data.stored_indexes import list_indexes
from reranklab.models.catalogue import list_models
from reranklab.types import Document
from reranklab.ui.datasets_page import INDEXES
from reranklab.ui.tasks import Tasks, start_task
from tests.app.drive import ROOT, TIMEOUT, check, said, session_of


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("RERANKLAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hub"))


def open_page(name: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=TIMEOUT)
    app.switch_page(f"pages/{name}").run()
    check(app)
    return app


def test_the_models_page_lists_the_catalogue():
    app = open_page("4_Models.py")
    table = app.dataframe[0].value
    assert list(table["Model"]) == [entry.id for entry in list_models()]
    marked = {row.Model for row in table.itertuples() if row.Licence.startswith("⚠")}
    assert marked == {entry.id for entry in list_models() if entry.non_commercial}


def test_a_declared_model_becomes_a_ranker():
    app = open_page("4_Models.py")
    app.text_input(key="w_declared_model").set_value("someone/some-reranker").run()
    app.selectbox(key="w_declared_family").select("cross-encoder").run()
    app.button(key="add_declared").click().run()
    check(app)
    assert session_of(app).slots[-1].model == "someone/some-reranker"
    assert session_of(app).slots[-1].family == "cross-encoder"


def test_a_model_that_cannot_exist_is_an_error():
    app = open_page("4_Models.py")
    app.text_input(key="w_declared_model").set_value("<b>nothing</b>").run()
    app.button(key="add_declared").click().run()
    (message,) = said(app, "error")
    assert message.startswith("'<b>nothing</b>' is neither a catalogued model")


def test_the_datasets_page_lists_samples_and_beir():
    app = open_page("5_Datasets.py")
    assert "Hard negatives" in list(app.dataframe[0].value["Name"])
    assert list(app.dataframe[1].value["Name"]) == [dataset.name for dataset in list_datasets()]


def test_the_smallest_dataset_that_is_not_here_is_chosen_first(tmp_path):
    first = open_page("5_Datasets.py").selectbox[0].value
    assert first == "nfcorpus"
    folder = tmp_path / "cache" / "datasets" / first
    (folder / "qrels").mkdir(parents=True)
    for name in ("corpus.jsonl", "queries.jsonl", "qrels/test.tsv"):
        (folder / name).write_text("")
    assert open_page("5_Datasets.py").selectbox[0].value == "scifact"


def test_a_download_that_fails_says_where_the_files_belong(monkeypatch, tmp_path):
    monkeypatch.setenv("RERANKLAB_BEIR_URL", "http://127.0.0.1:9/nothing")
    app = open_page("5_Datasets.py")
    app.button(key="download").click().run()
    (job,) = session_of(app).of(Tasks).jobs.values()
    assert job.wait(TIMEOUT)
    app.run()
    (message,) = said(app, "error")
    assert str(tmp_path / "cache" / "datasets") in message


def test_indexes_are_listed_with_their_size_and_can_be_deleted():
    documents = {name: Document(id=name, text=text) for name, text in (("a", "tide tables"), ("b", "bread"))}
    collection = Collection(name="harbour", split="test", documents=documents, queries={}, qrels={})
    CollectionStatistics(collection).index("english")
    CollectionStatistics(collection).index("words")
    app = open_page("5_Datasets.py")
    table = app.dataframe[2].value
    assert list(zip(table["Dataset"], table["Analyser"], table["Documents"], strict=True)) == [
        ("harbour", "english", 2),
        ("harbour", "words", 2),
    ]
    assert all(size > 0 for size in table["MB"])
    app.multiselect(key="index_chosen").select(list_indexes()[1].id).run()
    app.button(key="index_delete").click().run()
    check(app)
    assert list(app.dataframe[2].value["Analyser"]) == ["english"]
    app.multiselect(key="index_chosen").select(list_indexes()[0].id).run()
    app.button(key="index_delete").click().run()
    check(app)
    assert "There is no index yet." in said(app, "note")


def use(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cache: str) -> None:
    (tmp_path / "file").write_text("a file")
    monkeypatch.setenv("RERANKLAB_CACHE", cache.format(tmp_path))


@pytest.mark.parametrize("cache", ["{}/file", "{}/file/inside", "~nobody-is-here/x", "/proc/1/root/x", "{}/" + "a" * 300])
@pytest.mark.parametrize("page", ["4_Models.py", "5_Datasets.py"])
def test_pages_open_whatever_the_cache_is(monkeypatch, tmp_path, cache, page):
    use(monkeypatch, tmp_path, cache)
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=TIMEOUT)
    app.switch_page(f"pages/{page}").run()
    assert not app.exception
    wrong = said(app, "error")
    assert all("begins with the home of a user" in message for message in wrong) if cache.startswith("~") else not wrong


def test_a_download_to_a_cache_that_is_a_file_says_so(monkeypatch, tmp_path):
    use(monkeypatch, tmp_path, "{}/file")
    app = open_page("5_Datasets.py")
    app.button(key="download").click().run()
    (job,) = session_of(app).of(Tasks).jobs.values()
    assert job.wait(TIMEOUT)
    app.run()
    (message,) = said(app, "error")
    assert f"{tmp_path / 'file'} is a file, not a folder. Move it away" in message


def test_an_index_that_cannot_be_stored_is_told(monkeypatch, tmp_path):
    documents = {"a": Document(id="a", text="tide tables")}
    collection = Collection(name="harbour", split="test", documents=documents, queries={}, qrels={})
    use(monkeypatch, tmp_path, "{}/file")
    index = CollectionStatistics(collection).index("english")
    monkeypatch.setenv("RERANKLAB_CACHE", str(tmp_path / "cache"))
    app = open_page("5_Datasets.py")
    start_task(session_of(app), INDEXES, "harbour", lambda cancel, progress: index)
    (job,) = session_of(app).of(Tasks).jobs.values()
    assert job.wait(TIMEOUT)
    app.run()
    (message,) = said(app, "warning")
    assert message.startswith("The index cannot be stored in") and message.endswith("This time it is used from memory.")
