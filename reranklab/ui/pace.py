"""How long work goes on, by the pace of its steps so far."""

from __future__ import annotations

import time
from collections.abc import Callable

from reranklab.progress import Step

_TOLD_AFTER = 3.0
"""Seconds of steps below which a pace says nothing."""


class Pace:
    """Of the series of steps at work: another label, unit or total begins another."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._series: tuple[str, str, float] | None = None
        self._begun = self._last = 0.0
        self._first = self._done = 0.0

    def see(self, step: Step) -> None:
        series, now = (step.label, step.unit, step.total), self._clock()
        if series != self._series or step.done < self._done:
            self._series, self._begun, self._first = series, now, step.done
        self._last, self._done = now, step.done

    @property
    def left(self) -> float | None:
        """Seconds to the series' end if it goes on as it has; None where that cannot be told yet."""
        spent, done = self._last - self._begun, self._done - self._first
        if self._series is None or spent < _TOLD_AFTER or done <= 0:
            return None
        since = self._clock() - self._last
        return max(0.0, spent / done * (self._series[2] - self._done) - since)


def duration(seconds: float) -> str:
    """Seconds, from two minutes on minutes, from two hours on hours."""
    if seconds < 120:
        return f"{seconds:,.0f} s"
    return f"{seconds / 60:,.0f} min" if seconds < 7200 else f"{seconds / 3600:,.1f} h"
