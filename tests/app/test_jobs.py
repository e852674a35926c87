"""Background jobs: progress, cancelling, errors, and their end with their owner."""

from __future__ import annotations

import gc
import logging
import threading

import pytest

from reranklab.engine.cache import ResultCache
from reranklab.engine.comparison import RankerRun, by_speed
from reranklab.engine.events import Progressed
from reranklab.engine.request import Candidates, Request, RunSettings
from reranklab.errors import Cancelled, InputError
from reranklab.progress import Step, check_cancel
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.types import Document, Query
from reranklab.ui.explain.work import Computations
from reranklab.ui.jobs import Job
from reranklab.ui.pace import Pace, duration
from reranklab.ui.progress import step_in_words
from reranklab.ui.ranking import start_ranking

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


def test_the_step_is_what_was_told_last():
    job = Job(lambda cancel, emit: [emit(Step(done=1, total=2, unit="batch")), emit("loaded")])
    assert job.wait(WAIT)
    assert job.step is None
    job = Job(lambda cancel, emit: emit(Progressed(ranker="bm25", step=Step(done=1, total=2, unit="batch"))))
    assert job.wait(WAIT)
    assert job.step == Step(done=1, total=2, unit="batch")


def test_a_job_has_the_result_of_its_work_or_its_error():
    job = Job(lambda cancel, emit: {"a": 1})
    assert job.wait(WAIT)
    assert job.result == {"a": 1}

    def fail(cancel, emit):
        raise InputError("Nothing to rank.")

    failed = Job(fail)
    assert failed.wait(WAIT)
    with pytest.raises(InputError, match="Nothing to rank"):
        _ = failed.result


def test_a_running_job_has_no_result():
    go_on = threading.Event()
    job = Job(lambda cancel, emit: go_on.wait(WAIT))
    with pytest.raises(RuntimeError):
        _ = job.result
    go_on.set()
    assert job.wait(WAIT)
    assert job.result is True


def test_a_step_reads_as_words():
    assert step_in_words(Step(done=1200, total=3000, unit="document", label="indexing")) == "indexing, document 1,200 of 3,000"
    assert step_in_words(Step(done=3, total=80, unit="MB")) == "3 of 80 MB"
    assert step_in_words(Step(done=0, total=9, unit="variant", label="variants")) == "variant 0 of 9"


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
    pending = start_ranking(request(), settings("bm25", "bm25?k1=2"), cache=ResultCache())
    assert pending.job.wait(WAIT)
    comparison = pending.comparison()
    assert [(run.ranker, run.state) for run in comparison.runs] == [("bm25", "finished"), ("bm25?k1=2", "finished")]
    assert [item.id for item in comparison.rankings[0].items] == ["a", "b"]


def test_input_that_no_ranker_can_use_ends_the_job():
    pending = start_ranking(request(query="  "), settings("bm25"), cache=ResultCache())
    assert pending.job.wait(WAIT)
    assert isinstance(pending.job.error, InputError)


def test_runs_are_shown_fastest_first():
    pending = start_ranking(request(), settings("bm25"), cache=ResultCache())
    assert pending.job.wait(WAIT)
    (finished,) = pending.comparison().runs
    runs = [RankerRun(ranker="x"), RankerRun(ranker="y", state="failed"), RankerRun(ranker="z", state="running"), finished]
    assert [run.ranker for run in by_speed(runs)] == ["bm25", "z", "x", "y"]


def test_what_began_by_itself_stops_where_it_is_shown_no_longer():
    def endless(cancel, progress):
        while True:
            check_cancel(cancel)

    jobs = {key: Job(endless) for key in ("shown", "left", "asked for")}
    computations = Computations(jobs=dict(jobs), unasked={"shown", "left"}, shown={"shown"})
    computations.stop_unseen()
    assert jobs["left"].wait(WAIT)
    assert isinstance(jobs["left"].error, Cancelled)
    assert sorted(computations.jobs) == ["asked for", "shown"]
    assert all(job.running for job in computations.jobs.values())
    for job in jobs.values():
        job.cancel()


def test_the_pace_of_steps_tells_how_long_they_go_on():
    now = [0.0]
    pace = Pace(lambda: now[0])
    assert pace.left is None
    for done in range(5):
        pace.see(Step(done=done, total=10, unit="run", label="bm25"))
        now[0] += 2
    # 4 steps of 2 s, the last 2 s ago: 6 more are 12 s, of which 2 are over.
    assert pace.left == 10
    pace.see(Step(done=1, total=10, unit="run", label="cross-encoder"))
    assert pace.left is None, "another series has another pace"
    now[0] += 50
    pace.see(Step(done=2, total=10, unit="run", label="cross-encoder"))
    assert pace.left == 400
    assert [duration(each) for each in (59.6, 400, 9000)] == ["60 s", "7 min", "2.5 h"]
