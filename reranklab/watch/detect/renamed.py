"""Where the log names another ranker: a fact of the log, for which nothing has to be estimated."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reranklab.watch.log.columns import Columns

_RUN = 20
_USUAL = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Renamed:
    """`place` is the first request of the ranker `name`, `detected` the one that made it half of the last 20."""

    place: int
    detected: int
    before: str
    name: str


def find_renamed(columns: Columns) -> tuple[Renamed, ...]:
    """Every place where one ranker ranked 19 of 20 requests and then another half of a run of 20. Where several share the
    requests throughout, nothing is a fact, and their shares are watched instead."""
    named = np.flatnonzero(columns.ranker >= 0)
    rankers = columns.ranker[named]
    found: list[Renamed] = []
    start = 0
    while start + _RUN <= named.size:
        usual = int(np.bincount(rankers[start : start + _RUN]).argmax())
        other = rankers[start:] != usual
        sums = np.concatenate([[0], np.cumsum(other)])
        crowded = np.flatnonzero(sums[_RUN:] - sums[:-_RUN] >= _RUN // 2)
        if not crowded.size:
            break
        begin = start + int(crowded[0])
        if sums[begin - start] > (1 - _USUAL) * max(begin - start, 1) or begin == start:
            break
        inside = rankers[begin : begin + _RUN]
        new = int(np.bincount(inside[inside != usual]).argmax())
        first = begin + int(np.flatnonzero(inside == new)[0])
        found.append(
            Renamed(
                place=int(named[first]),
                detected=int(named[begin + _RUN - 1]),
                before=columns.rankers[usual],
                name=columns.rankers[new],
            )
        )
        start = begin + _RUN
    return tuple(found)
