"""An evaluation as plain values, for JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reranklab.evaluate.differences import Difference
from reranklab.evaluate.experiment import RankerResult


def to_json(
    results: Sequence[RankerResult],
    *,
    dataset: str,
    split: str,
    candidates: str,
    notes: Sequence[str] = (),
    absent: Mapping[str, Sequence[str]] | None = None,
    differences: Sequence[Difference] = (),
) -> dict[str, Any]:
    """The results as plain values for JSON; times in ms, confidence as [low, high] at 95 %.

    `ms_per_query` and what else was not measured is null. `absent` is query id to the judged documents that the corpus lacks.
    """
    return {
        "dataset": dataset,
        "split": split,
        "candidates": candidates,
        "queries": results[0].asked if results else 0,
        "notes": list(notes),
        "stored": sum(result.stored for result in results),
        "comparisons": [difference_record(each) for each in differences],
        "absent_documents": {query: list(documents) for query, documents in (absent or {}).items()},
        "results": [
            {
                "ranker": result.ranker,
                "complete": result.complete,
                "queries": result.queries,
                "metrics": dict(result.metrics),
                "confidence": {name: [interval.low, interval.high] for name, interval in result.intervals.items()},
                "unjudged_in_top_10": result.unjudged,
                "without_unjudged": {name: interval.mean for name, interval in result.condensed.items()},
                "stored": result.stored,
                "ms_per_query": result.ms_per_query,
                "ms_per_query_p95": result.timing.p95 if result.timing else None,
                "runs": result.timing.runs if result.timing else 0,
                "load_ms": result.timing.load if result.timing else None,
                "device": result.timing.device if result.timing else None,
                "device_name": result.timing.device_name if result.timing else None,
                "precision": result.timing.precision if result.timing else None,
                "without_candidates": list(result.without_candidates),
                "matched_nothing": list(result.unmatched),
                "warnings": [{"message": warning.message, "queries": warning.queries} for warning in result.warnings],
                "errors": [{"query": error.query, "message": error.message} for error in result.errors],
            }
            for result in results
        ],
    }


def difference_record(pair: Difference) -> dict[str, Any]:
    """A pair of rankers as plain values for JSON."""
    return {
        "a": pair.first,
        "b": pair.second,
        "metric": pair.measure,
        "queries": pair.queries,
        "difference": pair.difference,
        "interval": [pair.interval.low, pair.interval.high],
        "p": pair.p,
        "p_holm": pair.p_holm,
        "p_equivalent": pair.p_equivalent,
        "margin": pair.margin,
        "wins": pair.wins,
        "ties": pair.ties,
        "losses": pair.losses,
        "effect": pair.effect,
        "verdict": pair.verdict,
        "queries_needed": pair.queries_needed,
    }
