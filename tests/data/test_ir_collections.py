"""Collections by their id in ir_datasets: tiny ones that its own API makes in a folder of the test's, without a network."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from reranklab.data.beir import check_dataset, load_dataset
from reranklab.data.ir_collections import is_ir_id, load_ir_collection
from reranklab.errors import Cancelled, DataUnavailableError, InputError, LockedError
from reranklab.progress import Step
from reranklab.types import Document, Query
from tests.contract.command import printed_json, run_command

DOCUMENTS = "d1\thigh water at noon\nd2\tbread and butter\nd3\tthe tide tables list high water\n"
QUERIES = "q1\thigh water\nq2\tbread\nq3\tnot judged\n"
QRELS = "q1 0 d1 1\nq1 0 d3 2\nq2 0 d2 1\nq2 0 gone 1\nq9 0 d1 1\n"
_numbers = itertools.count()


@pytest.fixture
def catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """ir_datasets, with a home of the test's own."""
    monkeypatch.setenv("IR_DATASETS_HOME", str(tmp_path / "home"))
    return pytest.importorskip("ir_datasets")


@pytest.fixture
def made(catalogue: Any, tmp_path: Path) -> Callable[..., str]:
    """Registers a collection of three files, and gives its id."""

    def make(*, documents: str = DOCUMENTS, queries: str = QUERIES, qrels: str | None = QRELS) -> str:
        name = f"made-{next(_numbers)}"
        places = {}
        for kind, text in (("docs_tsv", documents), ("queries_tsv", queries), ("qrels_trec", qrels)):
            if text is not None:
                path = tmp_path / f"{name}-{kind}"
                path.write_text(text, encoding="utf-8")
                places[kind] = str(path)
        catalogue.registry.register(name, catalogue.create_dataset(**places))
        return f"ir_datasets:{name}"

    return make


def test_a_collection_is_read_as_the_catalogue_gives_it(made: Callable[..., str]):
    name = made()
    told: list[Step] = []
    collection = load_dataset(name, progress=told.append)
    assert (collection.name, collection.split, is_ir_id(name)) == (name, "all", True)
    assert list(collection.documents.values()) == [
        Document(id="d1", text="high water at noon"),
        Document(id="d2", text="bread and butter"),
        Document(id="d3", text="the tide tables list high water"),
    ]
    assert list(collection.queries.values()) == [Query(id="q1", text="high water"), Query(id="q2", text="bread")]
    assert collection.qrels == {"q1": {"d1": 1, "d3": 2}, "q2": {"d2": 1, "gone": 1}}
    assert any("1 judged query that is not in the queries file: q9" in note for note in collection.notes)
    assert any("1 judged document is not in the corpus: gone" in note for note in collection.notes)
    assert (told[0].done, told[0].label) == (0, "reading")
    assert load_dataset(name, split="all").qrels == collection.qrels


def test_it_is_evaluated_by_its_id_and_the_command_names_it(made: Callable[..., str], tmp_path: Path):
    name = made()
    record = printed_json("evaluate", "--dataset", name, "--candidates", "judged", "--ranker", "bm25", "--metric", "RR")
    assert (record["dataset"], record["split"]) == (name, "all")
    assert record["results"][0]["metrics"]["RR"] == 1
    assert printed_json("runs", "list")[0]["settings"]["source"] == name
    printed_json("runs", "show", "1")
    status, _, err = run_command("runs", "export", "1", "--out", tmp_path / "r.json")
    assert status == 0 and f"--dataset {name} --split all" in (tmp_path / "r.json").read_text(), err


def test_what_is_no_collection_is_one_sentence(made: Callable[..., str], catalogue: Any):
    with pytest.raises(InputError, match=r"ir_datasets has no 'beir/scifct/test'\. Did you mean ir_datasets:beir/scifact/test"):
        check_dataset("ir_datasets:beir/scifct/test")
    with pytest.raises(InputError, match="ir_datasets has no ''"):
        load_dataset("ir_datasets:")
    with pytest.raises(
        InputError, match=r"ir_datasets:beir/scifact has no judgements\. Some inside of it: .*beir/scifact/test"
    ):
        load_dataset("ir_datasets:beir/scifact")
    with pytest.raises(InputError, match="has no split 'test': an id of ir_datasets names its own"):
        load_dataset(made(), split="test")
    with pytest.raises(InputError, match=r"has no judgements\. Choose another"):
        check_dataset(made(qrels=None))


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ({"documents": "d1\ta\nd1\tb\n"}, "two documents with the id 'd1'"),
        ({"queries": "q1\ta\nq1\tb\n"}, "two queries with the id 'q1'"),
        ({"qrels": "q1 0 d1 1\nq1 0 d1 2\n"}, "judges document 'd1' of query 'q1' both 1 and 2"),
    ],
)
def test_ids_and_judgements_that_contradict_each_other_are_refused(
    made: Callable[..., str], files: dict[str, str], problem: str
):
    with pytest.raises(InputError, match=problem):
        load_dataset(made(**files))


def test_data_that_cannot_be_had_is_one_sentence(made: Callable[..., str], tmp_path: Path):
    name = made()
    for path in tmp_path.glob("*docs_tsv"):
        path.unlink()
    with pytest.raises(DataUnavailableError, match=f"{name} cannot be had: "):
        load_dataset(name)
    assert check_dataset(made(qrels="one line of nonsense\n")) is None
    with pytest.raises(DataUnavailableError, match="cannot be had: "):
        load_dataset(made(qrels="one line of nonsense\n"))


def test_it_can_be_stopped(made: Callable[..., str]):
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        load_dataset(made(), cancel=cancel)


def test_an_operator_can_lock_it(made: Callable[..., str], monkeypatch: pytest.MonkeyPatch):
    name = made()
    monkeypatch.setenv("RERANKLAB_LOCKED", "1")
    with pytest.raises(LockedError):
        load_dataset(name)


class Page(NamedTuple):
    doc_id: str
    title: str | None
    text: str

    def default_text(self) -> str:
        return f"{self.title} {self.text}"


class Part(NamedTuple):
    query_id: str
    doc_id: str
    relevance: int
    subtopic_id: str


def test_titles_and_judgements_by_subtopic(made: Callable[..., str], catalogue: Any):
    class Pages(catalogue.formats.BaseDocs):
        def docs_iter(self) -> Iterator[Page]:
            return iter((Page(doc_id="d1", title="Tides", text="high\x00water"), Page(doc_id="d2", title=None, text="bread")))

        def docs_count(self) -> int:
            return 2

        def docs_cls(self) -> type[Page]:
            return Page

    class Parts(catalogue.formats.BaseQrels):
        def qrels_iter(self) -> Iterator[Part]:
            grades: Sequence[tuple[str, int, str]] = (("d1", 0, "1"), ("d1", 2, "2"), ("d2", 1, "1"), ("d2", 0, "2"))
            return (Part(query_id="q1", doc_id=document, relevance=grade, subtopic_id=part) for document, grade, part in grades)

        def qrels_cls(self) -> type[Part]:
            return Part

    queries = catalogue.load(made().removeprefix("ir_datasets:")).queries_handler()
    catalogue.registry.register("made-by-subtopic", catalogue.Dataset(Pages(), queries, Parts()))
    collection = load_ir_collection("ir_datasets:made-by-subtopic")
    assert list(collection.documents.values()) == [
        Document(id="d1", title="Tides", text="high\ufffdwater"),
        Document(id="d2", text="bread"),
    ]
    assert collection.qrels == {"q1": {"d1": 2, "d2": 1}}
    assert collection.notes[0] == "Its judgements are by subtopic: the highest grade of a document counts."
