"""Which documents are reranked: the judged ones, or the top of a search with its statistics."""

import threading
from dataclasses import replace

import pytest

from reranklab.data.collection import Collection
from reranklab.engine.build import build_ranker
from reranklab.errors import Cancelled, InputError
from reranklab.evaluate.candidates import CandidateRule, parse_candidates, task_notes
from reranklab.evaluate.first_stage import ranking_tasks
from reranklab.types import Document, Query

TEXTS = {"d1": "wing flow", "d2": "flow flow heat", "d3": "heat", "d4": "engine noise"}
QUERIES = {"q1": Query(id="q1", text="flow"), "q2": Query(id="q2", text="noise")}
COLLECTION = Collection(
    name="tiny",
    split="test",
    documents={name: Document(id=name, text=text) for name, text in TEXTS.items()},
    queries=QUERIES,
    qrels={"q1": {"d3": 1, "d1": 0}, "q2": {"d4": 2}},
)


def candidates(rule: str, *, add_judged: bool = False) -> list[list[str]]:
    first = ranking_tasks(COLLECTION, tuple(QUERIES.values()), parse_candidates(rule), add_judged=add_judged)
    return [[document.id for document in task.documents] for task in first.tasks]


@pytest.mark.parametrize(("text", "depth"), [("judged", 0), ("bm25:1", 1), ("bm25:100", 100), ("bm25:1000", 1000)])
def test_rules_are_read_and_written(text: str, depth: int) -> None:
    assert parse_candidates(text) == CandidateRule(depth=depth)
    assert str(parse_candidates(text)) == text


@pytest.mark.parametrize(
    "text", ["", "bm25", "bm25:", "bm25:0", "bm25:-5", "bm25:1001", "bm25:1.5", "bm25: 5", "bm25:5 ", "BM25:5", "all", "bm25:٣"]
)
def test_anything_else_is_an_error_that_names_both_forms(text: str) -> None:
    with pytest.raises(
        InputError,
        match=r"Write judged, or bm25:DEPTH, 1 to 1000, ID:DEPTH with a ranker that searches \(bi-encoder, sparse\), or run:",
    ):
        parse_candidates(text)


def test_judged_documents_are_in_file_order_grade_0_included() -> None:
    assert candidates("judged") == [["d3", "d1"], ["d4"]]


@pytest.mark.usefixtures("empty_cache")
def test_a_search_gives_its_top_in_its_order() -> None:
    # "flow": twice in d2, once in the shorter d1. Saturation (k1 = 1.2) leaves 4.4 / (2 + 1.2 * 1.375) against 2.2 / 2.2.
    assert candidates("bm25:2") == [["d2", "d1"], ["d4"]]
    assert candidates("bm25:1") == [["d2"], ["d4"]]
    assert candidates("bm25:100") == [["d2", "d1"], ["d4"]]


@pytest.mark.usefixtures("empty_cache")
def test_relevant_documents_that_the_search_missed_can_be_added() -> None:
    assert candidates("bm25:2", add_judged=True) == [["d2", "d1", "d3"], ["d4"]]


@pytest.mark.usefixtures("empty_cache")
def test_the_statistics_of_the_collection_come_along() -> None:
    first = ranking_tasks(COLLECTION, tuple(QUERIES.values()), parse_candidates("bm25:2"))
    tasks, statistics = first.tasks, first.statistics
    assert statistics is not None
    known = statistics.statistics("english")
    assert (known.documents, known.average_length) == (4, 2.0)
    assert known.document_frequencies["flow"] == 2
    ranking = build_ranker("bm25", statistics=statistics).rank(tasks[0].query, tasks[0].documents)
    assert [item.id for item in ranking.items] == ["d2", "d1"]
    assert ranking.provenance.parameters["statistics"] == "collection"
    assert ranking_tasks(COLLECTION, tuple(QUERIES.values()), parse_candidates("judged")).statistics is None


@pytest.mark.usefixtures("empty_cache")
def test_cancelled_while_searching() -> None:
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        ranking_tasks(COLLECTION, tuple(QUERIES.values()), parse_candidates("bm25:2"), cancel=cancel)


def test_a_query_without_judgements_cannot_be_judged() -> None:
    with pytest.raises(InputError, match="no judged query 'q9'"):
        ranking_tasks(COLLECTION, (Query(id="q9", text="x"),), parse_candidates("judged"))


def notes(collection: Collection, rule: str) -> tuple[str, ...]:
    parsed = parse_candidates(rule)
    first = ranking_tasks(collection, tuple(collection.queries.values()), parsed)
    return (*first.notes, *task_notes(collection, first.tasks, parsed))


@pytest.mark.usefixtures("empty_cache")
def test_queries_without_candidates_are_named() -> None:
    queries = {"q1": Query(id="q1", text="flow"), "q2": Query(id="q2", text="zebra"), "q3": Query(id="q3", text="the of")}
    collection = replace(COLLECTION, queries=queries, qrels={"q1": {"d3": 1}, "q2": {"d4": 1}, "q3": {"gone": 1}})
    tasks = ranking_tasks(collection, tuple(queries.values()), parse_candidates("bm25:100")).tasks
    assert [len(task.documents) for task in tasks] == [2, 0, 0]
    assert notes(collection, "bm25:100") == (
        "2 queries have no candidates, since BM25 found no document; every ranker scores 0 there: q2 and q3.",
    )
    assert notes(collection, "judged") == (
        "1 query has no candidates, since no judged document is in the corpus; every ranker scores 0 there: q3.",
    )


def test_judged_documents_that_are_absent_are_said_to_be_skipped() -> None:
    collection = replace(COLLECTION, qrels={"q1": {"gone": 2, "d1": 1}, "q2": {"d4": 1}})
    assert notes(collection, "judged") == (
        "1 query is ranked without those of the judged documents that are not in the corpus: q1.",
    )


@pytest.mark.usefixtures("empty_cache")
def test_a_query_that_is_a_document_is_said_to_be() -> None:
    queries = {"d2": Query(id="d2", text="flow flow  heat"), "d3": Query(id="d3", text="wing")}
    collection = replace(COLLECTION, queries=queries, qrels={"d2": {"d1": 1}, "d3": {"d1": 1}})
    assert notes(collection, "bm25:5") == ("1 query is a document of the collection, which is left out: d2.",)
