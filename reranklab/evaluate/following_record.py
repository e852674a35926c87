"""A report on following as plain values, for JSON."""

from __future__ import annotations

from typing import Any

from reranklab.evaluate.confidence import Interval
from reranklab.evaluate.following import FollowingReport, RankerFollowing, TopicResult
from reranklab.evaluate.record import difference_record


def to_json(report: FollowingReport) -> dict[str, Any]:
    """Intervals are [low, high] at 95 % over topics; what was not measured is null. `told_by` is "option" or "query"."""
    return {
        "title": report.title,
        "metric": report.measure,
        "topics": [
            {
                "query": topic.text,
                "candidates": len(topic.documents),
                "instructions": {side.query: side.instruction for side in topic.sides},
            }
            for topic in report.topics
        ],
        "notes": list(report.notes),
        "results": [_ranker(each) for each in report.rankers],
    }


def _ranker(each: RankerFollowing) -> dict[str, Any]:
    return {
        "ranker": each.ranker,
        "told_by": each.way,
        "topics": len(each.topics),
        "p_mrr": _interval(each.p_mrr),
        "means": {told: _interval(interval) for told, interval in each.means.items()},
        "comparisons": [difference_record(pair) for pair in each.differences],
        "stored": each.stored,
        "errors": list(each.errors),
        "per_topic": [_topic(result) for result in each.topics],
    }


def _topic(result: TopicResult) -> dict[str, Any]:
    """`moves` by the query whose instruction does not ask for the documents: their ranks under the other, and under it."""
    return {
        "queries": [side.query for side in result.topic.sides],
        "p_mrr": result.p_mrr,
        **{f"with_{told}": value for told, value in result.values.items()},
        "moves": {
            side.query: [
                {
                    "document": move.document,
                    "rank_asked_for": move.asked_for,
                    "rank_not_asked_for": move.not_asked_for,
                    "rank_without": result.without[move.document],
                    "p_mrr": move.p_mrr,
                }
                for move in moves
            ]
            for side, moves in zip(result.topic.sides, result.moves, strict=True)
        },
    }


def _interval(interval: Interval | None) -> dict[str, Any] | None:
    return None if interval is None else {"mean": interval.mean, "interval": [interval.low, interval.high]}
