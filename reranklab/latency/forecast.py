"""What a sweep foretells: the time of any list at p50 and p95, and what a budget allows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from reranklab.errors import InputError
from reranklab.latency.law import Between, Floats, HeldOut, Law, fit_law, held_out
from reranklab.latency.sweep import Sweep
from reranklab.latency.tail import tail_draws, tail_ratio

At = Literal["p50", "p95"]
_EXACT = 0.999


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """`tail` is p95 over p50, None where the runs are too few. A document of L tokens is read as `scale` x L tokens (a ranker
    without a tokenizer counts others than were asked for), at most `room`, None where that is not known; `overhead` is read
    besides. `sizes` and `lengths` are the least and the most documents and tokens of a document that were measured, `usual` is
    the mean tokens of these."""

    law: Law
    held_out: HeldOut
    tail: Between | None
    tail_draws: Floats
    scale: float
    overhead: float
    room: int | None
    sizes: tuple[int, int]
    lengths: tuple[float, float]
    usual: float

    @property
    def levels(self) -> tuple[At, ...]:
        """The quantiles that it can tell."""
        return ("p50",) if self.tail is None else ("p50", "p95")

    def cost(self, tokens: float) -> float:
        """The length that a document of so many tokens costs, with what is read besides."""
        read = self.scale * tokens
        return (read if self.room is None else min(read, self.room)) + self.overhead

    def time(self, candidates: int, tokens: float, at: At = "p50") -> Between:
        """Of one measurement of such a list, in ms. Raises InputError for p95 where the runs are too few."""
        length = self.cost(tokens)
        median = self.law.predict(candidates, length)
        if at == "p50":
            return median
        if self.tail is None:
            raise InputError("So few runs do not tell the 95th percentile. Repeat each list more often.")
        drawn = self.law.drawn(candidates, length)
        low, high = np.quantile(drawn * np.resize(self.tail_draws, drawn.size), [0.025, 0.975])
        value = median.value * self.tail.value
        return Between(value=value, low=float(min(low, value)), high=float(max(high, value)))

    def deepest(self, budget: float, tokens: float, at: At = "p50") -> int:
        """The most documents of so many tokens that take `budget` ms or less."""
        return self.law.deepest(budget / self._above(at), self.cost(tokens))

    def longest(self, budget: float, candidates: int, at: At = "p50") -> int | None:
        """The most tokens of a document at which so many take `budget` ms or less; 0 where none do, None where documents of any
        length do, since more than `room` is not read."""
        cost = self.law.longest(budget / self._above(at), candidates)
        read = cost - self.overhead
        if self.room is not None and read >= self.room:
            return None
        return max(0, math.floor(read / self.scale))

    def is_measured(self, candidates: int, tokens: float) -> bool:
        """Whether it lies between what was measured, so that nothing is extrapolated."""
        (least, most), (shortest, longest) = self.sizes, self.lengths
        return least <= candidates <= most and shortest <= tokens <= longest

    def is_cut(self, tokens: float) -> bool:
        """Whether documents of so many tokens are longer than it reads."""
        return self.room is not None and self.scale * tokens > self.room

    def _above(self, at: At) -> float:
        """By what p50 is multiplied."""
        if at == "p50":
            return 1.0
        if self.tail is None:
            raise InputError("So few runs do not tell the 95th percentile. Repeat each list more often.")
        return self.tail.value


def forecast(result: Sweep) -> Forecast:
    """Raises InputError, as `fit_law` does, where the cells are too few for the law."""
    cells = result.cells
    law = fit_law(cells)
    try:
        draws = tail_draws(cells)
        tail = tail_ratio(cells, draws)
    except InputError:
        draws, tail = np.ones(1), None
    overhead = float(np.mean([cell.overhead for cell in cells]))
    asked = [cell.asked_tokens or float(np.mean(cell.lengths)) for cell in cells]
    return Forecast(
        law=law,
        held_out=held_out(cells),
        tail=tail,
        tail_draws=draws,
        scale=_scale(result),
        overhead=overhead,
        room=None if result.window is None else max(0, math.floor(result.window - overhead)),
        sizes=(min(cell.candidates for cell in cells), max(cell.candidates for cell in cells)),
        lengths=(min(asked), max(asked)),
        usual=float(np.mean(asked)),
    )


def _scale(result: Sweep) -> float:
    """Tokens read for each that was asked for. Where some list was read as asked, others were cut at the window."""
    ratios = [float(np.mean(cell.lengths)) / cell.asked_tokens for cell in result.cells if cell.asked_tokens]
    if not ratios or max(ratios) >= _EXACT:
        return 1.0
    return float(np.median(ratios)) or 1.0
