import math

import pytest

from reranklab.errors import InputError
from reranklab.latency.queueing import mean_wait, simulated_wait


def test_one_worker_by_hand():
    # Load 0.5: 100 ms x 0.5 / (2 x 0.5) by Pollaczek and Khinchine.
    assert mean_wait(100, 5) == pytest.approx(50)
    assert mean_wait(100, 9) == pytest.approx(450)
    assert mean_wait(100, 0) == 0
    assert mean_wait(100, 10) == math.inf


@pytest.mark.parametrize(("workers", "load"), [(1, 0.5), (1, 0.8), (2, 0.7), (4, 0.8), (8, 0.85)])
def test_a_queue_that_is_played_through_waits_as_long(workers: int, load: float):
    rate = load * workers / 0.1
    assert mean_wait(100, rate, workers=workers) == pytest.approx(simulated_wait(100, rate, workers=workers), rel=0.05)


def test_times_that_vary_wait_longer():
    # Exponential times at one worker: load / (1 - load) times the service. At a spread of 2: (1 + 2^2) / 2 of that.
    assert mean_wait(100, 8, spread=1.0) == pytest.approx(400)
    assert mean_wait(100, 8, spread=2.0) == pytest.approx(1000)
    # Two workers, exponential: Erlang's C is 2 load^2 / (1 + load), 1/3 at a load of 0.5.
    assert mean_wait(100, 10, workers=2, spread=1.0) == pytest.approx(1 / 3 * 100 / (2 * 0.5))
    for workers, load, spread in ((1, 0.7, 0.5), (2, 0.7, 1.0), (4, 0.8, 0.5)):
        rate = load * workers / 0.1
        found = simulated_wait(100, rate, workers=workers, spread=spread)
        assert mean_wait(100, rate, workers=workers, spread=spread) == pytest.approx(found, rel=0.08)
    for wait in (mean_wait, simulated_wait):
        with pytest.raises(InputError, match="spread"):
            wait(100, 5, spread=-1)


def test_more_workers_wait_less_and_what_is_no_queue_is_refused():
    assert mean_wait(100, 16, workers=2) > mean_wait(100, 32, workers=4) > mean_wait(100, 64, workers=8)
    for service, rate, workers in ((0, 1, 1), (100, -1, 1), (100, 1, 0), (math.nan, 1, 1)):
        with pytest.raises(InputError, match="are no queue"):
            mean_wait(service, rate, workers=workers)
