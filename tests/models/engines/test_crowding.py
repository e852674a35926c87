"""Another process on the same core is seen; this process alone is not taken for one."""

from __future__ import annotations

import multiprocessing
import os
import sys
import time

import pytest

from reranklab.models.engines.crowding import Crowding


def _spin(core: int, seconds: float) -> None:
    os.sched_setaffinity(0, {core})
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass


def test_an_idle_moment_is_not_crowded() -> None:
    assert not Crowding().crowded


@pytest.mark.skipif(sys.platform != "linux", reason="the core of a process can be chosen on Linux alone")
def test_a_core_shared_with_another_process_is_crowded() -> None:
    core, *_ = sorted(os.sched_getaffinity(0))
    before = os.sched_getaffinity(0)
    other = multiprocessing.get_context("spawn").Process(target=_spin, args=(core, 30.0))
    other.start()
    try:
        os.sched_setaffinity(0, {core})
        deadline = time.perf_counter() + 20
        while time.perf_counter() < deadline:
            crowding = Crowding()
            end = time.perf_counter() + 0.5
            while time.perf_counter() < end:
                pass
            if crowding.crowded:
                return
        pytest.fail("the other process on this core was not seen")
    finally:
        os.sched_setaffinity(0, before)
        other.kill()
        other.join()
