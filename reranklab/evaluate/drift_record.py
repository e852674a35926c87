"""A drift table as plain values, for JSON."""

from __future__ import annotations

from typing import Any

import numpy as np

from reranklab.evaluate.confidence import Interval, Values
from reranklab.evaluate.drift import DriftTable, RankerThere
from reranklab.evaluate.record import difference_record
from reranklab.evaluate.text_profile import TextProfile
from reranklab.evaluate.thresholds import Threshold, Transfer

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


def drift_record(table: DriftTable) -> dict[str, Any]:
    """`scores` are the 5, 25, 50, 75 and 95 % quantiles of relevant and other documents; intervals are [low, high] at 95 %."""
    return {
        "measure": table.measure,
        "baseline": table.baseline,
        "margin": table.margin,
        "criterion": table.criterion,
        "candidates": table.candidates,
        "rankers": list(table.rankers),
        "collections": [
            {
                "name": part.name,
                "split": part.split,
                "queries": part.queries,
                "stored": part.stored,
                "notes": list(part.notes),
                "rankers": [ranker_record(each) for each in part.rankers],
            }
            for part in table.collections
        ],
        "thresholds_elsewhere": [_transfer_record(each) for each in table.transfers],
    }


def ranker_record(there: RankerThere) -> dict[str, Any]:
    """One ranker on one collection."""
    pairs = there.pairs
    return {
        "ranker": there.ranker,
        "mean": there.mean.mean,
        "confidence": [there.mean.low, there.mean.high],
        "against_baseline": None if there.difference is None else difference_record(there.difference),
        "scale": pairs.scale.name,
        "relevant": int(pairs.relevant.sum()),
        "not_relevant": int(np.count_nonzero(~pairs.relevant)),
        "unjudged": pairs.unjudged,
        "scores": {
            "relevant": _quantiles(pairs.scores[pairs.relevant]),
            "not_relevant": _quantiles(pairs.scores[~pairs.relevant]),
        },
        "auc": _interval(there.pooled),
        "auc_within_queries": _interval(there.within),
        "ms_per_query": None if there.timing is None else there.timing.p50,
        "best_threshold": threshold_record(there.threshold),
        "texts": _profile_record(there.texts),
    }


def _transfer_record(carried: Transfer) -> dict[str, Any]:
    return {
        "ranker": carried.ranker,
        "from": carried.source,
        "to": carried.target,
        **(threshold_record(carried.carried) or {}),
        "own_value": carried.own,
        "loss": carried.loss.mean,
        "loss_interval": [carried.loss.low, carried.loss.high],
        "verdict": carried.verdict,
    }


def threshold_record(threshold: Threshold | None) -> dict[str, Any] | None:
    """A cut-off score and what it does; None for none."""
    if threshold is None:
        return None
    return {
        "score": threshold.score,
        "value": threshold.value,
        "precision": threshold.precision,
        "recall": threshold.recall,
        "f1": threshold.f1,
    }


def _profile_record(texts: TextProfile) -> dict[str, Any]:
    return {
        "documents": texts.documents,
        "tokens_median": texts.median,
        "tokens_p95": texts.p95,
        "truncated_share": texts.truncated,
        "unknown_share": texts.unknown,
        "documents_with_unknown_share": texts.with_unknown,
        "tokens_per_word": texts.tokens_per_word,
    }


def _interval(interval: Interval | None) -> dict[str, Any] | None:
    return None if interval is None else {"mean": interval.mean, "interval": [interval.low, interval.high]}


def _quantiles(scores: Values) -> list[float]:
    return [float(value) for value in np.quantile(scores, QUANTILES)] if scores.size else []
