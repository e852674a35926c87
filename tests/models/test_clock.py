"""Stages add up, and waiting for the device is not work."""

import threading

import pytest

from reranklab.models import clock as clock_module
from reranklab.models.clock import RunClock
from reranklab.models.device import Device, cpu, device_lock
from reranklab.types import STAGES, StageTimes, Timing


class Seconds:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def perf_counter(self) -> float:
        return self.now


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> Seconds:
    seconds = Seconds()
    monkeypatch.setattr(clock_module, "time", seconds)
    return seconds


def test_stages_are_summed_over_batches(seconds: Seconds) -> None:
    clock = RunClock(cpu())
    with clock.turn(), clock.stage("tokenise"):
        seconds.now += 0.010
    for _ in range(3):
        seconds.now += 0.001  # between the stages
        with clock.turn(), clock.stage("compute"):
            seconds.now += 0.100
    with clock.stage("postprocess"):
        seconds.now += 0.005
    timing = clock.stop(documents=7, tokens=70, precision="fp32", load=12.5, warmup="none")
    (run,) = timing.runs
    assert (run.tokenise, run.compute, run.postprocess) == pytest.approx((10, 300, 5))
    assert run.queue == 0
    assert run.total == pytest.approx(10 + 300 + 5 + 3)
    assert (timing.documents, timing.tokens, timing.load, timing.precision) == (7, 70, 12.5, "fp32")
    assert (timing.device, timing.cached) == ("cpu", False)


def test_a_stage_that_fails_is_counted_and_gives_the_device_back(seconds: Seconds) -> None:
    clock = RunClock(cpu())
    with pytest.raises(ValueError, match="broken"), clock.turn(), clock.stage("compute"):
        seconds.now += 0.2
        raise ValueError("broken")
    with device_lock("cpu").hold():
        pass
    assert clock.stop(documents=1, tokens=1, precision="fp32").runs[0].compute == pytest.approx(200)


def test_the_wait_for_another_run_is_queue_and_not_total(seconds: Seconds) -> None:
    device = Device(id="a device of this test", name="test")
    first, second = RunClock(device), RunClock(device)
    waiting = device_lock(device.id)._waiting

    def work() -> None:
        with second.turn(), second.stage("compute"):
            seconds.now += 0.030

    with first.turn(), first.stage("compute"):
        thread = threading.Thread(target=work)
        thread.start()
        while len(waiting) < 2:
            threading.Event().wait(0.001)
        seconds.now += 0.500
    thread.join()
    (fast,) = first.stop(documents=1, tokens=1, precision="fp32").runs
    (slow,) = second.stop(documents=1, tokens=1, precision="fp32").runs
    assert (fast.queue, fast.compute) == pytest.approx((0, 500))
    assert (slow.queue, slow.compute, slow.total) == pytest.approx((500, 30, 30))


def timing(*totals: float, documents: int = 10, tokens: int = 200) -> Timing:
    return Timing(
        runs=tuple(StageTimes(queue=0, tokenise=1, compute=2, postprocess=3, total=total) for total in totals),
        load=None,
        warmup="none",
        documents=documents,
        tokens=tokens,
        device="cpu",
        device_name="test",
        precision="fp32",
        measured_at="2025-01-01T00:00:00+00:00",
        host="here",
    )


def test_median_and_95th_percentile_worked_out_by_hand() -> None:
    # Sorted 10, 20, 40, 100: the median is 30; 0.95 * 3 = 2.85 lies 0.85 between 40 and 100.
    four = timing(40, 10, 100, 20)
    assert four.p50() == 30
    assert four.p95() == pytest.approx(40 + 0.85 * 60)
    assert (timing(7).p50(), timing(7).p95()) == (7, 7)
    assert [four.p50(stage) for stage in STAGES] == [0, 1, 0, 2, 3, 30]


def test_rates_are_by_the_median() -> None:
    # 10 documents and 200 tokens in 50 ms.
    assert timing(50, 40, 60).documents_per_second == pytest.approx(200)
    assert timing(50, 40, 60).tokens_per_second == pytest.approx(4000)
