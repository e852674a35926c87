"""A ranker timed over lists of several sizes and lengths."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reranklab.engine.measure import measure
from reranklab.engine.turns import TURNS
from reranklab.errors import InputError
from reranklab.latency.cold import ColdStart
from reranklab.latency.lists import TimedList
from reranklab.latency.machine import MachineState, busy_notes, machine_state
from reranklab.latency.quantiles import Quantile, time_quantile
from reranklab.progress import CancelSignal, Progress, check_cancel, report
from reranklab.rankers.family import Capability, Ranker
from reranklab.types import Ranking, StageTimes, Timing

MAX_REPEATS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One list and its measured runs, in ms. `lengths` are the tokens of each document that the ranker read; `overhead` is what
    it read besides, for each document, such as the query of a pair."""

    candidates: int
    asked_tokens: int | None
    lengths: tuple[int, ...]
    overhead: float
    runs: tuple[StageTimes, ...]

    @property
    def times(self) -> tuple[float, ...]:
        return tuple(run.total for run in self.runs)

    @property
    def group(self) -> int:
        """The length that was asked for; 0 for documents as they are."""
        return self.asked_tokens or 0

    @property
    def tokens(self) -> float:
        """Mean length that one document costs, its share of the overhead with it."""
        return float(np.mean(self.lengths)) + self.overhead

    def quantile(self, probability: float) -> Quantile:
        return time_quantile(self.times, probability)

    def median(self, stage: str) -> float:
        return float(np.median([getattr(run, stage) for run in self.runs]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """A ranker's cells, in the order of the lists. `timing` is of one run: device, precision, load and warm-up. `window` is how
    many tokens it reads of a document with what belongs to it, None where it does not tell. `cold` is how it starts in a fresh
    process; where that was not measured, `cold_missing` says why."""

    ranker: str
    cells: tuple[Cell, ...]
    timing: Timing
    before: MachineState
    after: MachineState
    notes: tuple[str, ...]
    window: int | None = None
    cold: ColdStart | None = None
    cold_missing: str = "It was not asked for."


def group_lengths(cells: Sequence[Cell]) -> dict[int, float]:
    """The groups of the cells in ascending order, and the mean of the tokens that their documents cost."""
    groups = sorted({cell.group for cell in cells})
    return {group: float(np.mean([cell.tokens for cell in cells if cell.group == group])) for group in groups}


def sweep(
    ranker: Ranker,
    lists: Sequence[TimedList],
    *,
    repeats: int = 5,
    seed: int = 0,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> Sweep:
    """Load, warm up once on the largest list, then run every list `repeats` times, all runs in random order.

    No other measured run of this process is at work meanwhile. Raises InputError for no lists or repeats, what the ranker
    raises, and Cancelled.
    """
    if not lists:
        raise InputError("There is nothing to measure. Give at least one list.")
    if not 1 <= repeats <= MAX_REPEATS:
        raise InputError(f"{repeats:,} repeats do not work. Give 1 to {MAX_REPEATS:,}.")
    order = [place for place in range(len(lists)) for _ in range(repeats)]
    random.Random(seed).shuffle(order)
    runs: list[list[Timing]] = [[] for _ in lists]
    lengths: list[tuple[int, ...]] = [() for _ in lists]
    largest = max(lists, key=lambda each: sum(len(document.content) for document in each.documents))
    with TURNS.take(cancel=cancel, progress=progress):
        warmed = measure(ranker, largest.query, largest.documents, cancel=cancel, progress=progress)
        before = machine_state()
        for done, place in enumerate(order):
            check_cancel(cancel)
            report(progress, done=done, total=len(order), unit="run", label=ranker.id)
            ranking = ranker.rank(lists[place].query, lists[place].documents, cancel=cancel)
            runs[place].append(ranking.timing)
            lengths[place] = tuple(item.tokens_used for item in sorted(ranking.items, key=lambda item: item.candidate))
        after = machine_state()
    report(progress, done=len(order), total=len(order), unit="run", label=ranker.id)
    cells = tuple(
        Cell(
            candidates=len(each.documents),
            asked_tokens=each.tokens,
            lengths=lengths[place],
            overhead=max(0.0, runs[place][0].tokens - sum(lengths[place])) / len(each.documents),
            runs=tuple(timing.runs[0] for timing in runs[place]),
        )
        for place, each in enumerate(lists)
    )
    return Sweep(
        ranker=ranker.id,
        cells=cells,
        timing=warmed.timing,
        before=before,
        after=after,
        notes=tuple(busy_notes(before, after, _spread(cells))),
        window=_window(ranker, warmed),
    )


def _window(ranker: Ranker, ranking: Ranking) -> int | None:
    """Where each document is read by itself, the window of the model that reads it."""
    window = ranking.provenance.parameters.get("max_tokens")
    return window if isinstance(window, int) and Capability.POINTWISE in ranker.capabilities else None


def _spread(cells: Sequence[Cell]) -> float:
    """Median over the cells of interquartile range over median; 0 for single runs."""
    shares = [
        float(np.subtract(*np.quantile(cell.times, [0.75, 0.25])) / np.median(cell.times))
        for cell in cells
        if len(cell.runs) > 2
    ]
    return float(np.median(shares)) if shares else 0.0
