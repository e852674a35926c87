"""Times as the pages show them."""

from __future__ import annotations

from datetime import datetime

from reranklab.plots.labels import milliseconds
from reranklab.types import Timing


def measured(timing: Timing) -> str:
    """When and where a cached result was measured."""
    moment = datetime.fromisoformat(timing.measured_at).strftime("%Y-%m-%d %H:%M UTC")
    return f"cached, measured {moment} on {timing.device_name}, {timing.host}"


def timing_help(timing: Timing) -> str:
    """The median with its spread, in a sentence."""
    if len(timing.runs) == 1:
        return f"1 run{'' if timing.warmup == 'none' else ' after warm-up'}, {timing.device_name}"
    return f"median of {len(timing.runs)} runs, p95 {milliseconds(timing.p95())}, {timing.device_name}"
