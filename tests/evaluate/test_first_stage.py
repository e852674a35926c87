"""First stages other than words: a search by a ranker's own vectors, and another system's run."""

import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reranklab.data.collection import load_collection
from reranklab.data.samples import load_sample
from reranklab.engine.build import build_ranker
from reranklab.errors import Cancelled, InputError, LockedError
from reranklab.evaluate.candidates import CandidateRule, parse_candidates
from reranklab.evaluate.differences import compare_results
from reranklab.evaluate.evaluated import evaluated
from reranklab.evaluate.manifest import manifest
from reranklab.evaluate.task_set import prepare_tasks
from reranklab.models.store import StoredModel
from reranklab.progress import Step
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.rankers.searching import VectorSearch
from reranklab.store.store import open_store
from reranklab.types import Query
from tests.contract.command import printed_json, run_command
from tests.evaluate.test_kept import made_collection


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("bi-encoder:100", CandidateRule(depth=100, ranker="bi-encoder")),
        ("bi-encoder:BAAI/bge-small-en-v1.5:7", CandidateRule(depth=7, ranker="bi-encoder:BAAI/bge-small-en-v1.5")),
        ("bi-encoder?precision=fp16:7", CandidateRule(depth=7, ranker="bi-encoder?precision=fp16")),
        ("bi-encoder?documents=embed:7", CandidateRule(depth=7, ranker="bi-encoder")),
        ("run:a folder/x.run:20", CandidateRule(depth=20, run="a folder/x.run")),
        ("run:x.run", CandidateRule(depth=1000, run="x.run")),
    ],
)
def test_rules_are_read_and_written(text: str, rule: CandidateRule):
    assert parse_candidates(text) == rule
    assert parse_candidates(str(rule)) == rule


@pytest.mark.parametrize(
    "text", ["bi-encoder", "bi-encoder:0", "nobody:100", "run:", "run::5", "bi-encoder?x=1:5", "run:x:1001"]
)
def test_anything_else_names_the_forms(text: str):
    with pytest.raises(InputError, match="Write judged, or bm25:DEPTH"):
        parse_candidates(text)


def test_a_ranker_that_does_not_search_is_refused():
    with pytest.raises(InputError, match=r"cross-encoder does not search a collection\. Write judged"):
        parse_candidates("cross-encoder:100")
    with pytest.raises(InputError, match=r"bm25\?k1=2 does not search a collection"):
        parse_candidates("bm25?k1=2:100")


def searching(vectors: Sequence[Sequence[float]], texts: Sequence[int], query: Sequence[float]) -> VectorSearch:
    return VectorSearch(
        ids=tuple(f"d{number}" for number in range(len(texts))),
        texts=np.array(texts),
        vectors=np.array(vectors, dtype=np.float32),
        embed=lambda text: np.array(query, dtype=np.float32),
        made={},
    )


@given(data=st.data(), size=st.integers(1, 30), k=st.integers(1, 40))
def test_a_search_is_a_stable_sort_of_all_documents(data: st.DataObject, size: int, k: int):
    values = data.draw(st.lists(st.integers(-3, 3), min_size=size, max_size=size))
    found = searching([[value] for value in values], range(size), [1.0]).search("q", k=k)
    assert found == tuple((f"d{place}", values[place]) for place in sorted(range(size), key=lambda each: -values[each])[:k])


def test_equal_texts_have_one_score_and_a_depth_of_nothing_is_refused():
    search = searching([[0.1, 0.7], [0.3, 0.2]], [1, 0, 1], [0.5, 0.5])
    assert [document for document, _ in search.search("q", k=3)] == ["d1", "d0", "d2"]
    assert len({score for _, score in search.search("q", k=3)}) == 2
    with pytest.raises(InputError, match="depth of 0"):
        search.search("q", k=0)


def test_it_equals_the_exact_search_of_sentence_transformers(weights: dict[str, StoredModel], own_cache: Path):
    import torch
    from sentence_transformers.util import semantic_search

    collection = load_sample("web-questions")
    documents = tuple(collection.documents.values())
    ranker = build_ranker("bi-encoder")
    search = ranker.open_search(documents)
    told: list[Step] = []
    again = ranker.open_search(documents, progress=told.append)
    vectors = torch.from_numpy(ranker.index([document.content for document in documents]).vectors)
    for query in list(collection.queries.values())[:6]:
        mine = search.search(query.text, k=10)
        assert again.search(query.text, k=10) == mine
        (theirs,) = semantic_search(torch.from_numpy(ranker.embed_query(query.text))[None], vectors, top_k=10)
        assert [document for document, _ in mine] == [documents[int(hit["corpus_id"])].id for hit in theirs]
        assert [score for _, score in mine] == pytest.approx([hit["score"] for hit in theirs], abs=1e-6)
    assert not any(step.label == "embedding" for step in told), "the second time all are on disk"


