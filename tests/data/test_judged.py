"""Collections that people judge: what stands in their folder, and that it is a dataset like any other."""

from __future__ import annotations

import os
import threading
import zipfile
from io import BytesIO

import pytest

from reranklab.data.beir import load_dataset
from reranklab.data.collection import list_splits
from reranklab.data.judged import (
    delete_judged,
    export_judged,
    judged_folder,
    judged_names,
    own_grades,
    read_judged,
    set_grades,
)
from reranklab.data.paths import data_dir
from reranklab.errors import InputError, LockedError, StorageError
from reranklab.types import Document, Query

QUERY = Query(id="q", text="how do tides work")
DOCUMENTS = tuple(Document(id=f"d{n}", text=f"On tides, part {n}", title="Tides" if n == 1 else "") for n in range(1, 5))


def grade(grades, *, judge="Anna", query=QUERY, documents=DOCUMENTS, name="tides"):
    set_grades(name, judge=judge, query=query, candidates=documents, grades=grades, source="Pasted")


def test_a_grade_is_on_disk_at_once_and_the_folder_is_a_dataset():
    assert judged_names() == () and not data_dir().exists()
    grade({"d1": 3, "d2": 0})
    collection = load_dataset("tides")
    assert collection == load_dataset(judged_folder("tides"))
    assert (collection.name, collection.split) == ("tides", "test")
    assert collection.qrels == {"q": {"d1": 3, "d2": 0}}
    assert tuple(collection.documents.values()) == DOCUMENTS
    assert collection.queries == {"q": QUERY}
    assert own_grades("tides", judge="Anna", query=QUERY, candidates=DOCUMENTS) == {"d1": 3, "d2": 0}
    assert own_grades("tides", judge="Ben", query=QUERY, candidates=DOCUMENTS) == {}


def test_a_grade_can_be_changed_and_taken_back():
    grade({"d1": 3})
    grade({"d1": 1, "d2": 2})
    grade({"d2": None})
    assert read_judged("tides").judges == {"Anna": {"q": {"d1": 1}}}
    grade({"d1": None})
    assert judged_names() == ()
    with pytest.raises(InputError, match=r"There is no judged collection 'tides'\. Nothing has been judged yet"):
        read_judged("tides")
    grade({"d4": 0})
    assert judged_names() == ("tides",)


def test_each_judge_is_a_split_and_the_merged_grade_is_the_lower_median():
    for judge, given in {"Anna": [3, 0, 1], "Ben": [1, 2, 1], "Cid": [2, None, 1]}.items():
        grade(dict(zip(("d1", "d2", "d3"), given, strict=True)), judge=judge)
    assert list_splits(judged_folder("tides")) == ("test", "Anna", "Ben", "Cid")
    assert load_dataset("tides").qrels == {"q": {"d1": 2, "d2": 0, "d3": 1}}
    assert load_dataset("tides", split="Ben").qrels == {"q": {"d1": 1, "d2": 2, "d3": 1}}


def test_the_same_id_with_another_text_is_another_document():
    others = (Document(id="d1", text="On bread"), DOCUMENTS[1])
    bread = Query(id="q", text="how does bread rise")
    grade({"d1": 3, "d2": 1})
    grade({"d1": 2, "d2": 0}, query=bread, documents=others)
    collection = load_dataset("tides")
    (_, second), (*_, new) = collection.queries, collection.documents
    assert second.startswith("q~") and new.startswith("d1~")
    assert collection.queries[second].text == bread.text and collection.documents[new].text == "On bread"
    assert collection.qrels == {"q": {"d1": 3, "d2": 1}, second: {new: 2, "d2": 0}}
    assert own_grades("tides", judge="Anna", query=bread, candidates=others) == {"d1": 2, "d2": 0}
    grade({"d1": 1}, query=bread, documents=others)
    assert load_dataset("tides").qrels[second] == {new: 1, "d2": 0}


@pytest.mark.parametrize("odd", ["", " d1", "d\t1", "d\n1", "\ud83d", "d\u20281"])
def test_an_id_that_no_qrels_file_can_hold_is_kept_under_another(odd: str):
    documents = (Document(id=odd, text="On tides"), Document(id="x", text="On bread"))
    grade({odd: 2}, documents=documents, query=Query(id=odd, text="tides"))
    collection = load_dataset("tides")
    ((query_id, judged),) = collection.qrels.items()
    ((document_id, value),) = judged.items()
    assert (value, collection.documents[document_id].text, collection.queries[query_id].text) == (2, "On tides", "tides")
    assert own_grades("tides", judge="Anna", query=Query(id=odd, text="tides"), candidates=documents) == {odd: 2}


def test_the_zip_is_a_dataset(tmp_path):
    grade({"d1": 3})
    grade({"d1": 2}, judge="Ben")
    path = tmp_path / "elsewhere.zip"
    path.write_bytes(export_judged("tides"))
    assert load_dataset(path, split="Ben").qrels == {"q": {"d1": 2}}
    assert set(zipfile.ZipFile(BytesIO(path.read_bytes())).namelist()) == {
        f"tides/{name}" for name in ("corpus.jsonl", "queries.jsonl", "qrels/test.tsv", "qrels/Anna.tsv", "qrels/Ben.tsv")
    }


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".x", "x.lock", "test", "Test", "x" * 41, "a\tb", " "])
def test_a_name_that_is_no_file_name_is_refused(name: str):
    with pytest.raises(InputError, match="cannot be called"):
        grade({"d1": 1}, name=name)
    with pytest.raises(InputError, match="A judge cannot be called"):
        grade({"d1": 1}, judge=name)
    assert not (data_dir() / "judged").exists()


@pytest.mark.parametrize("value", [-1, 4, 1.5, True])
def test_a_grade_is_one_of_four(value):
    with pytest.raises(InputError, match=f"{value} is no grade. Give one of 0, 1, 2, 3"):
        grade({"d1": value})


def test_a_document_that_is_no_candidate_is_refused():
    with pytest.raises(InputError, match="The document 'd9' is not among the candidates"):
        grade({"d9": 1})


def test_a_disk_that_refuses_leaves_what_was_there(monkeypatch: pytest.MonkeyPatch):
    grade({"d1": 3})
    before = {path: path.read_bytes() for path in judged_folder("tides").rglob("*") if path.is_file()}

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match=r"The judgements cannot be stored in .*: the disk is full.*RERANKLAB_DATA"):
        grade({"d1": 0}, query=Query(id="z", text="bread"))
    assert {path: path.read_bytes() for path in judged_folder("tides").rglob("*") if path.is_file()} == before


def test_judges_at_once_lose_nothing():
    def judge(number: int) -> None:
        for document in DOCUMENTS:
            grade({document.id: number % 4}, judge=f"Judge {number}")

    threads = [threading.Thread(target=judge, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expected = {f"Judge {n}": {"q": {document.id: n % 4 for document in DOCUMENTS}} for n in range(6)}
    assert read_judged("tides").judges == expected


def test_it_is_found_where_paths_are_locked(monkeypatch: pytest.MonkeyPatch):
    grade({"d1": 3})
    monkeypatch.setenv("RERANKLAB_LOCKED", "1")
    assert load_dataset("tides").qrels == {"q": {"d1": 3}}
    with pytest.raises(LockedError):
        load_dataset(str(judged_folder("tides")))


def test_a_collection_can_be_deleted():
    grade({"d1": 3})
    delete_judged("tides")
    assert judged_names() == () and not judged_folder("tides").exists()
