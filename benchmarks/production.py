"""A log of production with known changes: days and weeks have cycles, hours depend on each other, times have heavy tails."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from reranklab.watch.log.columns import Columns

START = 1_767_571_200.0
"""2026-01-05 00:00 UTC, a Monday."""
DAY = 86_400.0
_GRID = 600.0
"""Seconds between two values of what drifts slowly: load, topics."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is other from a day on, and until another. Factors of 1 and shifts of 0 change nothing. Shifts of scores are in
    standard deviations of the top score over requests; `ranker` is another name for the ranker."""

    day: float = 10.0
    until: float = np.inf
    documents: float = 1.0
    queries: float = 1.0
    candidates: float = 1.0
    machine: float = 1.0
    score_shift: float = 0.0
    score_scale: float = 1.0
    unknown: float = 1.0
    disagreement: float = 0.0
    support: float = 0.95
    ranker: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """How production is while nothing changes. `day_effect` is the standard deviation of whole days, `hours` how long a
    deviation lasts, `load` its size in the log of a time, `topics` in standard deviations of a request."""

    days: float = 21.0
    per_day: float = 1000.0
    seed: int = 0
    cycle: float = 0.8
    weekend: float = 0.5
    day_effect: float = 0.03
    hours: float = 3.0
    load: float = 0.08
    topics: float = 0.08
    tail: float = 1.5
    answered: float = 0.3
    sampled: float = 0.1
    varied_candidates: bool = True
    changes: tuple[Change, ...] = field(default_factory=tuple)

    def with_changes(self, *changes: Change) -> World:
        return replace(self, changes=changes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """`extra` is name to places and values: truncated, unknown, disagreement, support."""

    columns: Columns
    extra: Mapping[str, tuple[NDArray[np.int64], Floats]]

    def since(self, day: float) -> int:
        """The place of the first request of a day."""
        return int(np.searchsorted(self.columns.time, START + day * DAY))


def simulate(world: World) -> Simulated:
    """The log of a world. The same world gives the same log."""
    generator = np.random.default_rng(world.seed)
    time = _times(world, generator)
    size = time.size
    day = (time - START) / DAY
    hour = 2 * np.pi * (day % 1)
    weekend = (day % 7) >= 5

    def of(name: str, quiet: float) -> Floats:
        values = np.full(size, quiet)
        for change in world.changes:
            values[(day >= change.day) & (day < change.until)] = getattr(change, name)
        return values

    def slow(scale: float) -> Floats:
        return _slow(world, generator, time, scale)

    queries = np.exp(3.6 + 0.5 * generator.standard_normal(size) + 0.05 * np.sin(hour) + 0.5 * slow(world.topics))
    queries = np.maximum(2, np.round(queries * of("queries", 1.0)))
    width = 0.35
    documents = np.exp(
        6.7 + width * (generator.standard_normal(size) + slow(world.topics)) + 0.04 * np.cos(hour) - 0.05 * weekend
    ) * of("documents", 1.0)
    usual = np.full(size, 50.0)
    if world.varied_candidates:
        usual = np.where(generator.random(size) < 0.6, usual, generator.integers(10, 101, size))
    candidates = np.maximum(1, np.round(usual * of("candidates", 1.0)))
    length = documents + queries
    expected = 6.0 + candidates * (0.15 + 8e-4 * length + 1e-7 * length**2)
    load = 0.1 * np.sin(hour - 1) - 0.06 * weekend + slow(world.load)
    stalls = np.where(generator.random(size) < 0.03, 1 + generator.pareto(world.tail, size), 1.0)
    milliseconds = expected * of("machine", 1.0) * np.exp(load + 0.12 * generator.standard_normal(size)) * stalls

    level = 1.4 * (generator.standard_normal(size) + slow(world.topics) + 0.08 * np.sin(hour) + 0.06 * weekend)
    level += 0.2 * (np.log(documents) - 6.7)
    top = 3.5 + level + 0.5 * np.log(candidates / 50) + 0.6 * generator.standard_normal(size)
    spread = np.exp(0.7 + 0.25 * generator.standard_normal(size) + 0.1 * slow(world.topics))
    mean = top - spread * (2.2 + 0.2 * generator.standard_normal(size))
    scale, shift = of("score_scale", 1.0), 1.5 * of("score_shift", 0.0)
    names = tuple(dict.fromkeys(("reranker-a", *(change.ranker for change in world.changes if change.ranker))))
    ranker = np.zeros(size, np.int64)
    for change in world.changes:
        if change.ranker:
            ranker[(day >= change.day) & (day < change.until)] = names.index(change.ranker)
    columns = Columns(
        time=time,
        offset=np.arange(size, dtype=np.int64) * 1000,
        milliseconds=milliseconds,
        candidates=candidates,
        query_characters=queries,
        document_characters=documents,
        top_score=top * scale + shift,
        mean_score=mean * scale + shift,
        spread=spread * scale,
        ranker=ranker,
        rankers=names,
    )
    everything = np.arange(size, dtype=np.int64)
    cut = 1 / (1 + np.exp(-(documents - 1800) / 200))
    unknown = generator.beta(0.5, 60, size) * of("unknown", 1.0)
    sample = np.flatnonzero(generator.random(size) < world.sampled)
    answers = np.flatnonzero(generator.random(size) < world.answered)
    apart = generator.beta(4, 6, sample.size) + of("disagreement", 0.0)[sample]
    chance = np.clip(of("support", 0.95) + 0.1 * _slow(world, generator, time, world.topics), 0, 1)
    return Simulated(
        columns=columns,
        extra={
            "truncated": (everything, cut),
            "unknown": (everything, np.minimum(unknown, 1.0)),
            "disagreement": (sample, np.minimum(apart, 1.0)),
            "support": (answers, (generator.random(answers.size) < chance[answers]).astype(np.float64)),
        },
    )


def _times(world: World, generator: np.random.Generator) -> Floats:
    """Poisson arrivals that follow the hour and the weekday; their number is `per_day` in the mean of a week."""
    edges = np.arange(0, world.days, 1 / 144)
    rate = 1 + world.cycle * np.sin(2 * np.pi * (edges % 1) - 2)
    rate = rate * np.where(edges % 7 >= 5, world.weekend, 1.0) / ((5 + 2 * world.weekend) / 7)
    counts = generator.poisson(rate * world.per_day / 144)
    times = np.repeat(edges, counts) + generator.random(int(counts.sum())) / 144
    return np.asarray(START + DAY * np.sort(times), dtype=np.float64)


def _slow(world: World, generator: np.random.Generator, time: Floats, scale: float) -> Floats:
    """A deviation of hours (an autoregression) and one of whole days, at each request."""
    from scipy.signal import lfilter

    steps = int(world.days * DAY / _GRID) + 2
    kept = np.exp(-_GRID / (3600 * world.hours))
    noise = generator.standard_normal(steps) * np.sqrt(1 - kept**2)
    noise[0] = generator.standard_normal()
    hours = lfilter([1.0], [1.0, -kept], noise)
    days = generator.standard_normal(int(world.days) + 2)
    return np.asarray(
        scale * hours[((time - START) / _GRID).astype(np.int64)]
        + scale * (world.day_effect / 0.08) * days[((time - START) / DAY).astype(np.int64)],
        dtype=np.float64,
    )
