"""Sessions that rank at the same time, as the app does. Usage: python -m tests.faults.soak SESSIONS RUNS

Prints JSON: runs, errors, runs whose scores differ from those of the same request alone, the most that were before a run, and
the resident memory in MB after each run.
"""

from __future__ import annotations

import json
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path

from reranklab.engine.cache import ResultCache
from reranklab.engine.comparison import Comparison
from reranklab.engine.request import Request, RunSettings, listed
from reranklab.engine.run import compare
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.types import Document, Query
from reranklab.ui.ranking import PendingRun, start_ranking

RANKERS = ("bm25", "bi-encoder", "cross-encoder")
PATIENCE = 120.0
_PLACES = ("harbour", "lighthouse", "pier", "reef", "dyke", "sluice")


def request_of(number: int) -> Request:
    """One of six requests of three short documents."""
    here, there = _PLACES[number % len(_PLACES)], _PLACES[(number + 1) % len(_PLACES)]
    documents = [Document(id="a", text=f"{here} hours"), Document(id="b", text=there), Document(id="c", text="bread")]
    return listed(Query(text=f"{here} hours"), documents)


def scores(comparison: Comparison) -> list[list[tuple[str, float]]]:
    return [[(item.id, item.score) for item in ranking.items] for ranking in comparison.rankings]


@dataclass(slots=True, kw_only=True)
class Soak:
    """What happened so far, written by all sessions."""

    settings: RunSettings
    alone: list[list[list[tuple[str, float]]]]
    runs: int = 0
    errors: list[str] = field(default_factory=list)
    differing: int = 0
    most_before: int = 0
    memory: list[float] = field(default_factory=list)
    guard: threading.Lock = field(default_factory=threading.Lock)

    def session(self, number: int, runs: int) -> None:
        """One person, who ranks again as soon as the results are there."""
        cache = ResultCache()
        for each in range(number, number + runs):
            pending = start_ranking(request_of(each), self.settings, cache=cache, remeasure=True)
            before = self._watch(pending)
            with self.guard:
                self._note(pending, self.alone[each % len(self.alone)], before)

    def _watch(self, pending: PendingRun) -> int:
        """The most runs that it saw before it; looks as often as a page does."""
        before = 0
        while not pending.job.wait(0.2):
            step = pending.job.step
            if pending.waiting and step is not None:
                before = max(before, step.total - step.done)
        return before

    def _note(self, pending: PendingRun, alone: list[list[tuple[str, float]]], before: int) -> None:
        comparison = pending.comparison()
        self.runs += 1
        self.errors += [str(pending.job.error)] if pending.job.error else []
        self.errors += [f"{failure.ranker}: {failure.message}" for failure in comparison.failures]
        self.differing += scores(comparison) != alone
        self.most_before = max(self.most_before, before)
        self.memory.append(resident_megabytes())


def resident_megabytes() -> float:
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("Linux does not say how much memory this process has.")


def soak(sessions: int, runs: int) -> Soak:
    settings = RunSettings(specs=tuple(map(parse_ranker_id, RANKERS)))
    alone = [scores(compare(request_of(number), settings)) for number in range(len(_PLACES))]
    found = Soak(settings=settings, alone=alone)
    threads = [threading.Thread(target=found.session, args=(number, runs)) for number in range(sessions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


if __name__ == "__main__":
    result = soak(int(sys.argv[1]), int(sys.argv[2]))
    names = ("runs", "errors", "differing", "most_before", "memory")
    sys.stdout.write(json.dumps({name: getattr(result, name) for name in names}))
