"""The time that a request should have taken: the law of its ranker, as measured here or as the log's own beginning shows it.

A law counts lengths in tokens where the log tells them, or the ranker was measured here; else in characters. The query is read
with each document and counts with it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from reranklab.errors import InputError
from reranklab.latency.law import Floats, Law, fit_law
from reranklab.latency.sweep import Cell
from reranklab.types import StageTimes
from reranklab.watch.log.columns import Columns, Numbers

_LEAST = 10
"""Requests of a cell whose median counts."""
_BINS = 6
_NARROW = 0.1
"""A log-range from the 5th to the 95th percentile below which a size hardly varied: what it costs cannot be told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """`law` counts lengths in units of `unit` characters each; with `reads_tokens` these are tokens that the log tells.
    `factor` is what the log's beginning took over the law. `knows_candidates` and `knows_length` say whether those varied
    enough to tell what they cost."""

    law: Law
    unit: float
    reads_tokens: bool
    factor: float
    source: Literal["measured", "log"]
    knows_candidates: bool
    knows_length: bool

    def of(self, columns: Columns) -> Numbers:
        """Milliseconds for each request; NaN where its size is not known."""
        return self.at(columns.candidates, self.lengths(columns))

    def lengths(self, columns: Columns) -> Numbers:
        """What a document costs in the law's units, with the query; NaN where it is not known."""
        return _lengths(columns, self.unit, self.reads_tokens)

    def at(self, candidates: Numbers, lengths: Numbers) -> Numbers:
        """Milliseconds for lists of so many documents of such lengths."""
        times: Numbers = self._times(np.asarray([self.law.coefficients]), candidates, lengths)[0]
        return times

    def _times(self, rows: Floats, candidates: Numbers, length: Numbers) -> Floats:
        a, b, c, d = (column[:, None] for column in rows.T)
        times: Floats = self.factor * (a + candidates * (b + c * length + d * length**2))
        return np.where(times > 0, times, np.nan)

    @property
    def words(self) -> str:
        if self.source == "log":
            missing = [
                name for name, known in (("candidates", self.knows_candidates), ("lengths", self.knows_length)) if not known
            ]
            unsure = f" Its {' and '.join(missing)} hardly varied, so what more would cost is not known." if missing else ""
            return f"No law of the ranker was measured here; one was fitted to the log's own baseline.{unsure}"
        return f"The law is the one measured here; the log's baseline takes {self.factor:.2f} times as long."


def fit_expected(columns: Columns, until: float) -> Expected | None:
    """The law of the requests before the time `until`: medians of cells of like candidates and lengths, so that stalls do not
    count. None where there are too few sizes or times."""
    unit, reads_tokens = _unit(columns, until)
    candidates, lengths, times = _sizes(columns, until, unit, reads_tokens)
    if times.size < 5 * _LEAST:
        return None
    cell = _bins(candidates) * _BINS + _bins(lengths)
    order = np.argsort(cell, kind="stable")
    _, starts = np.unique(cell[order], return_index=True)
    cells = [
        _cell(candidates[group], lengths[group], times[group]) for group in np.split(order, starts[1:]) if group.size >= _LEAST
    ]
    try:
        law = fit_law(cells)
    except InputError:
        return None
    expected = Expected(
        law=law,
        unit=unit,
        reads_tokens=reads_tokens,
        factor=1.0,
        source="log",
        knows_candidates=_range(candidates) > _NARROW,
        knows_length=_range(lengths) > _NARROW,
    )
    # Medians of cells lie a little off the median of all, where sizes within a cell differ.
    return _centred(expected, candidates, lengths, times)


def measured_expected(law: Law, columns: Columns, until: float, *, characters_a_token: float = 4.0) -> Expected | None:
    """A law that was measured in tokens, made as slow as the log's beginning is. A log that does not tell its tokens has one in
    `characters_a_token` characters. None where the log's beginning has no times or sizes."""
    unit, reads_tokens = _unit(columns, until)
    unit = unit if reads_tokens else characters_a_token
    candidates, lengths, times = _sizes(columns, until, unit, reads_tokens)
    if not times.size:
        return None
    expected = Expected(
        law=law,
        unit=unit,
        reads_tokens=reads_tokens,
        factor=1.0,
        source="measured",
        knows_candidates=True,
        knows_length=True,
    )
    return _centred(expected, candidates, lengths, times)


def _centred(expected: Expected, candidates: Numbers, lengths: Numbers, times: Numbers) -> Expected | None:
    ratio = float(np.median(times / expected.at(candidates, lengths)))
    return replace(expected, factor=ratio) if ratio > 0 else None


def _unit(columns: Columns, until: float) -> tuple[float, bool]:
    """How many characters a unit of length has, and whether it is a token, which nine of ten requests before tell."""
    before = columns.time < until
    ratios = columns.document_characters[before] / columns.document_tokens[before]
    told = np.isfinite(ratios) & (ratios > 0)
    if not before.any() or told.mean() < 0.9:
        return 1.0, False
    return float(np.median(ratios[told])), True


def _lengths(columns: Columns, unit: float, reads_tokens: bool) -> Numbers:
    documents = columns.document_tokens if reads_tokens else columns.document_characters / unit
    return np.asarray(documents + _known(columns.query_characters) / unit)


def _sizes(columns: Columns, until: float, unit: float, reads_tokens: bool) -> tuple[Numbers, Numbers, Numbers]:
    """Candidates, lengths and milliseconds of the requests before that say all."""
    lengths = _lengths(columns, unit, reads_tokens)
    usable = (columns.time < until) & (columns.candidates > 0) & (lengths > 0) & (columns.milliseconds > 0)
    return columns.candidates[usable], lengths[usable], columns.milliseconds[usable]


def _known(values: Numbers) -> Numbers:
    return np.where(np.isnan(values), 0.0, values)


def _range(values: Numbers) -> float:
    low, high = np.quantile(values, [0.05, 0.95])
    return float(np.log(high / low))


def _bins(values: Numbers) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """The sixth, by size, that each value lies in. Equal values share one."""
    edges = np.unique(np.quantile(values, np.linspace(0, 1, _BINS + 1)[1:-1]))
    return np.searchsorted(edges, values, side="right")


def _cell(candidates: Numbers, lengths: Numbers, times: Numbers) -> Cell:
    number, length = max(1, round(float(np.median(candidates)))), round(float(np.median(lengths)))
    median = float(np.median(times))
    run = StageTimes(queue=0.0, tokenise=0.0, compute=median, postprocess=0.0, total=median)
    return Cell(candidates=number, asked_tokens=None, lengths=(length,) * number, overhead=0.0, runs=(run,))
