"""A probe report as plain values, for JSON."""

from __future__ import annotations

from typing import Any

from reranklab.evaluate.probes.files import to_record
from reranklab.evaluate.probes.run import ProbeOutcome, ProbeReport


def to_json(report: ProbeReport) -> dict[str, Any]:
    """Rates with their exact 95 % interval, null where none could be judged; every failure with its texts and scores."""
    return {
        "rankers": list(report.rankers),
        "capabilities": list(report.capabilities),
        "stored": report.stored,
        "notes": list(report.notes),
        "rates": [
            {
                "ranker": cell.ranker,
                "capability": cell.capability,
                "passed": cell.passed,
                "judged": cell.judged,
                "left_out": cell.left_out,
                "rate": None if cell.rate is None else cell.rate.mean,
                "interval": None if cell.rate is None else [cell.rate.low, cell.rate.high],
            }
            for capability in report.capabilities
            for cell in (report.rate(ranker, capability) for ranker in report.rankers)
        ],
        "failures": [_outcome(each) for each in report.failures],
        "not_judged": [
            {"ranker": each.ranker, "probe": each.probe.id, "reason": each.reason}
            for each in report.outcomes
            if each.passed is None
        ],
    }


def _outcome(each: ProbeOutcome) -> dict[str, Any]:
    return {
        "ranker": each.ranker,
        "probe": to_record(each.probe),
        "source": each.probe.source,
        "scale": each.scale,
        "original": each.original,
        "edited": each.edited,
        "unrelated": each.unrelated,
    }