def test_it_can_be_stopped_while_documents_are_embedded(weights: dict[str, StoredModel], own_cache: Path):
    cancel = threading.Event()

    def stop(step: Step) -> None:
        if step.label == "embedding":
            cancel.set()

    with pytest.raises(Cancelled):
        prepare_tasks("negation", candidates="bi-encoder:10", cancel=cancel, progress=stop)


def test_dense_candidates_are_evaluated_kept_and_told(weights: dict[str, StoredModel], own_cache: Path, tmp_path: Path):
    tasks = prepare_tasks("negation", candidates="bi-encoder:10", queries=4)
    specs = [parse_ranker_id("bi-encoder"), parse_ranker_id("bm25")]
    store = open_store(tmp_path / "results.sqlite")
    results = tasks.evaluate(specs, store=store)
    for ranking, task in zip(results[0].rankings, tasks.tasks, strict=True):
        assert [item.id for item in ranking.items] == [document.id for document in task.documents]
        assert len(task.documents) == 10
    assert results[1].rankings[0].provenance.parameters["statistics"] == "collection"
    assert [result.stored for result in tasks.evaluate(specs, store=store)] == [4, 4]
    words = prepare_tasks("negation", candidates="bm25:10", queries=4)
    assert [result.stored for result in words.evaluate(specs, store=store)] == [0, 0]
    measures = ["RR"]
    about = manifest(evaluated(tasks, results, measures=measures, differences=compare_results(results, ["nDCG@10"])))
    assert about["first_stage"]["weights_sha256"] == results[0].rankings[0].provenance.weights_sha256
    assert "--candidates bi-encoder:10 " in about["command"]


def test_a_query_that_is_too_long_for_the_search_has_no_candidates(weights: dict[str, StoredModel], own_cache: Path):
    collection = load_sample("negation")
    first, *_ = collection.queries
    long = replace(collection, queries={**collection.queries, first: Query(id=first, text="water " * 600)})
    tasks = prepare_tasks(long, candidates="bi-encoder:5")
    assert [task.query.id for task in tasks.tasks if not task.documents] == [first]
    assert f"Too long for bi-encoder, and so without candidates: {first}." in tasks.notes


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return made_collection(tmp_path / "collection")


def test_another_systems_run_gives_the_candidates(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RERANKLAB_CACHE", str(tmp_path / "cache"))
    relevant = {query: next(iter(grades)) for query, grades in load_collection(folder).qrels.items()}
    lines = [f"{query} Q0 {document} 2 1.0 other" for query, document in relevant.items() if query != "q5"]
    others = [
        f"{query} Q0 d{place} {place} 5 other" for query, document in relevant.items() if query == "q3" for place in (1, 2)
    ]
    run = tmp_path / "other.run"
    run.write_text("\n".join([*lines, *others, "qx Q0 d1 1 1 other"]))
    rule = f"run:{run}:2"
    record = printed_json("evaluate", "--dataset", folder, "--candidates", rule, "--ranker", "bm25")
    assert record["candidates"] == rule
    (result,) = record["results"]
    assert result["without_candidates"] == ["q5"]
    found = {task.query.id: [each.id for each in task.documents] for task in prepare_tasks(folder, candidates=rule).tasks}
    assert found.pop("q3") == ["d1", "d2"], "equal scores are in the order of the rank column, and 2 are asked for"
    assert found == {query: [document] for query, document in relevant.items() if query != "q3"} | {"q5": []}
    assert any("the run found no document" in note and "q5" in note for note in record["notes"])
    assert any("Scores repeat in 1 list of the run other.run" in note for note in record["notes"])
    (stored,) = (run["settings"] for run in printed_json("runs", "list"))
    assert (stored["first_stage"]["tag"], len(stored["first_stage"]["sha256"])) == ("other", 64)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("q1 Q0 nobody 1 1 t", "not in the collection: nobody"),
        ("zz Q0 d1 1 1 t", "has none of the 30 queries"),
        ("q1 Q0 d1", "has 3 fields"),
        ("", "holds no line of a TREC run"),
    ],
)
def test_a_run_that_cannot_be_used_is_one_sentence(folder: Path, tmp_path: Path, content: str, problem: str):
    run = tmp_path / "x.run"
    run.write_text(content)
    status, _, err = run_command("evaluate", "--dataset", folder, "--candidates", f"run:{run}", "--ranker", "bm25")
    assert status == 2 and problem in err and err.count("\n") == 1


def test_a_run_by_its_path_can_be_locked(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RERANKLAB_LOCKED", "1")
    with pytest.raises(LockedError, match=r"The run x\.run"):
        prepare_tasks(load_sample("negation"), candidates="run:x.run")
