"""A conformance check as plain values, for JSON."""

from __future__ import annotations

import math
from typing import Any

from reranklab.evaluate.conformance.run import Conformance
from reranklab.evaluate.conformance.verdict import Evidence


def to_json(found: Conformance) -> dict[str, Any]:
    """Each verdict with its scores: as served, taken back to the reference's scale, and the reference's."""
    return {
        "served": found.served,
        "reference": found.reference,
        "conforms": found.conforms,
        "tolerance": found.tolerance,
        "calls": found.calls,
        "verdicts": [
            {
                "check": verdict.check,
                "title": verdict.title,
                "state": verdict.state,
                "words": verdict.words,
                "evidence": [_evidence(each) for each in verdict.evidence],
            }
            for verdict in found.verdicts
        ],
    }


def _evidence(each: Evidence) -> dict[str, Any]:
    return {
        "what": each.what,
        "query": each.pair.query,
        "document": each.pair.document,
        "served": each.served,
        "served_in_reference_scale": each.back,
        "reference": each.reference,
        "off": each.off if math.isfinite(each.off) else None,
        "refusal": each.refusal,
    }
