"""When a request was: ISO 8601, or a number since 1970 in whatever unit its size tells."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime

from reranklab.watch.log.reasons import Reason, Remark

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC).timestamp()
_DIGITS = re.compile(r"-?[0-9]{9,}(\.[0-9]+)?")
_UNITS = (
    (1e11, 1.0, None),
    (1e14, 1e3, Remark.MILLISECONDS),
    (1e17, 1e6, Remark.MICROSECONDS),
    (1e20, 1e9, Remark.NANOSECONDS),
)
"""Up to which number, how many make a second, and what is said: 1e11 seconds is the year 5138, 1e11 milliseconds 1973."""


def read_time(value: int | float | str | None, *, latest: float) -> tuple[float, Remark | None] | Reason:
    """Seconds since 1970, UTC, with what is to be said of how they were given; or why there is no such time. One after `latest`
    is no time, and neither is one before the year 2000, which is what a clock shows that was never set."""
    if value is None:
        return Reason.NO_TIME
    if isinstance(value, str):
        if not _DIGITS.fullmatch(value):
            return _iso(value, latest)
        value = float(value)
    if isinstance(value, float) and not math.isfinite(value):
        return Reason.UNREADABLE_TIME
    if value < 0:
        return Reason.EARLY_TIME
    for below, a_second, remark in _UNITS:
        if value < below:
            return _within(value / a_second, latest, remark)
    return Reason.LATE_TIME


def _iso(text: str, latest: float) -> tuple[float, Remark | None] | Reason:
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            return _within(moment.replace(tzinfo=UTC).timestamp(), latest, Remark.NO_ZONE)
        return _within(moment.timestamp(), latest, None)
    except (ValueError, OverflowError):
        return Reason.UNREADABLE_TIME


def _within(seconds: float, latest: float, remark: Remark | None) -> tuple[float, Remark | None] | Reason:
    if seconds < EARLIEST:
        return Reason.EARLY_TIME
    return (seconds, remark) if seconds <= latest else Reason.LATE_TIME
