"""The law of a ranker's time: a + sum over its documents of (b + c L + d L^2), fitted to measured cells.

a is paid once a list, b for each document, c for each token (the linear layers), d for each pair of tokens (attention). All are
0 or more (Lawson and Hanson, "Solving least squares problems", 1974, chapter 23). Errors of times are relative, so each cell
weighs by 1 / time.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from reranklab.errors import InputError
from reranklab.latency.sweep import Cell

_LEAST = 5
"""Cells below which four numbers cannot be fitted."""
_RESAMPLES = 400
_LARGEST = 100_000

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Between:
    """A number with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """`coefficients` are a, b, c, d in ms; `draws` has a row of them for each resample of the cells. `residuals` are relative,
    (measured - fitted) / measured, along the cells. `spread` is their standard deviation."""

    coefficients: tuple[float, float, float, float]
    draws: Floats
    residuals: tuple[float, ...]
    spread: float

    def predict(self, candidates: int, tokens: float) -> Between:
        """The median time of a list of documents of one length. The interval is of one such measurement: the fit's own
        uncertainty and the residuals' spread."""
        value = self.predict_median(candidates, tokens)
        low, high = np.quantile(self.drawn(candidates, tokens), [0.025, 0.975])
        return Between(value=value, low=float(min(low, value)), high=float(max(high, value)))

    def drawn(self, candidates: int, tokens: float) -> Floats:
        """The times of such a list that the resamples give, each with a residual's noise."""
        times: Floats = self.draws @ np.array([1.0, candidates, candidates * tokens, candidates * tokens**2])
        return times * np.exp(np.random.default_rng(0).normal(0.0, self.spread, times.size))

    def interval(self, place: int) -> Between:
        """A coefficient by its place."""
        low, high = np.quantile(self.draws[:, place], [0.025, 0.975])
        return Between(value=self.coefficients[place], low=float(low), high=float(high))

    def candidates_exponent(self, candidates: int, tokens: float) -> Between:
        """By which power of the number of documents the time of a list grows there: 1 where nothing is paid once a list."""

        def exponent(rows: Floats) -> Floats:
            a, b, c, d = rows.T
            grown = candidates * (b + c * tokens + d * tokens**2)
            powers: Floats = np.divide(grown, a + grown, out=np.zeros_like(grown), where=a + grown > 0)
            return powers

        return self._between(exponent)

    def token_exponent(self, tokens: float) -> Between:
        """By which power of the length the time of one more document grows there: 1 is linear, 2 quadratic."""

        def exponent(rows: Floats) -> Floats:
            _, b, c, d = rows.T
            time = b + c * tokens + d * tokens**2
            grown = c * tokens + 2 * d * tokens**2
            powers: Floats = np.divide(grown, time, out=np.zeros_like(time), where=time > 0)
            return powers

        return self._between(exponent)

    def growth(self, short: float, long: float, candidates: int) -> Between:
        """How many times as long a list of documents of `long` tokens takes as one of `short` tokens."""

        def ratio(rows: Floats) -> Floats:
            a, b, c, d = rows.T
            first, second = (a + candidates * (b + c * tokens + d * tokens**2) for tokens in (short, long))
            times: Floats = np.divide(second, first, out=np.ones_like(first), where=first > 0)
            return times

        return self._between(ratio)

    def _between(self, of: Callable[[Floats], Floats]) -> Between:
        """What `of` makes of the coefficients, between what it makes of the resamples."""
        value = float(of(np.array([self.coefficients]))[0])
        low, high = np.quantile(of(self.draws), [0.025, 0.975])
        return Between(value=value, low=float(low), high=float(high))

    def deepest(self, budget: float, tokens: float) -> int:
        """The most documents of a length that take `budget` ms or less; 0 where not even one does."""
        a, b, c, d = self.coefficients
        each = b + c * tokens + d * tokens**2
        if budget < a + each:
            return 0
        return min(_LARGEST, math.floor((budget - a) / each)) if each > 0 else _LARGEST

    def longest(self, budget: float, candidates: int) -> int:
        """The greatest length in tokens at which so many documents take `budget` ms or less; 0 where none does."""
        low, high = 0, _LARGEST
        if self.predict_median(candidates, 1) > budget:
            return 0
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self.predict_median(candidates, middle) <= budget else (low, middle)
        return low

    def predict_median(self, candidates: float, tokens: float) -> float:
        a, b, c, d = self.coefficients
        return a + candidates * (b + c * tokens + d * tokens**2)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOut:
    """How far predictions are off for cells that the fit did not see: relative errors along them."""

    errors: tuple[float, ...]

    @property
    def median(self) -> float:
        return float(np.median(np.abs(self.errors)))


def fit_law(cells: Sequence[Cell], *, seed: int = 0) -> Law:
    """Fit to the medians of the cells. Raises InputError for fewer than 5 cells, or cells of one size."""
    if len(cells) < _LEAST:
        raise InputError(
            f"{len(cells)} cells are too few for the law. Measure at least {_LEAST}: more candidates or more tokens."
        )
    if len({(cell.candidates, round(cell.tokens)) for cell in cells}) < _LEAST:
        raise InputError("The cells are too much alike for the law. Measure other numbers of candidates and tokens.")
    table, times = _table(cells)
    coefficients = _solve(table, times)
    generator = np.random.default_rng(seed)
    draws = []
    for _ in range(_RESAMPLES):
        chosen = generator.integers(len(cells), size=len(cells))
        draws.append(_solve(table[chosen], times[chosen]))
    residuals = (times - table @ coefficients) / times
    a, b, c, d = (float(each) for each in coefficients)
    return Law(
        coefficients=(a, b, c, d),
        draws=np.array(draws),
        residuals=tuple(residuals.tolist()),
        spread=float(residuals.std(ddof=min(4, len(cells) - 1))),
    )


def held_out(cells: Sequence[Cell], *, folds: int = 5, seed: int = 0) -> HeldOut:
    """Each cell predicted by the law of the cells in the other folds. Raises InputError as `fit_law` does."""
    fit_law(cells, seed=seed)
    table, times = _table(cells)
    places = np.random.default_rng(seed).permutation(len(cells))
    errors = np.zeros(len(cells))
    for fold in range(min(folds, len(cells))):
        left_out = places[fold::folds]
        kept = np.setdiff1d(places, left_out)
        predicted = table[left_out] @ _solve(table[kept], times[kept])
        errors[left_out] = (predicted - times[left_out]) / times[left_out]
    return HeldOut(errors=tuple(errors.tolist()))


def _table(cells: Sequence[Cell]) -> tuple[Floats, Floats]:
    rows = [_row(cell.candidates, [length + cell.overhead for length in cell.lengths]) for cell in cells]
    return np.array(rows), np.array([cell.quantile(0.5).value for cell in cells])


def _row(candidates: int, lengths: Sequence[float]) -> Floats:
    each = np.asarray(lengths, dtype=np.float64)
    return np.array([1.0, candidates, each.sum(), (each**2).sum()])


def _solve(table: Floats, times: Floats) -> Floats:
    """Non-negative least squares of relative errors; columns are scaled, so that small coefficients are found too."""
    from scipy.optimize import nnls

    relative = table / times[:, None]
    scale = np.maximum(np.abs(relative).max(axis=0), 1e-300)
    found, _ = nnls(relative / scale, np.ones(len(times)))
    coefficients: Floats = found / scale
    return coefficients
