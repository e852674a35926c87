"""A search's result as plain values, and as a named ranker."""

from __future__ import annotations

from typing import Any

from reranklab.evaluate.confidence import Interval
from reranklab.evaluate.task_set import TaskSet
from reranklab.latency.quantiles import Quantile
from reranklab.rankers.named import NamedRanker
from reranklab.tune.nested import Fold
from reranklab.tune.tuner import Finalist, Tuning


def to_json(tuning: Tuning, task_set: TaskSet) -> dict[str, Any]:
    """Times in ms, intervals as [low, high] at 95 %; null is an end that so few times cannot tell."""
    return {
        "dataset": task_set.collection.name,
        "split": task_set.collection.split,
        "candidates": str(task_set.rule),
        "queries": len(task_set.tasks),
        "metric": tuning.measure,
        "budget_ms": tuning.budget,
        "device_name": tuning.device_name,
        "seed": tuning.seed,
        "chosen": {
            "ranker": tuning.chosen,
            "within_budget": tuning.within,
            "held_out": _interval(tuning.held_out),
            "held_out_p95_ms": _quantile(tuning.held_out_p95),
            "tuned": _interval(tuning.winner.mean),
            "p95_ms": _quantile(tuning.winner.p95),
        },
        "configurations": tuning.tried,
        "rungs": [{"configurations": number, "queries": queries} for number, queries in tuning.rungs],
        "front": list(tuning.front),
        "finalists": [_finalist(each, tuning) for each in tuning.finalists],
        "folds": [_fold(fold, task_set) for fold in tuning.folds],
        "notes": list(tuning.notes),
    }


def named_ranker(tuning: Tuning, task_set: TaskSet, name: str) -> NamedRanker:
    """What was chosen, under a name, with where it came from. Nothing is saved yet."""
    p95 = tuning.held_out_p95
    return NamedRanker(
        name=name,
        ranker=tuning.chosen,
        origin={
            "collection": task_set.collection.name,
            "split": task_set.collection.split,
            "candidates": str(task_set.rule) if not task_set.rule.run else "run",
            "queries": len(task_set.tasks),
            "budget_ms": tuning.budget,
            "within_budget": tuning.within,
            "metric": tuning.measure,
            "held_out": round(tuning.held_out.mean, 4),
            "held_out_low": round(tuning.held_out.low, 4),
            "held_out_high": round(tuning.held_out.high, 4),
            "tuned": round(tuning.winner.mean.mean, 4),
            "held_out_p95_ms": round(p95.value, 1),
            "device": tuning.device_name,
        },
    )


def _finalist(each: Finalist, tuning: Tuning) -> dict[str, Any]:
    return {
        "ranker": each.ranker,
        "front": each.ranker in tuning.front,
        "tuned": _interval(each.mean),
        "p95_ms": _quantile(each.p95),
        "median_ms": each.median,
        "timed": each.timed,
    }


def _fold(fold: Fold, task_set: TaskSet) -> dict[str, Any]:
    return {
        "picked": fold.pick,
        "tuned": fold.tuned,
        "held_out": fold.mean,
        "per_query": {task_set.tasks[query].query.id: value for query, value in sorted(fold.values.items())},
    }


def _interval(interval: Interval) -> dict[str, Any]:
    return {"mean": interval.mean, "interval": [interval.low, interval.high]}


def _quantile(quantile: Quantile) -> dict[str, Any]:
    return {"value": quantile.value, "interval": [quantile.low, quantile.high]}
