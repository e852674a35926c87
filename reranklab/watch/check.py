"""Limits on the last days of a log, judged with the uncertainty of so many requests.

As in `reranklab check`: a limit passes where the figure keeps it with 95 % confidence (one-sided), fails where it breaks it
with 95 %, and is undecided in between. Alerts are facts of the report.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reranklab.evaluate.check import State
from reranklab.latency.quantiles import short_ms, time_quantile
from reranklab.watch.check_file import ANY, WatchLimit
from reranklab.watch.detect.blocks import DAY
from reranklab.watch.detect.series import TITLES, Series
from reranklab.watch.log.columns import Columns, Numbers
from reranklab.watch.report import CAUSES, WatchReport
from reranklab.watch.windows import PERCENTILES, day_name, share_or_mean

_LEVEL = 0.90
"""Two-sided, so that each end is passed by chance in 5 %."""
_NEEDED = {
    "model_swapped": ("ranker", "top_score", "mean_score", "spread"),
    "new_domain": ("queries", "new_words", "unknown"),
    "longer_documents": ("documents",),
    "shorter_documents": ("documents",),
    "more_candidates": ("candidates",),
    "fewer_candidates": ("candidates",),
    "slower_machine": ("machine",),
    "faster_machine": ("machine",),
    "slower": ("milliseconds",),
    "faster": ("milliseconds",),
    "stalls": ("slow",),
    "less_support": ("support",),
    "more_support": ("support",),
    "truncated": ("truncated",),
    "unknown_tokens": ("unknown",),
    "disagreement": ("disagreement",),
}
"""Cause to the series of which one must be watched for it to be found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchOutcome:
    """A limit and what became of it; `words` gives the numbers."""

    limit: WatchLimit
    state: State
    words: str


def judge_watch(
    limits: Sequence[WatchLimit], report: WatchReport, columns: Columns, extra: Sequence[Series] = ()
) -> tuple[WatchOutcome, ...]:
    """What became of each limit. `columns` and `extra` are those that the report is of. A limit on what the log does not tell
    is undecided."""
    return tuple(_judge(limit, report, columns, extra) for limit in limits)


def _judge(limit: WatchLimit, report: WatchReport, columns: Columns, extra: Sequence[Series]) -> WatchOutcome:
    since = report.end - limit.days * DAY
    if limit.kind == "no_alert":
        return _no_alert(limit, report, since)
    if limit.kind == "latency":
        return _latency(limit, columns.milliseconds[columns.time >= since])
    values = next((each.values[each.times >= since] for each in extra if each.id == limit.name), None)
    if values is None:
        values = columns.truncated[columns.time >= since] if limit.name == "truncated" else np.empty(0)
    return _share(limit, values[np.isfinite(values)])


def _latency(limit: WatchLimit, times: Numbers) -> WatchOutcome:
    times = times[np.isfinite(times)]
    if not times.size:
        return WatchOutcome(limit=limit, state="undecided", words="no request of these days tells its time")
    found = time_quantile(times, PERCENTILES[limit.name], level=_LEVEL)
    low, high = ("?" if end is None else short_ms(end) for end in (found.low, found.high))
    words = f"{limit.name} {short_ms(found.value)} ms, 90 % interval {low} to {high}, {times.size:,} requests"
    if found.high is not None and found.high <= limit.value:
        return WatchOutcome(limit=limit, state="pass", words=words)
    broken = found.low is not None and found.low > limit.value
    return WatchOutcome(limit=limit, state="fail" if broken else "undecided", words=words)


def _share(limit: WatchLimit, values: Numbers) -> WatchOutcome:
    if not values.size:
        return WatchOutcome(limit=limit, state="undecided", words=f"no request of these days tells the {TITLES[limit.name]}")
    found = share_or_mean(values, level=_LEVEL)
    words = f"{found.mean:.1%}, 90 % interval {found.low:.1%} to {found.high:.1%}, {values.size:,} requests"
    kept, broken = (
        (found.high <= limit.value, found.low > limit.value)
        if limit.kind == "at_most"
        else (found.low >= limit.value, found.high < limit.value)
    )
    return WatchOutcome(limit=limit, state="pass" if kept else "fail" if broken else "undecided", words=words)


def _no_alert(limit: WatchLimit, report: WatchReport, since: float) -> WatchOutcome:
    """Alerts that were detected within the days. A cause that no watched series can show is undecided."""
    raised = [each for each in report.alerts if each.detected >= since and (limit.name == ANY or limit.name in each.causes)]
    if raised:
        last = raised[-1]
        said = " and ".join(CAUSES[cause] for cause in last.causes)
        return WatchOutcome(limit=limit, state="fail", words=f"{said} since {day_name(last.since)}")
    needed = report.watched if limit.name == ANY else _NEEDED[limit.name]
    if not set(needed) & set(report.watched):
        return WatchOutcome(limit=limit, state="undecided", words="no series that would show it is watched")
    return WatchOutcome(limit=limit, state="pass", words="none")


def watch_exit_status(outcomes: Sequence[WatchOutcome]) -> int:
    """0 where every limit passes, 1 where one fails, else 3."""
    states = {outcome.state for outcome in outcomes}
    return 1 if "fail" in states else 3 if "undecided" in states else 0
