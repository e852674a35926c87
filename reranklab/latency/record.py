"""A sweep and its law as plain values, for JSON."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from reranklab.errors import InputError
from reranklab.latency.claims import answer_claim, published_claims
from reranklab.latency.contradictions import growths, pair_and_list
from reranklab.latency.forecast import Forecast, forecast
from reranklab.latency.law import Between
from reranklab.latency.queueing import mean_wait
from reranklab.latency.sweep import Cell, Sweep, group_lengths

QUANTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
USUAL_DEPTH = 100
"""Documents that rerankers are usually given: how long these may be within a budget is always told."""
STAGES = ("tokenise", "transfer", "compute", "postprocess")


def sweep_record(
    result: Sweep,
    *,
    number: int | None = None,
    budget: float | None = None,
    lists: Sequence[tuple[int, int]] = (),
    rate: float | None = None,
    workers: int = 1,
) -> dict[str, Any]:
    """Times in ms. `number` is the sweep's in the store, None for one that is not kept. `law` is null where the cells are too
    few, with the reason under `law_missing`; a longest document of null is one of any length, since more is not read.
    `lists` are numbers of documents and tokens whose time is to be predicted. With `rate`, queries a second, each cell says how
    long they wait at so many workers; null where these cannot keep up."""
    timing = result.timing
    try:
        told, reason = forecast(result), None
    except InputError as error:
        told, reason = None, str(error)
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
        "law": None if told is None else _law(told, result, budget, lists),
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


def _law(told: Forecast, result: Sweep, budget: float | None, lists: Sequence[tuple[int, int]]) -> dict[str, Any]:
    law = told.law
    sizes = sorted({cell.candidates for cell in result.cells})
    lengths = group_lengths(result.cells)
    middle = float(np.median(list(lengths.values())))
    record: dict[str, Any] = {
        "form": "a + sum over documents of (b + c L + d L^2), L in tokens read, in ms",
        **dict(zip("abcd", law.coefficients, strict=True)),
        "intervals": {name: _ends(law.interval(place)) for place, name in enumerate("abcd")},
        "overhead_tokens": told.overhead,
        "token_exponent": {str(group): asdict(law.token_exponent(length)) for group, length in lengths.items()},
        "candidates_exponent": {str(size): asdict(law.candidates_exponent(size, middle)) for size in sizes},
        "residuals": list(law.residuals),
        "held_out_median_error": told.held_out.median,
        "p95_over_p50": None if told.tail is None else asdict(told.tail),
    }
    if budget is not None:
        depths = {group: group or told.usual for group in lengths}
        record["budget_ms"] = budget
        record["deepest"] = {
            str(group): {at: told.deepest(budget, tokens, at) for at in told.levels} for group, tokens in depths.items()
        }
        record["longest"] = {
            str(size): {at: told.longest(budget, size, at) for at in told.levels} for size in sorted({*sizes, USUAL_DEPTH})
        }
    record["published"] = [asdict(answer_claim(claim, told)) for claim in published_claims()]
    record["contradictions"] = {
        "growth": [asdict(each) | {"quadratic": each.quadratic} for each in growths(told)],
        "pair": asdict(pair_and_list(told)),
    }
    if lists:
        record["predictions"] = [_prediction(told, candidates, tokens) for candidates, tokens in lists]
    return record


def _prediction(told: Forecast, candidates: int, tokens: int) -> dict[str, Any]:
    """`measured` says whether the list lies between those that were, `cut` whether its documents are longer than is read."""
    return {
        "candidates": candidates,
        "tokens": tokens,
        **{at: asdict(told.time(candidates, tokens, at)) for at in told.levels},
        "measured": told.is_measured(candidates, tokens),
        "cut": told.is_cut(tokens),
    }


def _ends(each: Between) -> list[float]:
    return [each.low, each.high]
