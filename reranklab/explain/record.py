"""Explanations as plain values for JSON, each with its scale and how it was made."""

from __future__ import annotations

from typing import Any

from reranklab.explain.attribution import Attribution
from reranklab.explain.contrast import Contrast
from reranklab.explain.faithfulness import DeletionCurve
from reranklab.explain.way import StageView
from reranklab.export import provenance_record, scale_record


def attribution_record(attribution: Attribution) -> dict[str, Any]:
    """`units` in reading order: places (start, end) in the document's content, value in the ranker's scale, signed share."""
    return {
        "ranker": attribution.ranker,
        "document": attribution.document_id,
        "method": attribution.method,
        "score": attribution.base,
        "scale": scale_record(attribution.scale),
        "units": [
            {
                "text": unit.label,
                "spans": [[span.start, span.end] for span in unit.spans],
                "value": value,
                "share": share,
            }
            for unit, value, share in zip(attribution.units, attribution.values, attribution.shares, strict=True)
        ],
        "units_possible": attribution.possible,
        "completeness_gap": attribution.gap,
        "scored": attribution.calls,
        "warnings": list(attribution.warnings),
        "provenance": provenance_record(attribution.provenance),
    }


def curve_record(curve: DeletionCurve) -> dict[str, Any]:
    """Scores along `fractions` of the words deleted, and the one number."""
    return {
        "ranker": curve.ranker,
        "document": curve.document_id,
        "method": curve.method,
        "scale": scale_record(curve.scale),
        "fractions": list(curve.fractions),
        "most_first": list(curve.most),
        "least_first": list(curve.least),
        "random": [list(order) for order in curve.random],
        "deletion_score": curve.deletion_score,
        "scored": curve.calls,
    }


def contrast_record(contrast: Contrast) -> dict[str, Any]:
    """The margin, and both documents' attributions."""
    return {
        "ranker": contrast.ranker,
        "margin": contrast.margin,
        "scale": scale_record(contrast.scale),
        "rank_above": contrast.rank_above,
        "rank_below": contrast.rank_below,
        "above": attribution_record(contrast.above),
        "below": attribution_record(contrast.below),
    }


def stage_record(stage: StageView) -> dict[str, Any]:
    """Where one ranker put the document, and by what margin."""
    return {
        "ranker": stage.ranker,
        "rank": stage.rank,
        "candidates": stage.candidates,
        "score": stage.score,
        "scale": scale_record(stage.scale),
        "tokens_used": stage.tokens_used,
        "tokens_total": stage.tokens_total,
        "above": stage.above,
        "margin_above": stage.margin_above,
        "below": stage.below,
        "margin_below": stage.margin_below,
    }
