"""Findings as plain values for JSON, each with its scale and how it was made: the same from a page, a command and a script."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reranklab.explain.analysis import Finding
from reranklab.explain.attribution import Attribution
from reranklab.explain.contrast import Contrast
from reranklab.explain.faithfulness import DeletionCurve
from reranklab.explain.rank_path import PathStage, rank_path
from reranklab.explain.subject import Subject
from reranklab.export import provenance_record, scale_record


def attribution_record(attribution: Attribution) -> dict[str, Any]:
    """`units` in reading order: spans (start, end) in the document's content, value in the ranker's scale, signed share."""
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


def stage_record(stage: PathStage) -> dict[str, Any]:
    """Where one ranker put the document, and by what margin."""
    return {
        "ranker": stage.ranker,
        "rank": stage.rank,
        "candidates": stage.candidates,
        "score": stage.score,
        "scale": scale_record(stage.scale),
        "tokens_used": stage.tokens_used,
        "tokens_total": stage.tokens_total,
        "unknown_share": round(stage.unknown_share, 4),
        "passage": list(stage.passage) if stage.passage is not None else None,
        "above": stage.above,
        "margin_above": stage.margin_above,
        "below": stage.below,
        "margin_below": stage.margin_below,
        "lost_at": stage.lost_at,
    }


def explanations_record(subject: Subject, findings: Sequence[Finding[Any]]) -> dict[str, Any]:
    """Query, notes on how the input was read, the document, and `explanations`.

    Each explanation says of one ranker where it put the document and, under the key of each analysis, its parameters and
    answer. A ranker has as many as it takes to hold no key twice. Spans count in the document's `text`.
    """
    stages = {stage.ranker: stage for stage in rank_path(subject.rankings, subject.document.id).stages}
    explanations: dict[str, list[dict[str, Any]]] = {}
    for finding in findings:
        key = finding.analysis.record_key
        own = explanations.setdefault(finding.ranker, [])
        if not own or key in own[-1]:
            own.append(stage_record(stages[finding.ranker]))
        asked = {"analysis": finding.analysis.id, "parameters": dict(finding.parameters.values)}
        own[-1][key] = {**asked, **finding.analysis.record(finding.result)}
    return {
        "query": subject.query.text,
        "notes": list(subject.comparison.notes),
        "document": {"id": subject.document.id, "text": subject.document.content},
        "explanations": [each for own in explanations.values() for each in own],
    }
