"""A before-and-after as plain values, for JSON."""

from __future__ import annotations

from typing import Any

from reranklab.evaluate.drift_record import ranker_record, threshold_record
from reranklab.evaluate.probes.files import to_record
from reranklab.evaluate.record import difference_record
from reranklab.evaluate.thresholds import Transfer
from reranklab.train.change.before_after import BeforeAfter, CollectionChange, QueryChange
from reranklab.train.change.probe_changes import CapabilityChange, ProbeChanges, ProbeFlip


def before_after_record(change: BeforeAfter) -> dict[str, Any]:
    """Every difference is after less before; intervals are [low, high] at 95 %. `queries` are all, the most changed first."""
    return {
        "before": change.before,
        "after": change.after,
        "measure": change.table.measure,
        "margin": change.table.margin,
        "criterion": change.table.criterion,
        "candidates": change.table.candidates,
        "verdict": list(change.sentences),
        "collections": [_collection(each) for each in change.collections],
        "probes": None if change.probes is None else _probes(change.probes),
        "notes": list(change.notes),
    }


def _collection(each: CollectionChange) -> dict[str, Any]:
    return {
        "name": each.name,
        "split": each.split,
        "trained_for": each.own,
        "run": each.run,
        "difference": difference_record(each.difference),
        "before": ranker_record(each.before),
        "after": ranker_record(each.after),
        "old_threshold": None if each.threshold is None else _transfer(each.threshold),
        "queries": [_query(query) for query in each.queries],
        "notes": list(each.notes),
    }


def _transfer(carried: Transfer) -> dict[str, Any]:
    return {
        **(threshold_record(carried.carried) or {}),
        "own_value": carried.own,
        "loss": carried.loss.mean,
        "loss_interval": [carried.loss.low, carried.loss.high],
        "verdict": carried.verdict,
    }


def _query(query: QueryChange) -> dict[str, Any]:
    return {
        "query": query.query_id,
        "text": query.text,
        "before": query.before,
        "after": query.after,
        "change": query.change,
    }


def _probes(probes: ProbeChanges) -> dict[str, Any]:
    return {
        "sentence": probes.sentence,
        "capabilities": [_capability(each) for each in probes.capabilities],
        "flips": [_flip(flip) for flip in probes.flips],
        "notes": list(probes.report.notes),
    }


def _capability(each: CapabilityChange) -> dict[str, Any]:
    return {
        "capability": each.capability,
        "before": {"passed": each.before.passed, "judged": each.before.judged},
        "after": {"passed": each.after.passed, "judged": each.after.judged},
        "difference": None if each.difference is None else difference_record(each.difference),
    }


def _flip(flip: ProbeFlip) -> dict[str, Any]:
    return {
        "now": flip.now,
        "probe": to_record(flip.after.probe),
        "source": flip.after.probe.source,
        "before": {"scale": flip.before.scale, "original": flip.before.original, "edited": flip.before.edited},
        "after": {"scale": flip.after.scale, "original": flip.after.original, "edited": flip.after.edited},
    }
