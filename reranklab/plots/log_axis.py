"""Ticks of logarithmic axes: 1, 2 and 5 of each power of ten."""

from __future__ import annotations

import math
from collections.abc import Callable


def log_ticks(least: float, most: float) -> list[float]:
    """Those between two numbers above 0; of each power of ten the 1 alone where these are many."""
    powers = range(math.floor(math.log10(least)), math.ceil(math.log10(most)) + 1)
    digits = (1, 2, 5) if math.log10(most / least) < 3 else (1,)
    ticks = [float(f"{digit}e{power}") for power in powers for digit in digits]
    return [tick for tick in ticks if least <= tick <= most]


def plain_number(value: float) -> str:
    """Without a decimal point from 1 on."""
    return f"{value:,.0f}" if value >= 1 else f"{value:g}"


def short_time(ms: float) -> str:
    """A round time for a tick."""
    return f"{ms / 1000:,g} s" if ms >= 1000 else f"{ms:g} ms"


def log_axis(least: float, most: float, *, name: Callable[[float], str] = plain_number) -> dict[str, object]:
    """The settings of an axis from `least` to `most`, both above 0."""
    ticks = log_ticks(least, most)
    return {
        "type": "log",
        "range": [math.log10(least), math.log10(most)],
        "tickvals": ticks,
        "ticktext": [name(tick) for tick in ticks],
    }
