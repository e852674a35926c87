"""A ranker's start in a fresh process: what is measured, and what cannot be."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from reranklab.engine.build import build_ranker
from reranklab.errors import Cancelled, RerankLabError
from reranklab.latency import memory
from reranklab.latency.cold import ColdStart, cold_start
from reranklab.latency.lists import TimedList, made_lists
from reranklab.latency.measured import measure_latency
from reranklab.latency.memory import PeakMemory
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.types import Document, Query


def test_a_start_has_its_times_and_its_memory():
    result = measure_latency(parse_ranker_id("bm25"), candidates=[5, 20], tokens=[16], repeats=1)
    cold = result.cold
    assert cold is not None and result.cold_missing == ""
    assert (cold.small, cold.large, cold.tokens, cold.load) == (5, 20, 16, None)
    assert cold.first > 0 and 0 < cold.warm < 1000
    assert cold.ready > cold.warm and (cold.loaded or 20) > 10, "no process with numpy in it fits in 10 MB"
    assert "its first ranking of 5 documents takes" in cold.in_words()


def test_what_a_fresh_process_cannot_do_is_a_reason_and_the_times_are_there():
    ranker = build_ranker("bm25")
    lists = made_lists(ranker, candidates=[2], tokens=[8])
    stop = threading.Event()
    stop.set()
    with pytest.raises(Cancelled):
        cold_start(ranker, lists[0], lists[0], device="cpu", cancel=stop)
    blank = TimedList(query=Query(text="a"), documents=(Document(id="a", text=" "),))
    with pytest.raises(RerankLabError, match="blank"):
        cold_start(ranker, blank, blank, device="cpu")
    result = measure_latency(parse_ranker_id("bm25"), candidates=[2], tokens=[8], repeats=1, cold=False)
    assert (result.cold, result.cold_missing) == (None, "It was not asked for.")


TAKEN = """
from reranklab.latency.memory import PeakMemory
held = bytearray(60_000_000)
del held
before = PeakMemory("cpu")
taken = bytearray(40_000_000)
del taken
found = before.read()
print(found["exact"], found["above"])
"""


def test_memory_is_what_was_taken_and_let_go_since(monkeypatch: pytest.MonkeyPatch):
    """In a process of its own: one that has freed memory before takes it from there."""
    done = subprocess.run([sys.executable, "-c", TAKEN], capture_output=True, text=True, check=True, timeout=60)
    exact, above = done.stdout.split()
    if exact != "True":
        pytest.skip("The system's peak cannot be reset.")
    assert 38 < float(above) < 58, "the 60 MB before do not count, the 40 MB after do"
    monkeypatch.setattr(memory, "_reset", lambda: False)
    assert PeakMemory("cpu").read()["above"] == pytest.approx(0, abs=5)


def test_where_memory_is_short_no_second_process_is_begun(monkeypatch: pytest.MonkeyPatch):
    assert memory.lack_of_memory("cpu") == ""
    monkeypatch.setattr(memory, "_available", lambda: 50.0)
    result = measure_latency(parse_ranker_id("bm25"), candidates=[2], tokens=[8], repeats=1)
    assert result.cold is None and result.cold_missing.endswith("MB of memory as this one does, and 50 MB are free.")
    monkeypatch.setattr(memory, "_available", lambda: None)
    assert memory.lack_of_memory("cpu") == "", "a system that does not tell is trusted"


def test_a_lower_bound_says_so():
    cold = ColdStart(
        ready=100, load=40, first=9, warm=3, small=5, large=50, tokens=None, loaded=200, above=20, exact=False,
        gpu_loaded=80, gpu_above=12,
    )  # fmt: skip
    first, gpu = cold.memory_in_words()
    assert "for 50 documents the peak rises above that of loading by 20 MB" in first
    assert gpu == "On the GPU it holds 80 MB, and the peak above that is 12 MB."
