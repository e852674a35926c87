"""Queries that arrive at random at real workers: how long they wait, against the formula of the queue M/D/c.

    python -m benchmarks.load --ranker bm25 --workers 2 --load 0.5,0.8
    python -m benchmarks.load --ranker "cross-encoder?precision=int8" --candidates 5 --tokens 64 --queries 100

Each worker is a process with the ranker and one thread; a query goes to the first that is free, in order of arrival. The time
of a list is measured first with all workers at work, and the rate is set for the load asked for. The formula gets the mean time
under that very load. `played` is the same queue with the same arrivals, played through with that constant time, so that it
differs from the formula by the chance of these arrivals alone, and with the times as they were: what is left between that and
the measured wait is the driver's own.
"""

from __future__ import annotations

import argparse
import os
import queue
import random
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import t as student

from benchmarks.contest import Contender, Process, table
from reranklab.engine.build import build_ranker
from reranklab.latency.lists import made_lists
from reranklab.latency.queueing import mean_wait
from reranklab.models.device import cpu

_CALIBRATION = 20
_LAG = 0.002
"""Seconds before an arrival at which the clock is watched rather than slept on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """`arrivals`, `waits` and `services` of its queries in seconds, by arrival."""

    arrivals: Sequence[float]
    waits: Sequence[float]
    services: Sequence[float]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ranker", default="bm25")
    parser.add_argument("--candidates", type=int, default=50)
    parser.add_argument("--tokens", type=int, default=128)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--load", default="0.5,0.8", metavar="SHARE,SHARE", help="of the time that each worker is busy")
    parser.add_argument("--queries", type=int, default=300, help="of a run")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    before = os.getloadavg()[0]
    ranker = build_ranker(options.ranker)
    ranker.load()
    (made,) = made_lists(ranker, candidates=[options.candidates], tokens=[options.tokens], seed=options.seed)
    item = {"query": made.query.text, "documents": [document.content for document in made.documents]}
    contender = Contender(
        name=options.ranker, module="benchmarks.contenders.rerankers", arguments=("ours", "-", "cpu", options.ranker)
    )
    os.environ["OMP_NUM_THREADS"] = "1"
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        processes = [Process(contender, Path(folder)) for _ in range(options.workers)]
        try:
            for process in processes:
                process.read()
                process.ask(item)
            service = _calibrate(processes, item)
            for load in map(float, options.load.split(",")):
                rate = load * options.workers / service
                runs = [
                    _run(processes, item, rate=rate, queries=options.queries, seed=options.seed + number)
                    for number in range(options.runs)
                ]
                rows.append(_row(runs, rate, options.workers))
        finally:
            for process in processes:
                process.close()
    header = (
        "queries a second",
        "ms a list (spread)",
        "busy",
        "measured [95 %]",
        "played with these times",
        "played with their mean",
        "formula",
        "formula with their spread",
    )
    sys.stdout.write(
        f"{table(header, rows)}\n\nMean waits in ms. {options.workers} workers of {options.ranker}, {options.candidates} "
        f"documents of {options.tokens} tokens, {options.runs} runs of {options.queries} queries; {cpu().name}, load average "
        f"{before:.1f} before.\n"
    )


def _calibrate(processes: Sequence[Process], item: Any) -> float:
    """Mean seconds of a list with all workers at work."""

    def times(process: Process) -> list[float]:
        found = []
        for _ in range(_CALIBRATION):
            begun = time.perf_counter()
            process.ask(item)
            found.append(time.perf_counter() - begun)
        return found

    with ThreadPoolExecutor(len(processes)) as pool:
        return float(np.mean([each for found in pool.map(times, processes) for each in found]))


def _run(processes: Sequence[Process], item: Any, *, rate: float, queries: int, seed: int) -> Run:
    draw = random.Random(seed)
    arrivals = np.cumsum([draw.expovariate(rate) for _ in range(queries)]).tolist()
    waiting: queue.SimpleQueue[int | None] = queue.SimpleQueue()
    waits, services = [0.0] * queries, [0.0] * queries
    origin = time.perf_counter()

    def work(process: Process) -> None:
        while (number := waiting.get()) is not None:
            begun = time.perf_counter() - origin
            process.ask(item)
            waits[number] = begun - arrivals[number]
            services[number] = time.perf_counter() - origin - begun

    threads = [threading.Thread(target=work, args=(process,)) for process in processes]
    for thread in threads:
        thread.start()
    for number, arrival in enumerate(arrivals):
        time.sleep(max(0.0, arrival - (time.perf_counter() - origin) - _LAG))
        while time.perf_counter() - origin < arrival:
            time.sleep(0)
        waiting.put(number)
    for _ in threads:
        waiting.put(None)
    for thread in threads:
        thread.join()
    return Run(arrivals=arrivals, waits=waits, services=services)


def _row(runs: Sequence[Run], rate: float, workers: int) -> tuple[str, ...]:
    services = np.concatenate([run.services for run in runs])
    service = float(services.mean())
    waits = np.array([np.mean(run.waits) for run in runs])
    half = float(student.ppf(0.975, len(waits) - 1) * waits.std(ddof=1) / len(waits) ** 0.5) if len(waits) > 1 else float("nan")
    constant = np.mean([_played(run.arrivals, [service] * len(run.arrivals), workers) for run in runs])
    as_were = np.mean([_played(run.arrivals, run.services, workers) for run in runs])
    mean = float(waits.mean())
    return (
        f"{rate:.1f}",
        f"{1000 * service:.1f} ({services.std() / service:.0%})",
        f"{rate * service / workers:.2f}",
        f"{1000 * mean:.1f} [{1000 * (mean - half):.1f}, {1000 * (mean + half):.1f}]",
        f"{1000 * as_were:.1f}",
        f"{1000 * constant:.1f}",
        f"{mean_wait(1000 * service, rate, workers=workers):.1f}",
        f"{mean_wait(1000 * service, rate, workers=workers, spread=services.std() / service):.1f}",
    )


def _played(arrivals: Sequence[float], services: Sequence[float], workers: int) -> float:
    """Mean wait in seconds of queries that take so long each, by arrival."""
    free, waited = [0.0] * workers, 0.0
    for arrival, service in zip(arrivals, services, strict=True):
        worker = min(range(workers), key=free.__getitem__)
        start = max(arrival, free[worker])
        waited += start - arrival
        free[worker] = start + service
    return waited / len(arrivals)


if __name__ == "__main__":
    main()
