"""What fitted scores mean, by model."""

from __future__ import annotations

from collections.abc import Mapping

from reranklab.types import ScoreScale

THURSTONE = ScoreScale(
    name="Thurstone score",
    description="P(i before j) = (1 + erf(difference)) / 2; the mean of a list is 0, so comparable within one list only",
    within_list=True,
)
BRADLEY_TERRY = ScoreScale(
    name="Bradley-Terry score",
    description="P(i before j) = 1 / (1 + exp(-difference)); the mean of a list is 0, so comparable within one list only",
    within_list=True,
)
SCALES: Mapping[str, ScoreScale] = {"thurstone": THURSTONE, "bradley-terry": BRADLEY_TERRY}
