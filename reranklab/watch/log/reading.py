"""Logs of production read in one pass: numbers and places of every request, and a count of all that is no request."""

from __future__ import annotations

import math
import time as clock
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np

from reranklab.errors import InputError
from reranklab.progress import CancelSignal, Progress, check_cancel, report
from reranklab.watch.log.columns import Columns
from reranklab.watch.log.decode import LineDecoder
from reranklab.watch.log.gather import Gathered
from reranklab.watch.log.lines import FileEndsEarlyError, RawLine, opening, read_lines
from reranklab.watch.log.reasons import LogCounts, Reason, Refusal, Remark, Tally
from reranklab.watch.log.schema import LoggedLine, UnevenError, with_items
from reranklab.watch.log.times import read_time

CLOCK_TOLERANCE = 300.0
"""Seconds by which a line may be dated before the one above it: several processes that write one log do not keep order."""
_A_DAY = 86_400.0
_MEGABYTE = 1024**2


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadLog:
    """A log: its columns in the order of time, requests of one time as they stand, and what it was made of. `starts` is the
    offset at which each file begins. `names` and `searches` are how it was read."""

    columns: Columns
    counts: LogCounts
    paths: tuple[Path, ...]
    starts: tuple[int, ...]
    names: Mapping[str, str]
    searches: bool

    def path_of(self, offset: int) -> Path:
        """The file that holds the line which begins at `offset`."""
        return self.paths[bisect_right(self.starts, offset) - 1]

    def days_of_first_file(self) -> float:
        """How many days the first file lasts. Raises InputError where its requests do not come before those of the others."""
        columns = self.columns
        first = columns.offset < self.starts[1] if len(self.starts) > 1 else columns.offset >= 0
        if not first.any() or first.all():
            raise InputError("The log or its baseline has no request. Give files with requests.")
        until = float(columns.time[~first].min())
        if float(columns.time[first].max()) >= until:
            raise InputError("Requests of the baseline are later than the log's first. Give a log of the time before.")
        return (until - float(columns.time[0])) / _A_DAY


def read_log(
    *paths: Path,
    names: Mapping[str, str] = MappingProxyType({}),
    searches: bool = False,
    now: float | None = None,
    progress: Progress | None = None,
    cancel: CancelSignal | None = None,
) -> ReadLog:
    """Read one log, of one file or several in sequence, plain or gzipped.

    `names` says how the log calls our fields, `time` or `candidates.score`, where it has other names. `now` is the present in
    seconds since 1970, by which a time in the future is told. `searches` reads spans of a search as well, for traces whose
    search reranks inside. Raises InputError for a file that cannot be read and an unknown
    field, and Cancelled.
    """
    if not paths:
        raise InputError("There is no log to read. Name one file at least.")
    total = sum(_size(path) for path in paths)

    def told(done: int) -> None:
        check_cancel(cancel, "Stopped before the log was read.")
        report(progress, done=done // _MEGABYTE, total=max(1, total // _MEGABYTE), unit="MB", label="Reading the log")

    reader = _Reader(
        LineDecoder(names, searches=searches),
        latest=(clock.time() if now is None else now) + _A_DAY,
        files=[path.name for path in paths],
    )
    starts: list[int] = []
    for line in read_lines(paths, starts, told=told):
        if isinstance(line, FileEndsEarlyError):
            reader.ends_early(line)
        else:
            reader.read(line)
    columns = reader.columns()
    return ReadLog(
        columns=columns,
        counts=reader.tally.counts(),
        paths=paths,
        starts=tuple(starts),
        names=MappingProxyType(dict(names)),
        searches=searches,
    )


class _Reader:
    def __init__(self, decoder: LineDecoder, *, latest: float, files: Sequence[str]) -> None:
        self.tally = Tally(files)
        self._gathered = Gathered(self.tally)
        self._decoder = decoder
        self._latest = latest
        self._last = (-1, -math.inf)

    def ends_early(self, error: FileEndsEarlyError) -> None:
        self.tally.lines += 1
        self.tally.entries += 1
        self.tally.add(Reason.CUT, error.file, error.number, str(error))

    def read(self, raw: RawLine) -> None:
        self.tally.lines += 1
        for within, found in enumerate(self._decoder.requests(raw)):
            self.tally.entries += 1
            refusal = found if isinstance(found, Refusal) else self._take(found, raw, within)
            if refusal is not None:
                self.tally.add(refusal.reason, raw.file, raw.number, refusal.example)

    def _take(self, line: LoggedLine, raw: RawLine, within: int) -> Refusal | None:
        timed = read_time(line.time, latest=self._latest)
        if isinstance(timed, Reason):
            return Refusal(timed)
        try:
            items = with_items(line)
        except UnevenError as error:
            return Refusal(Reason.UNEVEN, str(error))
        if items is None:
            return Refusal(Reason.NO_CANDIDATES)
        time, remark = timed
        if remark is not None:
            self.tally.add(remark, raw.file, raw.number)
        file, last = self._last
        if file == raw.file and time < last - CLOCK_TOLERANCE:
            self.tally.add(Remark.BACKWARDS, raw.file, raw.number, f"by {last - time:,.0f} s")
        self._last = (raw.file, time)
        self._gathered.add(line, items, raw, time=time, within=within)
        return None

    def columns(self) -> Columns:
        """In the order of time, repetitions left out."""
        columns, named, where = self._gathered.all()
        order = np.lexsort((np.arange(len(columns)), columns.time, columns.key))
        key, time, named = columns.key[order], columns.time[order], named[order]
        same_key = (key[1:] == key[:-1]) & named[1:] & named[:-1]
        same_time = time[1:] == time[:-1]
        repeated, shared = np.sort(order[1:][same_key & same_time]), np.sort(order[1:][same_key & ~same_time])
        self.tally.add_all(Reason.REPEATED, where[repeated])
        self.tally.add_all(Remark.SHARED_ID, where[shared])
        kept = np.ones(len(columns), bool)
        kept[repeated] = False
        columns, where = columns.take(kept), where[kept]
        self.tally.read = len(columns)
        silent = columns.answered == 0
        if not silent.all():
            self.tally.add_all(Remark.NO_ANSWER, where[silent])
        return columns.take(np.argsort(columns.time, kind="stable"))


def _size(path: Path) -> int:
    with opening(path):
        return path.stat().st_size
