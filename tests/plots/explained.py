"""Explanations made by hand, for the tests of their figures."""

from __future__ import annotations

from collections.abc import Sequence

from reranklab.data.spans import Span, Unit
from reranklab.explain.attribution import Attribution, Method
from reranklab.types import LOGIT, ScoreScale
from tests.evaluate.make import make_ranking


def make_attribution(
    values: Sequence[float],
    *,
    labels: Sequence[str] | None = None,
    ranker: str = "cross-encoder:m",
    method: Method = "leave-one-out",
    document: str = "d1",
    scale: ScoreScale = LOGIT,
    base: float = 2.5,
    gap: float | None = None,
) -> Attribution:
    """Units "u0", "u1", ... unless `labels` are given, one after another in the text."""
    names = list(labels) if labels is not None else [f"u{number}" for number in range(len(values))]
    units = []
    text = ""
    for name in names:
        units.append(Unit(label=name, spans=(Span(start=len(text), end=len(text) + len(name)),)))
        text += f"{name} "
    return Attribution(
        ranker=ranker,
        method=method,
        document_id=document,
        text=text,
        units=tuple(units),
        values=tuple(values),
        base=base,
        scale=scale,
        provenance=make_ranking("a", ranker=ranker).provenance,
        calls=len(units),
        possible=len(units),
        gap=gap,
    )
