"""Queries of a drift warning: from files, folders without judgements, and stored runs."""

from pathlib import Path

import pytest

from reranklab.data.collection import Collection, load_collection
from reranklab.data.queries import parse_queries, read_query_file
from reranklab.data.samples import load_sample
from reranklab.errors import InputError, LockedError
from reranklab.evaluate.drift_warning import warn_of_drift
from reranklab.evaluate.query_sources import load_queries, query_sample, run_number, stored_sample, told_apart
from reranklab.evaluate.task_set import prepare_tasks
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.store.store import open_store
from tests.evaluate.test_kept import made_collection

SPECS = [parse_ranker_id("bm25"), parse_ranker_id("bm25?k1=0&b=0")]


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("log.txt", "first query\n\nsecond query\n", [("1", "first query"), ("2", "second query")]),
        ("log.csv", "query,when\nfirst query,monday\nsecond query,tuesday\n", [("1", "first query"), ("2", "second query")]),
        ("log.tsv", "id\tquestion\n7\tfirst query\n9\tsecond query\n", [("7", "first query"), ("9", "second query")]),
        ("log.jsonl", '{"_id": "a", "text": "first query"}\n{"_id": "b", "text": "second query"}\n',
         [("a", "first query"), ("b", "second query")]),
        ("log.csv", "id,query\n7,first query\n7,second query\n", [("1", "first query"), ("2", "second query")]),
    ],
)  # fmt: skip
def test_files_of_queries(name: str, content: str, expected: list):
    assert [(query.id, query.text) for query in parse_queries(name, content.encode()).queries] == expected


def test_repeated_ids_and_blank_rows_are_said():
    parsed = parse_queries("log.csv", b"id,query\n7,one thing\n7,another\n8,\n")
    assert any("numbered by row" in note for note in parsed.notes)
    assert any("1 rows of log.csv without text" in note for note in parsed.notes)
    with pytest.raises(InputError, match="blank"):
        parse_queries("log.csv", b"id,query\n7,\n8,\n")


def test_a_folder_needs_no_judgements(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RERANKLAB_CACHE", str(tmp_path / "cache"))
    folder = made_collection(tmp_path / "mine")
    judged = load_collection(folder)
    (folder / "qrels" / "test.tsv").unlink()
    found = load_queries(folder)
    assert isinstance(found, Collection)
    assert (found.documents, found.queries, found.qrels) == (judged.documents, judged.queries, {})
    store = open_store(tmp_path / "results.sqlite")
    sample = query_sample(found, SPECS, candidates="bm25:10", store=store)
    assert {ranker: len(rankings) for ranker, rankings in sample.rankings.items()} == {spec.id: 30 for spec in SPECS}
    (with_judgements, _) = prepare_tasks(judged, candidates="bm25:10").evaluate(SPECS)
    assert [ranking.items for ranking in with_judgements.rankings] == [
        ranking.items for ranking in sample.rankings["bm25"].values()
    ]
    kept = stored_sample(store, 1)
    assert kept.name == "mine (run 1)" and kept.candidates == "bm25:10"
    assert {query.id for query in kept.queries} == {query.id for query in sample.queries}
    warning = warn_of_drift(kept, sample)
    assert not warning.drifted
    assert [(signal.kind, signal.distance) for signal in warning.signals][:3] == [("words", 0), ("length", 0), ("scores", 0)]


def test_files_are_ranked_over_a_corpus(tmp_path: Path):
    sample = load_sample("negation")
    (tmp_path / "new.txt").write_text("".join(f"{query.text}\n" for query in sample.queries.values()))
    parsed = read_query_file(tmp_path / "new.txt")
    alone = query_sample(parsed, SPECS)
    assert (len(alone.queries), dict(alone.rankings)) == (12, {})
    ranked = query_sample(parsed, SPECS[:1], corpus=sample, candidates="bm25:10", queries=5)
    assert len(ranked.queries) == len(ranked.rankings["bm25"]) == 5
    assert {item.id for ranking in ranked.rankings["bm25"].values() for item in ranking.items} <= sample.documents.keys()


def test_names_and_sources_that_do_not_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    assert (run_number("run:12"), run_number("run"), run_number("scifact")) == (12, None, None)
    sample = query_sample(load_sample("negation"), [])
    assert [each.name for each in told_apart([sample, sample, sample])] == ["negation", "negation (2)", "negation (3)"]
    with pytest.raises(InputError, match="cannot be read"):
        load_queries(tmp_path / "missing.txt")
    with pytest.raises(InputError, match="no run 5"):
        stored_sample(open_store(tmp_path / "results.sqlite"), 5)
    monkeypatch.setenv("RERANKLAB_LOCKED", "1")
    with pytest.raises(LockedError):
        load_queries(tmp_path / "missing.txt")
