"""Repeats are counted, the warm-up is not, and runs that disagree are named."""

import threading
from collections.abc import Sequence

import pytest

from reranklab.engine.measure import GPU_WARMUP, WARMUP, measure
from reranklab.errors import Cancelled, InputError, ScoreError
from reranklab.models.device import Device
from reranklab.progress import Step
from reranklab.types import Document, Query
from tests.engine.scripted import ScriptedRanker, in_order

QUERY = Query(text="wing")
DOCUMENTS = [Document(id=f"d{number}", text=f"text {number}") for number in range(6)]


def test_one_run_after_a_warm_up_over_four_documents() -> None:
    ranker = ScriptedRanker(in_order)
    ranking = measure(ranker, QUERY, DOCUMENTS)
    assert ranker.calls == [4, 6]
    assert ranker.loads == 1
    assert len(ranking.timing.runs) == 1
    assert ranking.timing.warmup == WARMUP
    assert ranking.timing.documents == 6
    assert ranking.warnings == ()


def test_repeats_are_kept_run_by_run_and_warmed_up_once() -> None:
    ranker = ScriptedRanker(in_order)
    ranking = measure(ranker, QUERY, DOCUMENTS, repeats=5)
    assert ranker.calls == [4, 6, 6, 6, 6, 6]
    assert len(ranking.timing.runs) == 5
    assert ranking.warnings == ()
    assert ranking.provenance.parameters == {"calls": 1}, "the first measured run is shown"


def test_a_gpu_is_warmed_up_over_all_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reranklab.models.clock.synchronise", lambda device_id: None)
    ranker = ScriptedRanker(in_order, device=Device(id="cuda:0", name="a GPU"))
    ranking = measure(ranker, QUERY, DOCUMENTS, repeats=2)
    assert ranker.calls == [4, 6, 6, 6]
    assert (len(ranking.timing.runs), ranking.timing.warmup) == (2, GPU_WARMUP)


def test_without_a_warm_up_the_timing_says_so() -> None:
    ranker = ScriptedRanker(in_order)
    ranking = measure(ranker, QUERY, DOCUMENTS, warm_up=False)
    assert ranker.calls == [6]
    assert ranking.timing.warmup == "none"


def test_runs_that_give_another_order_are_counted_and_the_first_is_shown() -> None:
    def moody(number: int, documents: Sequence[Document]) -> list[float]:
        return in_order(number, documents)[:: -1 if number in (2, 4) else 1]

    ranking = measure(ScriptedRanker(moody), QUERY, DOCUMENTS, repeats=5)
    assert ranking.warnings == ("2 of 4 repeated runs gave another order. The first run's order is shown.",)
    assert [item.id for item in ranking.items] == ["d0", "d1", "d2", "d3", "d4", "d5"]
    assert len(ranking.timing.runs) == 5


def test_the_warm_up_leaves_blank_documents_out() -> None:
    blank = [Document(id=f"b{number}", text=" ") for number in range(4)]
    ranker = ScriptedRanker(in_order)
    measure(ranker, QUERY, [*blank, DOCUMENTS[0]])
    assert ranker.calls == [1, 5]


def test_progress_is_that_of_the_measured_runs() -> None:
    steps: list[Step] = []
    measure(ScriptedRanker(in_order), QUERY, DOCUMENTS, repeats=2, progress=steps.append)
    assert [(step.done, step.total) for step in steps] == [(0, 1), (1, 1)] * 2


def test_input_is_checked_before_anything_loads() -> None:
    ranker = ScriptedRanker(in_order)
    with pytest.raises(InputError):
        measure(ranker, Query(text=" "), DOCUMENTS)
    with pytest.raises(InputError):
        measure(ranker, QUERY, [])
    assert (ranker.loads, ranker.calls) == (0, [])


def test_what_the_ranker_raises_comes_through() -> None:
    def broken(number: int, documents: Sequence[Document]) -> list[float]:
        return [float("nan")] * len(documents)

    with pytest.raises(ScoreError, match="scripted gave document 'd0'"):
        measure(ScriptedRanker(broken), QUERY, DOCUMENTS)


def test_cancelled_between_the_runs() -> None:
    cancel = threading.Event()

    def stop(number: int, documents: Sequence[Document]) -> list[float]:
        if number == 2:
            cancel.set()
        return in_order(number, documents)

    ranker = ScriptedRanker(stop)
    with pytest.raises(Cancelled):
        measure(ranker, QUERY, DOCUMENTS, repeats=50, cancel=cancel)
    assert len(ranker.calls) == 3
