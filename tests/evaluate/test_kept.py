"""An evaluation that survives: what is stored is not computed again, and a killed one goes on where it stopped."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from reranklab.data.collection import load_collection
from reranklab.engine.request import RunSettings
from reranklab.evaluate.differences import compare_results
from reranklab.evaluate.kept import RunKeeper
from reranklab.evaluate.past import compare_runs, export_qrels, export_run
from reranklab.evaluate.task_set import TaskSet, prepare_tasks
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.store.store import Store, open_store

SPECS = [parse_ranker_id("bm25"), parse_ranker_id("bm25?k1=2")]
QUERIES = 30


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(tmp_path / "results.sqlite")


def made_collection(folder: Path) -> Path:
    """A collection of 30 queries over 60 documents, in BEIR layout."""
    words = [f"word{number}" for number in range(40)]
    choose = random.Random(0)
    (folder / "qrels").mkdir(parents=True)
    texts = [" ".join(choose.choices(words, k=30)) for _ in range(60)]
    (folder / "corpus.jsonl").write_text(
        "".join(f'{{"_id": "d{number}", "title": "", "text": "{text}"}}\n' for number, text in enumerate(texts))
    )
    (folder / "queries.jsonl").write_text(
        "".join(f'{{"_id": "q{number}", "text": "{words[number]} {words[number + 1]}"}}\n' for number in range(QUERIES))
    )
    judged = [f"q{number}\td{choose.randrange(60)}\t1\n" for number in range(QUERIES) for _ in (0,)]
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\n" + "".join(judged))
    return folder


@pytest.fixture(scope="module")
def tasks(tmp_path_factory: pytest.TempPathFactory) -> TaskSet:
    folder = made_collection(tmp_path_factory.mktemp("made") / "collection")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RERANKLAB_CACHE", str(folder.parent / "cache"))
        return prepare_tasks(load_collection(folder), candidates="bm25:20")


def test_the_same_request_is_answered_from_the_store_and_says_so(tasks: TaskSet, store: Store):
    first = tasks.evaluate(SPECS, store=store)
    again = tasks.evaluate(SPECS, store=store)
    assert [result.stored for result in first] == [0, 0]
    assert [result.stored for result in again] == [QUERIES, QUERIES]
    assert [result.per_query for result in again] == [result.per_query for result in first]
    assert all(ranking.timing.cached for ranking in again[0].rankings)
    assert [run.id for run in store.runs.all()] == [1, 2]
    fresh = tasks.evaluate(SPECS, store=store, fresh=True)
    assert [result.stored for result in fresh] == [0, 0]


def test_another_device_repeat_or_option_is_another_input(tasks: TaskSet, store: Store):
    tasks.evaluate(SPECS[:1], store=store)
    assert tasks.evaluate(SPECS[:1], repeats=2, store=store)[0].stored == 0
    assert tasks.evaluate([parse_ranker_id("bm25?b=0.5")], store=store)[0].stored == 0
    assert tasks.evaluate(SPECS[:1], measures=["RR@3"], store=store)[0].stored == QUERIES, "a measure needs no new ranking"


def test_a_model_that_is_no_model_costs_no_other_ranker_its_results(tasks: TaskSet, store: Store):
    good, bad = tasks.evaluate([*SPECS[:1], parse_ranker_id("cross-encoder:/nowhere")], store=store)
    assert good.complete
    assert [(error.query, "/nowhere" in error.message) for error in bad.errors] == [(None, True)]


def test_a_damaged_ranking_is_computed_again(tasks: TaskSet, store: Store):
    tasks.evaluate(SPECS[:1], store=store)
    with store.database.writing() as connection:
        connection.execute("UPDATE result SET items = x'00' WHERE query_id = 'q3'")
    (result,) = tasks.evaluate(SPECS[:1], store=store)
    assert (result.stored, result.complete) == (QUERIES - 1, True)
    assert tasks.evaluate(SPECS[:1], store=store)[0].stored == QUERIES


def test_results_that_cannot_be_kept_are_shown_and_it_is_told_once(tasks: TaskSet, store: Store):
    expected = tasks.evaluate(SPECS)
    with store.database.writing() as connection:
        connection.execute("CREATE TRIGGER no_more BEFORE INSERT ON result BEGIN SELECT RAISE(ABORT, 'disk full'); END")
    told: list[str] = []
    found = tasks.evaluate(SPECS, store=store, warn=told.append)
    assert [result.per_query for result in found] == [result.per_query for result in expected]
    (words,) = told
    assert words.startswith("The stored results in ") and words.endswith("Results are shown and not all kept.")
    assert "the disk is full" in words
    (run,) = store.runs.all()
    assert run.ended is None, "the next evaluation goes on with it"
    with store.database.writing() as connection:
        connection.execute("DROP TRIGGER no_more")
    tasks.evaluate(SPECS, store=store, warn=told.append)
    (run,) = store.runs.all()
    assert run.ended is not None and len(told) == 1


def test_a_stored_run_gives_the_same_numbers_without_its_collection(tasks: TaskSet, store: Store):
    results = tasks.evaluate(SPECS, measures=["nDCG@10", "RR"], store=store)
    past = compare_runs(store, [1], measures=["nDCG@10", "RR"])
    assert {name: dict(values) for name, values in past.per_query.items()} == {
        result.ranker: dict(result.per_query) for result in results
    }
    assert past.differences == compare_results(results, ["nDCG@10", "RR"])
    assert export_run(store, 1, "bm25").splitlines()[0].split()[:3] == ["q0", "Q0", results[0].rankings[0].items[0].id]
    assert len(export_qrels(store, 1).splitlines()) == QUERIES


def test_two_runs_are_compared_over_the_queries_that_both_have(tasks: TaskSet, store: Store):
    tasks.evaluate(SPECS[:1], store=store)
    tasks.evaluate(SPECS[1:], store=store)
    past = compare_runs(store, [1, 2], measures=["RR"])
    assert list(past.per_query) == ["bm25 (run 1)", "bm25?k1=2 (run 2)"]
    assert [pair.queries for pair in past.differences] == [QUERIES]


def test_a_run_says_what_it_lacks(tasks: TaskSet, store: Store):
    settings = RunSettings(specs=tuple(SPECS))
    RunKeeper(
        store,
        settings,
        asked={"dataset": "x", "split": "test", "queries": QUERIES},
        tasks=tasks.tasks,
        qrels=tasks.collection.qrels,
    )
    assert compare_runs(store, [1], measures=["RR"]).notes == ("Run 1 stopped before its end: 0 of 60 rankings are stored.",)


@pytest.mark.process
@pytest.mark.slow
def test_killed_at_any_point_it_goes_on_and_counts_each_query_once(tmp_path: Path):
    """20 kills at random points of one evaluation, each followed by another try; the last one ends."""
    collection = made_collection(tmp_path / "collection")
    environment = {**os.environ, "RERANKLAB_DATA": str(tmp_path / "data"), "RERANKLAB_CACHE": str(tmp_path / "cache")}
    moments = random.Random(1)
    path = tmp_path / "data" / "results.sqlite"
    killed = stored = 0
    command = [sys.executable, "-c", _SLOW_EVALUATION, str(collection)]
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as forks:
        assert forks.stdin is not None and forks.stdout is not None
        for attempt in range(21):
            forks.stdin.write("again\n")
            forks.stdin.flush()
            child = int(forks.stdout.readline())
            if attempt < 20:
                _wait_for_more(path, stored)
                time.sleep(moments.uniform(0, 0.12))
                os.kill(child, signal.SIGKILL)
            status = int(forks.stdout.readline())
            killed += status == signal.SIGKILL
            stored = _count(path)
        forks.stdin.close()
    assert (killed, status) == (20, 0)
    store = open_store(path)
    (run,) = [run for run in store.runs.all() if run.ended]
    answers = store.runs.queries(run.id)
    assert len(answers) == len({(answer.ranker, answer.query_id) for answer in answers}) == 2 * QUERIES
    assert run.id == 1, "the killed run went on"
    past = compare_runs(store, [run.id], measures=["RR"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RERANKLAB_CACHE", environment["RERANKLAB_CACHE"])
        plain = prepare_tasks(load_collection(collection), candidates="bm25:20").evaluate(SPECS, measures=["RR"])
    assert {name: dict(values) for name, values in past.per_query.items()} == {
        result.ranker: dict(result.per_query) for result in plain
    }


_SLOW_EVALUATION = """
import os, sys, time
from pathlib import Path
from reranklab.data.collection import load_collection
from reranklab.evaluate.task_set import prepare_tasks
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.store.results import ResultStore
from reranklab.store.store import open_store
put = ResultStore.put
def slow(self, key, ranking):
    time.sleep(0.05)
    put(self, key, ranking)
ResultStore.put = slow
tasks = prepare_tasks(load_collection(Path(sys.argv[1])), candidates="bm25:20")
specs = [parse_ranker_id("bm25"), parse_ranker_id("bm25?k1=2")]
for _ in sys.stdin:
    child = os.fork()
    if child == 0:
        tasks.evaluate(specs, store=open_store())
        os._exit(0)
    print(child, flush=True)
    print(os.waitpid(child, 0)[1], flush=True)
"""


def _count(path: Path) -> int:
    if not path.exists():
        return 0
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
        try:
            return int(connection.execute("SELECT count(*) FROM result").fetchone()[0])
        except sqlite3.OperationalError:  # the kill came before the schema
            return 0


def _wait_for_more(path: Path, stored: int) -> None:
    for _ in range(3000):
        if _count(path) > stored:
            return
        time.sleep(0.01)
    raise AssertionError("nothing was computed in 30 s")
