"""A log watched from its first request to its last: windows, alarms, and what each is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from reranklab.errors import InputError
from reranklab.latency.law import Law
from reranklab.progress import CancelSignal, check_cancel
from reranklab.watch.detect.alarms import LEAST_KNOWN, Stream, make_stream
from reranklab.watch.detect.alerts import make_alerts
from reranklab.watch.detect.blocks import DAY
from reranklab.watch.detect.expected import Expected, fit_expected, measured_expected
from reranklab.watch.detect.grouping import group_alarms
from reranklab.watch.detect.renamed import find_renamed
from reranklab.watch.detect.series import Series, column_series
from reranklab.watch.log.columns import Columns
from reranklab.watch.report import WatchReport
from reranklab.watch.windows import Span, log_windows

BASELINE_DAYS = 7.0
WEEKS = 200.0
_SHORT = 2.0
"""Days of a baseline below which nothing can be said of the cycle of a day."""


def watch_columns(
    columns: Columns,
    *,
    extra: Sequence[Series] = (),
    law: Law | None = None,
    baseline_days: float | None = None,
    weeks: float = WEEKS,
    span: Span = "day",
    cancel: CancelSignal | None = None,
) -> WatchReport:
    """What changed, when and why.

    `law` is that of the ranker in tokens, as Latency fitted it; without it one is fitted to the log's baseline. The baseline is
    the first 7 days, or the first half of a shorter log. All series together raise a false alarm in `weeks` weeks at most, as
    docs/watch.md states. Raises InputError for an empty log, a time that falls, weeks or days that are not positive, and as
    `log_windows` does; Cancelled.
    """
    _check(columns, weeks, baseline_days)
    begin, end = float(columns.time[0]), float(columns.time[-1])
    days = baseline_days if baseline_days is not None else min(BASELINE_DAYS, (end - begin) / DAY / 2)
    until = begin + days * DAY
    expected = fit_expected(columns, until) if law is None else measured_expected(law, columns, until)
    # What a caller hands in is what was measured; the log's own column gives way to it.
    given = {each.id for each in extra}
    series = [each for each in column_series(columns, expected, until) if each.id not in given] + list(extra)
    streams: list[Stream] = []
    unwatched: dict[str, str] = {}
    for each in series:
        check_cancel(cancel)
        stream = make_stream(each, until, streams=len(series), weeks=weeks)
        if stream is None:
            unwatched[each.id] = f"its baseline has fewer than {LEAST_KNOWN} blocks of requests"
        else:
            streams.append(stream)
    check_cancel(cancel)
    groups = group_alarms(columns, streams, find_renamed(columns))
    over = None if expected is None else columns.milliseconds / expected.of(columns)
    return WatchReport(
        requests=len(columns),
        begin=begin,
        end=end,
        baseline_until=until,
        weeks=weeks,
        law=_law_words(columns, expected),
        windows=log_windows(columns, span=span, over_law=over, extra=extra),
        alerts=make_alerts(columns, groups, streams, expected),
        watched=tuple(stream.series.id for stream in streams),
        unwatched=unwatched,
        notes=_notes(days, unwatched, streams),
    )


def _check(columns: Columns, weeks: float, baseline_days: float | None) -> None:
    if not len(columns):
        raise InputError("The log has no requests. Give one with at least one request.")
    if np.any(np.diff(columns.time) < 0):
        raise InputError("The requests are not in the order of time. Sort them first.")
    if not weeks > 0:
        raise InputError(f"One false alarm in {weeks:g} weeks does not work. Give a number above 0, such as {WEEKS:g}.")
    if baseline_days is not None and not baseline_days > 0:
        raise InputError(f"A baseline of {baseline_days:g} days does not work. Give a number above 0, such as 7.")


def _law_words(columns: Columns, expected: Expected | None) -> str:
    if expected is not None:
        return expected.words
    if not np.isfinite(columns.milliseconds).any():
        return "The log tells no times."
    return "The log's baseline is too short, or tells no sizes, for a law; times are watched as they are."


def _notes(days: float, unwatched: Mapping[str, str], streams: Sequence[Stream]) -> tuple[str, ...]:
    notes = []
    if days < _SHORT:
        notes.append(
            f"The baseline of {days:.1f} days is too short to know the cycle of a day: a first night may look like a change."
        )
    elif days < BASELINE_DAYS - 0.5:
        notes.append(f"The baseline of {days:.1f} days has no whole week: a first weekend may look like a change.")
    if not streams:
        notes.append("No series has a baseline long enough, so nothing is watched. Give a longer log.")
    elif unwatched:
        notes.append(f"Not watched: {', '.join(f'{name} ({reason})' for name, reason in unwatched.items())}.")
    return tuple(notes)
