"""A log in windows of time, each figure with its interval.

Quantiles of times have the interval of order statistics (latency/quantiles.py). Requests of one hour go together, so means have
the interval of batch means: Student's t over 20 runs of neighbours (Conway, "Some tactical problems in digital simulation",
1963). Shares of yes and no have the exact binomial interval, which counts requests as independent.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Literal

import numpy as np

from reranklab.errors import InputError
from reranklab.evaluate.confidence import Interval, share_interval
from reranklab.latency.quantiles import Quantile, time_quantile
from reranklab.watch.detect.series import Series
from reranklab.watch.log.columns import Columns, Numbers, Places
from reranklab.watch.report import Window

Span = Literal["day", "hour"] | int
PERCENTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
MEANS = ("top_score", "mean_score", "spread", "candidates", "document_characters", "query_characters")
MOST = 20_000
"""Windows of one log."""
_BATCHES = 20
_LENGTHS = {"day": 86_400.0, "hour": 3600.0}


def parse_span(text: str) -> Span:
    """`day`, `hour`, or a number of requests. Raises InputError for anything else."""
    if text in ("day", "hour"):
        return "day" if text == "day" else "hour"
    if text.isascii() and text.isdigit() and 0 < int(text) < 10**12:
        return int(text)
    raise InputError(f"A window of {text} does not work. Give day, hour, or a number of requests.")


def log_windows(
    columns: Columns, *, span: Span = "day", over_law: Numbers | None = None, extra: Sequence[Series] = ()
) -> tuple[Window, ...]:
    """Days and hours of UTC that have requests, or runs of so many requests. `over_law` is each request's time over the law's.
    Raises InputError for a number below 1, and for more than 20,000 windows."""
    edges = _edges(columns, span)
    if len(edges) - 1 > MOST:
        raise InputError(f"The log has {len(edges) - 1:,} windows, and {MOST:,} is the most. Choose longer ones.")
    shares = {"truncated": _told(columns.truncated), **{each.id: (each.places, each.values) for each in extra}}
    return tuple(
        Window(
            begin=_begin(columns, span, first),
            end=_begin(columns, span, first) + _LENGTHS[span] if isinstance(span, str) else float(columns.time[last - 1]),
            first=first,
            last=last,
            latency=_latency(columns.milliseconds[first:last]),
            over_law=_median(over_law[first:last]) if over_law is not None else None,
            means=_means(columns, first, last),
            shares=_shares(shares, first, last),
        )
        for first, last in pairwise(edges)
    )


def batch_mean(values: Numbers, *, level: float = 0.95) -> Interval:
    """The mean with its interval over 20 batches of neighbours, of as many values each, and fewer where there are fewer values.
    Values must not be empty; a single one is its own interval."""
    from scipy.stats import t as student_t

    mean, count = float(values.mean()), min(_BATCHES, values.size)
    method = f"batch means over {count} batches of {values.size:,} requests"
    if count < 2:
        return Interval(mean=mean, low=mean, high=mean, level=level, method=method)
    length = values.size // count
    batches = values[: count * length].reshape(count, length).mean(axis=1)
    reach = float(student_t.ppf((1 + level) / 2, count - 1) * batches.std(ddof=1) / count**0.5)
    return Interval(mean=mean, low=mean - reach, high=mean + reach, level=level, method=method)


def share_or_mean(values: Numbers, *, level: float = 0.95) -> Interval:
    """Exact for values that are all 0 or 1, else of batch means, within 0 and 1."""
    if np.all((values == 0) | (values == 1)):
        return share_interval(int(values.sum()), values.size, level=level)
    found = batch_mean(values, level=level)
    return Interval(mean=found.mean, low=max(0.0, found.low), high=min(1.0, found.high), level=level, method=found.method)


def _edges(columns: Columns, span: Span) -> list[int]:
    size = len(columns)
    if isinstance(span, int):
        if span < 1:
            raise InputError(f"Windows of {span} requests do not work. Give 1 or more.")
        return [*range(0, size, span), size] if size else [0]
    number = np.floor(columns.time / _LENGTHS[span])
    return [0, *(np.flatnonzero(np.diff(number)) + 1).tolist(), size] if size else [0]


def _begin(columns: Columns, span: Span, first: int) -> float:
    time = float(columns.time[first])
    return time - time % _LENGTHS[span] if isinstance(span, str) else time


def _told(values: Numbers) -> tuple[Places, Numbers]:
    places = np.flatnonzero(~np.isnan(values))
    return places, values[places]


def _latency(times: Numbers) -> Mapping[str, Quantile]:
    times = times[np.isfinite(times)]
    return {name: time_quantile(times, probability) for name, probability in PERCENTILES.items()} if times.size else {}


def _median(ratios: Numbers) -> Quantile | None:
    ratios = ratios[np.isfinite(ratios)]
    return time_quantile(ratios, 0.5) if ratios.size else None


def _means(columns: Columns, first: int, last: int) -> Mapping[str, Interval]:
    found: dict[str, Interval] = {}
    for name in MEANS:
        values: Numbers = getattr(columns, name)[first:last]
        values = values[np.isfinite(values)]
        if values.size:
            found[name] = batch_mean(values)
    return found


def _shares(shares: Mapping[str, tuple[Places, Numbers]], first: int, last: int) -> Mapping[str, Interval]:
    found: dict[str, Interval] = {}
    for name, (places, values) in shares.items():
        begin, end = np.searchsorted(places, [first, last])
        if end > begin:
            found[name] = share_or_mean(values[begin:end])
    return found


def day_name(time: float) -> str:
    """A time as it stands in sentences: 2026-01-15 08:00."""
    return f"{dt.datetime.fromtimestamp(time, dt.UTC):%Y-%m-%d %H:%M}"
