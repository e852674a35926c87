"""Why document A stands above B: the margin of one ranker, and which parts of both make it."""

from __future__ import annotations

from dataclasses import dataclass

from reranklab.explain.attribution import Attribution
from reranklab.types import ScoreScale


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """One ranker's margin between two documents. `margin` is score(above) - score(below) in `scale`; `rank_above` and
    `rank_below` are their ranks. `above` and `below` hold what each unit adds to its own document's score: units with a
    positive value in `above` widen the margin, those in `below` narrow it."""

    ranker: str
    above: Attribution
    below: Attribution
    margin: float
    rank_above: int
    rank_below: int
    scale: ScoreScale
