"""A stability report as plain values, for JSON."""

from __future__ import annotations

from typing import Any

from reranklab.evaluate.confidence import Interval
from reranklab.evaluate.experiment import RankerResult
from reranklab.evaluate.record import difference_record
from reranklab.evaluate.stability import QueryShift, StabilityReport, VariantResult
from reranklab.evaluate.task_set import TaskSet
from reranklab.export import scale_record


def to_json(report: StabilityReport, task_set: TaskSet) -> dict[str, Any]:
    """Intervals are [low, high] at 95 %. Score differences are absolute, in the variant's `scale`; what was not measured is
    null."""
    mean = report.base.intervals.get(report.measure)
    return {
        "dataset": task_set.collection.name,
        "split": task_set.collection.split,
        "candidates": str(task_set.rule),
        "queries": len(task_set.tasks),
        "ranker": report.ranker,
        "metric": report.measure,
        "mean": None if mean is None else mean.mean,
        "stored": report.base.stored + sum(each.result.stored for each in report.variants),
        "notes": list(task_set.notes),
        "errors": _errors(report.base),
        "variants": [_variant(each) for each in report.variants],
    }


def _variant(each: VariantResult) -> dict[str, Any]:
    return {
        "variant": each.variant.name,
        "ranker": each.variant.spec.id,
        "queries": len(each.shifts),
        "scale": None if each.scale is None else scale_record(each.scale),
        "score_difference": {"largest": each.largest, "mean": each.mean, "largest_share_of_range": each.relative},
        "tau": _interval(each.tau),
        "top_10_set_changed": _interval(each.changed_sets),
        "top_10_order_changed": _interval(each.changed_orders),
        "ms_per_query": each.result.ms_per_query,
        "comparison": None if each.difference is None else difference_record(each.difference),
        "errors": _errors(each.result),
        "per_query": [_shift(shift) for shift in each.shifts],
    }


def _shift(shift: QueryShift) -> dict[str, Any]:
    return {
        "query": shift.query,
        "largest": shift.largest,
        "mean": shift.mean,
        "largest_share_of_range": shift.relative,
        "tau": shift.tau,
        "same_top_10": shift.same_set,
        "same_top_10_order": shift.same_order,
    }


def _interval(interval: Interval | None) -> dict[str, Any] | None:
    return None if interval is None else {"mean": interval.mean, "interval": [interval.low, interval.high]}


def _errors(result: RankerResult) -> list[dict[str, Any]]:
    return [{"query": error.query, "message": error.message} for error in result.errors]
