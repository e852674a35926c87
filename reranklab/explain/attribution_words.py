"""An attribution for people: its parts in rows, and what it says of itself."""

from __future__ import annotations

from reranklab.explain.analysis import Finding, Table
from reranklab.explain.attribution import Attribution
from reranklab.explain.subject import Subject

_LONGEST = 90


def attribution_table(subject: Subject, finding: Finding[Attribution]) -> Table:
    return parts_table(finding.result)


def attribution_words(subject: Subject, finding: Finding[Attribution]) -> tuple[str, ...]:
    return remarks(finding.result)


def parts_table(attribution: Attribution) -> Table:
    """The units in reading order."""
    units = zip(attribution.units, attribution.values, attribution.shares, strict=True)
    return Table(
        header=("value", "share", "text"),
        rows=tuple((value, share, " ".join(unit.label.split())[:_LONGEST]) for unit, value, share in units),
    )


def remarks(attribution: Attribution) -> tuple[str, ...]:
    """Completeness gap and warnings, and that nothing counted where nothing did."""
    lines = []
    if not any(attribution.values):
        lines.append("No part of the text changes this score.")
    if attribution.gap is not None:
        lines.append(gap_in_words(attribution.gap))
    return (*lines, *attribution.warnings)


def gap_in_words(gap: float) -> str:
    return f"Completeness gap {gap:.1%}: how far the values miss the score change they should add up to."
