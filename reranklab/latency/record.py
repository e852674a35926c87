"""A sweep and its law as plain values, for JSON."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

from reranklab.errors import InputError
from reranklab.latency.law import Between, Law, fit_law, held_out
from reranklab.latency.queueing import mean_wait
from reranklab.latency.sweep import Cell, Sweep, group_lengths

QUANTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
STAGES = ("tokenise", "transfer", "compute", "postprocess")


def sweep_record(
    result: Sweep,
    *,
    number: int | None = None,
    budget: float | None = None,
    rate: float | None = None,
    workers: int = 1,
) -> dict[str, Any]:
    """Times in ms. `number` is the sweep's in the store, None for one that is not kept. `law` is null where the cells are too
    few, with the reason under `law_missing`. With `rate`, queries a second, each cell says how long they wait at so many
    workers; null where these cannot keep up."""
    timing = result.timing
    try:
        law, reason = fit_law(result.cells), None
    except InputError as error:
        law, reason = None, str(error)
    return {
        "sweep": number,
        "measured_at": timing.measured_at,
        "ranker": result.ranker,
        "device": timing.device,
        "device_name": timing.device_name,
        "precision": timing.precision,
        "window": result.window,
        "load_ms": timing.load,
        "warm_up": timing.warmup,
        "machine": {"before": asdict(result.before), "after": asdict(result.after)},
        "notes": list(result.notes),
        "cold_start": None if result.cold is None else asdict(result.cold),
        "cold_start_missing": result.cold_missing or None,
        "cells": [_cell(cell) | _load(cell, rate, workers) for cell in result.cells],
        "law": None if law is None else _law(law, result, budget),
        "law_missing": reason,
    }


def _cell(cell: Cell) -> dict[str, Any]:
    return {
        "candidates": cell.candidates,
        "asked_tokens": cell.asked_tokens,
        "tokens": cell.tokens,
        "runs": len(cell.runs),
        **{name: asdict(cell.quantile(probability)) for name, probability in QUANTILES.items()},
        **{f"{stage}_ms": cell.median(stage) for stage in STAGES},
        "times_ms": list(cell.times),
    }


def _load(cell: Cell, rate: float | None, workers: int) -> dict[str, Any]:
    median = cell.quantile(0.5).value
    most = {"queries_per_second": 1000 * workers / median}
    if rate is None:
        return most
    wait = mean_wait(median, rate, workers=workers)
    return most | {"wait_ms": wait if math.isfinite(wait) else None}


def _law(law: Law, result: Sweep, budget: float | None) -> dict[str, Any]:
    sizes = sorted({cell.candidates for cell in result.cells})
    lengths = group_lengths(result.cells)
    record: dict[str, Any] = {
        "form": "a + sum over documents of (b + c L + d L^2), L in tokens, in ms",
        **dict(zip("abcd", law.coefficients, strict=True)),
        "intervals": {name: [*_ends(law, column)] for column, name in enumerate("abcd")},
        "token_exponent": {str(group): _between(law.token_exponent(length)) for group, length in lengths.items()},
        "residuals": list(law.residuals),
        "held_out_median_error": held_out(result.cells).median,
    }
    if budget is not None:
        record["budget_ms"] = budget
        record["deepest"] = {str(group): law.deepest(budget, length) for group, length in lengths.items()}
        record["longest"] = {str(size): law.longest(budget, size) for size in sizes}
    return record


def _ends(law: Law, column: int) -> tuple[float, float]:
    import numpy as np

    low, high = np.quantile(law.draws[:, column], [0.025, 0.975])
    return float(low), float(high)


def _between(each: Between) -> dict[str, float]:
    return {"value": each.value, "low": each.low, "high": each.high}
