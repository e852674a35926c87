"""Sessions that rank at the same time, as the app does. Usage: python -m tests.faults.soak SESSIONS RUNS

Each run has three rankers: BM25, a bi-encoder and one of two cross-encoders, of a few thousand weights each. Prints JSON, see
`Totals`.
"""

from __future__ import annotations

import json
import sys
import tempfile
import threading
from dataclasses import asdict, dataclass, field
from pathlib import Path

from reranklab.engine.cache import ResultCache
from reranklab.engine.comparison import Comparison
from reranklab.engine.request import Request, RunSettings, listed
from reranklab.engine.run import compare
from reranklab.models.pool import POOL
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.types import Document, Query
from reranklab.ui.ranking import PendingRun, start_ranking
from tests.models.tiny import tiny_classifier, tiny_embedder

Scores = list[list[tuple[str, float]]]

_LOOK_SECONDS = 0.2
_CITIES = ("paris", "berlin", "milk", "cheese", "wing")
_RARE = 50
"""One run in so many has the other cross-encoder, so that one of the three models has to go now and then."""


@dataclass(slots=True, kw_only=True)
class Totals:
    """What all sessions saw. `wrong` is what was wrong with each run, "" for nothing, and `memory` what was resident after it,
    in MB."""

    wrong: list[str] = field(default_factory=list)
    most_before: int = 0
    most_models: int = 0
    memory: list[float] = field(default_factory=list)


class Soak:
    """Runs in sessions, against the scores that each request has alone."""

    def __init__(self, folder: Path) -> None:
        embedder = f"bi-encoder:{tiny_embedder(folder / 'embedder')}"
        judges = [f"cross-encoder:{tiny_classifier(folder / f'judge {seed}', seed=seed)}" for seed in range(2)]
        self.settings = [RunSettings(specs=tuple(map(parse_ranker_id, ("bm25", embedder, judge)))) for judge in judges]
        self.alone = {
            (judge, number): scores(compare(request_of(number), settings))
            for judge, settings in enumerate(self.settings)
            for number in range(len(_CITIES))
        }
        self.totals = Totals()
        self._guard = threading.Lock()

    def session(self, number: int, runs: int) -> None:
        """One person, who ranks again as soon as the results are there."""
        cache = ResultCache()
        for each in range(number * runs, (number + 1) * runs):
            judge = int(each % _RARE == 0)
            pending = start_ranking(request_of(each), self.settings[judge], cache=cache, remeasure=True)
            before = most_before(pending)
            with self._guard:
                self._count(pending, self.alone[judge, each % len(_CITIES)], before)

    def _count(self, pending: PendingRun, alone: Scores, before: int) -> None:
        totals, comparison = self.totals, pending.comparison()
        errors = [str(pending.job.error)] if pending.job.error else []
        errors += [f"{failure.ranker}: {failure.message}" for failure in comparison.failures]
        totals.wrong.append("; ".join(errors) or ("" if scores(comparison) == alone else "other scores than alone"))
        totals.most_before = max(totals.most_before, before)
        totals.most_models = max(totals.most_models, len(POOL.loaded()))
        totals.memory.append(resident_megabytes())


def request_of(number: int) -> Request:
    """One of a few requests of three short documents."""
    city = _CITIES[number % len(_CITIES)]
    texts = (f"{city} is the capital of france", f"the {city}", "a city of germany")
    documents = [Document(id=f"d{position}", text=text) for position, text in enumerate(texts)]
    return listed(Query(text=f"what is {city}"), documents)


def scores(comparison: Comparison) -> Scores:
    return [[(item.id, item.score) for item in ranking.items] for ranking in comparison.rankings]


def most_before(pending: PendingRun) -> int:
    """Wait for the end of a run, looking now and then as a page does: how many were before it at the most."""
    before = 0
    while not pending.job.wait(_LOOK_SECONDS):
        step = pending.job.step
        if pending.waiting and step is not None:
            before = max(before, step.total - step.done)
    return before


def resident_megabytes() -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS:"))


def main(sessions: int, runs: int) -> Totals:
    with tempfile.TemporaryDirectory() as folder:
        soak = Soak(Path(folder))
        threads = [threading.Thread(target=soak.session, args=(number, runs)) for number in range(sessions)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return soak.totals


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(main(int(sys.argv[1]), int(sys.argv[2])))))
