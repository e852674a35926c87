"""How long queries wait where they arrive at random and each takes the same time: the queue M/D/c.

One worker: Pollaczek and Khinchine, exact. Several: Erlang's C for exponential times, corrected for constant ones by
Cosmetatos, "Approximate explicit formulae for the average queueing time in the processes (M/D/r) and (D/M/r)", INFOR 1975.
Times that vary lie between the two by their squared coefficient of variation (Page, "Queueing theory in OR", 1972), which is
exact for one worker.
"""

from __future__ import annotations

import math
import random

from reranklab.errors import InputError


def mean_wait(service: float, rate: float, *, workers: int = 1, spread: float = 0.0) -> float:
    """The mean time in ms from a query's arrival to its start, for queries of `service` ms that arrive at random, `rate` of
    them a second on average, at so many workers. `spread` is the standard deviation of the service over its mean. Infinite
    where the workers cannot keep up. Raises InputError for what is no queue.
    """
    _check_spread(spread)
    load = _load(service, rate, workers)
    if load >= 1:
        return math.inf
    if load == 0:
        return 0.0
    exponential = _erlang_c(workers, load) * service / (workers * (1 - load))
    correction = (1 - load) * (workers - 1) * (math.sqrt(4 + 5 * workers) - 2) / (16 * load * workers)
    constant = exponential / 2 * (1 + correction)
    return spread**2 * exponential + (1 - spread**2) * constant


def simulated_wait(
    service: float, rate: float, *, workers: int = 1, spread: float = 0.0, queries: int = 100_000, seed: int = 0
) -> float:
    """The mean wait in ms of so many queries of such a queue, played through; times that vary are drawn from a gamma
    distribution. Raises InputError as `mean_wait` does."""
    _check_spread(spread)
    _load(service, rate, workers)
    generator = random.Random(seed)
    free, now, waited = [0.0] * workers, 0.0, 0.0
    for _ in range(queries):
        now += generator.expovariate(rate / 1000)
        worker = min(range(workers), key=free.__getitem__)
        start = max(now, free[worker])
        waited += start - now
        taken = generator.gammavariate(spread**-2, service * spread**2) if spread else service
        free[worker] = start + taken
    return waited / queries


def _check_spread(spread: float) -> None:
    if not 0 <= spread < math.inf:
        raise InputError(f"A spread of {spread:g} does not work. Give a standard deviation over its mean, 0 or more.")


def _load(service: float, rate: float, workers: int) -> float:
    """The share of the time in which a worker is busy."""
    if not (0 < service < math.inf and 0 <= rate < math.inf and workers >= 1):
        raise InputError(f"{rate:g} queries a second of {service:g} ms at {workers} workers are no queue. Give more than 0.")
    return rate * service / 1000 / workers


def _erlang_c(workers: int, load: float) -> float:
    """The share of queries that wait, for exponential times."""
    offered = workers * load
    blocked = 1.0  # Erlang's B by its recursion over the workers, which does not overflow
    for worker in range(1, workers + 1):
        blocked = offered * blocked / (worker + offered * blocked)
    return blocked / (1 - load * (1 - blocked))
