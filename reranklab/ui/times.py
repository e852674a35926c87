"""Times as the pages show them."""

from __future__ import annotations

from datetime import datetime

from reranklab.types import Timing


def milliseconds(value: float) -> str:
    """A time with two or three digits that matter."""
    if value >= 10_000:
        return f"{value / 1000:,.1f} s"
    if value >= 100:
        return f"{value:,.0f} ms"
    return f"{value:.1f} ms" if value >= 1 else f"{value:.2f} ms"


def measured(timing: Timing) -> str:
    """When and where a cached result was measured."""
    moment = datetime.fromisoformat(timing.measured_at).strftime("%Y-%m-%d %H:%M UTC")
    return f"cached, measured {moment} on {timing.device_name}, {timing.host}"


def timing_help(timing: Timing) -> str:
    """The median with its spread, in a sentence."""
    if len(timing.runs) == 1:
        return f"1 run after warm-up, {timing.device_name}"
    return f"median of {len(timing.runs)} runs, p95 {milliseconds(timing.p95())}, {timing.device_name}"
