"""What is watched: one number for each request that has it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from reranklab.errors import InputError
from reranklab.watch.detect.expected import Expected
from reranklab.watch.log.columns import Columns, Numbers, Places

Kind = Literal["positive", "real", "share"]
"""How a series changes: by a factor (times, lengths, numbers), by a difference (scores), or as a mean of values from 0 to 1."""

TITLES = {
    "milliseconds": "milliseconds a request",
    "machine": "milliseconds over those of the law",
    "slow": "share of requests that are slow for their size",
    "candidates": "candidates",
    "documents": "characters of a document",
    "queries": "characters of a query",
    "top_score": "top score",
    "mean_score": "mean score",
    "spread": "spread of the scores",
    "ranker": "share of the usual ranker",
    "truncated": "share of truncated documents",
    "unknown": "share of unknown tokens",
    "disagreement": "disagreement with the reference ranker",
    "support": "share of supported answers",
    "new_words": "share of query words that are new",
}
EXTRA = ("truncated", "unknown", "disagreement", "support", "new_words")
"""Those that are handed in, not read from the columns: each a share."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """`values` in the order of time, without NaN; `times` in seconds since 1970, UTC; `places` say which request of the columns
    each belongs to."""

    id: str
    kind: Kind
    times: Numbers
    values: Numbers
    places: Places

    def __len__(self) -> int:
        return len(self.values)

    @property
    def title(self) -> str:
        return TITLES.get(self.id, self.id)

    @property
    def scaled(self) -> Numbers:
        """On the scale on which a change is a shift: positive numbers by their logarithm."""
        return np.log(self.values) if self.kind == "positive" else self.values


def extra_series(name: str, columns: Columns, places: Places, values: Numbers) -> Series:
    """A share from 0 to 1 for some of the requests. Raises InputError for other values, unknown ids, or places that do not
    stand in the order of time."""
    if name not in EXTRA:
        raise InputError(f"No series is called {name!r}. Choose one of: {', '.join(EXTRA)}.")
    kept = ~np.isnan(values)
    places, values = places[kept], values[kept]
    if places.size and (np.any(np.diff(places) < 0) or places[0] < 0 or places[-1] >= len(columns)):
        raise InputError(
            f"The places of {name!r} do not follow the requests. Give them ascending, none of them beyond the log."
        )
    if values.size and not (values.min() >= 0 and values.max() <= 1):
        raise InputError(f"The values of {name!r} reach from {values.min():g} to {values.max():g}. Give shares from 0 to 1.")
    return Series(id=name, kind="share", times=columns.time[places], values=values, places=places)


def column_series(columns: Columns, expected: Expected | None, until: float) -> tuple[Series, ...]:
    """What the columns give; a series that no request has is left out. Before the time `until` is what counts as usual:
    which name of a ranker, and which time for a size is slow."""
    found = [
        _series("candidates", "positive", columns, columns.candidates),
        _series("documents", "positive", columns, columns.document_characters),
        _series("queries", "positive", columns, columns.query_characters),
        _series("top_score", "real", columns, columns.top_score),
        _series("mean_score", "real", columns, columns.mean_score),
        _series("spread", "positive", columns, columns.spread),
        _series("truncated", "share", columns, columns.truncated),
        _usual_ranker(columns, until),
    ]
    over = columns.milliseconds if expected is None else columns.milliseconds / expected.of(columns)
    machine = _series("machine" if expected is not None else "milliseconds", "positive", columns, over)
    found.append(machine)
    found.append(_slow(machine, until))
    return tuple(each for each in found if len(each))


def _series(name: str, kind: Kind, columns: Columns, values: Numbers) -> Series:
    usable = np.isfinite(values)
    if kind == "positive":
        usable &= values > 0
    places = np.flatnonzero(usable)
    return Series(id=name, kind=kind, times=columns.time[places], values=values[places], places=places)


def _usual_ranker(columns: Columns, until: float) -> Series:
    """Whether the ranker is the one that was the most common before; empty where there was only that one, or none."""
    named = np.flatnonzero(columns.ranker >= 0)
    before = columns.ranker[named][columns.time[named] < until]
    counts = np.bincount(before, minlength=1)
    if np.count_nonzero(counts) < 2:
        named = named[:0]
    values = (columns.ranker[named] == counts.argmax()).astype(np.float64)
    return Series(id="ranker", kind="share", times=columns.time[named], values=values, places=named)


def _slow(machine: Series, until: float, size: int = 20) -> Series:
    """Whether a request took longer than others of its time: over the median of its neighbours by more than 19 of 20 did
    before. A load that slows all of them does not count."""
    logs = machine.scaled
    padded = np.concatenate([logs, logs[-1:].repeat(-len(logs) % size)])
    middle = np.median(padded.reshape(-1, size), axis=1).repeat(size)[: len(logs)] if len(logs) else logs
    over = logs - middle
    before = over[machine.times < until]
    slow = over > (np.quantile(before, 0.95) if before.size else 0.0)
    return Series(id="slow", kind="share", times=machine.times, values=slow.astype(np.float64), places=machine.places)
