"""When the evidence for a change of one series is enough."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reranklab.watch.detect.betting import evidence, rank_shares
from reranklab.watch.detect.blocks import Blocks, block_size, into_blocks
from reranklab.watch.detect.cycle import SKIPPED, Persistence, fit_persistence, forecast_errors
from reranklab.watch.detect.series import Series
from reranklab.watch.log.columns import Numbers

LEAST_KNOWN = 20
"""Blocks that must be known before others are held against them."""
_REFIT = 4
"""The persistence is fitted anew where there are so many times as many blocks."""
RESERVE = 10.0
"""By how much the evidence exceeds what the stated rate asks for: ranks of real blocks are not quite independent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """A series in blocks, of which the first `known` are the baseline. An alarm needs evidence above `threshold`, the logarithm
    of the number of blocks within which one false alarm is allowed."""

    blocks: Blocks
    known: int
    threshold: float
    persistence: Persistence

    @property
    def series(self) -> Series:
        return self.blocks.series


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """`block` is the one that completed the evidence; `began` the one from which on the bets won most."""

    block: int
    began: int


def make_stream(series: Series, until: float, *, streams: int, weeks: float) -> Stream | None:
    """A series with its baseline before the time `until`; None where that is too short. All of `streams` together raise a false
    alarm in `weeks` weeks at most."""
    blocks = into_blocks(series, block_size(series, until), until)
    known = int(np.searchsorted(blocks.ends, until))
    if known < LEAST_KNOWN:
        return None
    days = (until - blocks.times[0, 0]) / 86_400
    allowed = known / days * 7 * weeks
    return Stream(
        blocks=blocks,
        known=known,
        threshold=float(np.log(allowed * streams * RESERVE)),
        persistence=fit_persistence(blocks.values[:known], blocks.times[:known]),
    )


def first_alarm(stream: Stream, *, start: int = 0, ranked: int = 0) -> Alarm | None:
    """The first alarm where the series is as it was from the block `start` on; blocks from `ranked` on are held against each
    other. After an alarm both lie behind it."""
    blocks = stream.blocks
    first = max(ranked, start + SKIPPED)
    tested = max(stream.known if start == 0 else 0, first + LEAST_KNOWN)
    shares: list[Numbers] = []
    now, persistence = tested, stream.persistence
    while now < len(blocks):
        until = min(len(blocks), start + (now - start) * _REFIT)
        part = slice(start, until)
        news = forecast_errors(blocks.values[part], blocks.times[part], persistence)[first - start :]
        shares.append(rank_shares(news, now - first, seed=first))
        found = evidence(np.concatenate(shares))
        above = np.flatnonzero(found.worth > stream.threshold)
        if above.size:
            return Alarm(block=tested + int(above[0]), began=tested + found.began(int(above[0])))
        now = until
        persistence = fit_persistence(blocks.values[start:now], blocks.times[start:now])
    return None
