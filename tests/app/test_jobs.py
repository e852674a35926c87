"""Background jobs: progress, cancelling, errors, and their end with their owner."""

from __future__ import annotations

import gc
import logging
import threading

from reranklab.engine.cache import ResultCache
from reranklab.engine.comparison import RankerRun, by_speed
from reranklab.engine.request import Candidates, Request, RunSettings
from reranklab.errors import Cancelled, InputError
from reranklab.progress import Step, check_cancel
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.types import Document, Query
from reranklab.ui.jobs import Job
from reranklab.ui.ranking import RankingJob

WAIT = 20
DOCUMENTS = (Document(id="a", text="high water"), Document(id="b", text="low water"))


def request(documents=DOCUMENTS, *, query="high water") -> Request:
    return Request(label="test", query=Query(text=query), collect=lambda cancel, progress: Candidates(documents=documents))


def settings(*rankers: str) -> RunSettings:
    return RunSettings(specs=tuple(map(parse_ranker_id, rankers)))


def test_only_the_last_of_consecutive_steps_is_kept():
    job = Job(lambda cancel, emit: [emit(Step(done=done, total=3, unit="MB")) for done in range(4)])
    assert job.wait(WAIT)
    assert [step.done for step in job.events()] == [3]


def test_cancel_reaches_the_work():
    begun = threading.Event()

    def work(cancel, emit):
        begun.set()
        while True:
            check_cancel(cancel)

    job = Job(work)
    assert begun.wait(WAIT)
    job.cancel()
    assert job.wait(WAIT)
    assert isinstance(job.error, Cancelled)
    assert not job.running


def test_a_job_that_nobody_holds_ends():
    ended = threading.Event()

    def work(cancel, emit):
        try:
            while True:
                check_cancel(cancel)
        finally:
            ended.set()

    job = Job(work)
    del job
    gc.collect()
    assert ended.wait(WAIT)


def test_an_unexpected_error_is_shown_and_logged(caplog):
    def work(cancel, emit):
        raise KeyError("surprise")

    with caplog.at_level(logging.ERROR):
        job = Job(work)
        assert job.wait(WAIT)
    assert "KeyError" in str(job.error)
    assert "surprise" in caplog.text


def test_rankers_finish_in_their_order():
    job = RankingJob(request(), settings("bm25", "bm25?k1=2"), cache=ResultCache())
    assert job.wait(WAIT)
    comparison = job.comparison()
    assert [(run.ranker, run.state) for run in comparison.runs] == [("bm25", "finished"), ("bm25?k1=2", "finished")]
    assert [item.id for item in comparison.rankings[0].items] == ["a", "b"]


def test_input_that_no_ranker_can_use_ends_the_job():
    job = RankingJob(request(query="  "), settings("bm25"), cache=ResultCache())
    assert job.wait(WAIT)
    assert isinstance(job.error, InputError)


def test_lanes_are_shown_fastest_first():
    job = RankingJob(request(), settings("bm25"), cache=ResultCache())
    assert job.wait(WAIT)
    (finished,) = job.comparison().runs
    runs = [RankerRun(ranker="x"), RankerRun(ranker="y", state="failed"), RankerRun(ranker="z", state="running"), finished]
    assert [run.ranker for run in by_speed(runs)] == ["bm25", "z", "x", "y"]
