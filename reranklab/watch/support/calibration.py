"""When a chunk speaks of a sentence at all: a law of score and shared words, fitted on the sample's calibration part."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from reranklab.watch.support.evidence import Evidence

_FILE = "calibration.json"
_RIDGE = 1.0
"""Of the weights, not of the constant: so few sentences can be told apart altogether, and weights would grow without end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Constant, weight of the score and weight of the coverage, for Latin script; constant and weight of the coverage, for
    others, where the embedded cross-encoder's scores are alike for all text.

    A flipped negation counts from `negation_coverage` on, another name in the place of one from `name_coverage` on: below,
    too few words are shared to say that the rest is the same. `ranker` is the id of the ranker whose scores these are,
    `weights_sha256` of the weights that were measured.
    """

    ranker: str
    weights_sha256: str
    latin: tuple[float, float, float]
    other: tuple[float, float]
    negation_coverage: float
    name_coverage: float

    def speaks(self, evidence: Evidence) -> float:
        """The probability that the chunk speaks of what the sentence says, as supporting or as contradicting it."""
        coverage = evidence.coverage or 0.0
        if evidence.score is None:
            return _logistic(self.other[0] + self.other[1] * coverage)
        return _logistic(self.latin[0] + self.latin[1] * evidence.score + self.latin[2] * coverage)


@cache
def shipped_calibration() -> Calibration:
    """What `python -m benchmarks.answer_support` has fitted."""
    data = json.loads(files("reranklab.watch.support").joinpath(_FILE).read_text(encoding="utf-8"))
    return Calibration(**{**data, "latin": tuple(data["latin"]), "other": tuple(data["other"])})


def fit_logistic(rows: Sequence[Sequence[float]], targets: Sequence[bool]) -> tuple[float, ...]:
    """The constant and the weights of a logistic regression with a ridge of 1 on the weights, by Newton's method."""
    x = np.column_stack([np.ones(len(rows)), np.asarray(rows, dtype=np.float64)])
    y = np.asarray(targets, dtype=np.float64)
    ridge = np.diag([0.0, *[_RIDGE] * (x.shape[1] - 1)])
    weights = np.zeros(x.shape[1])
    for _ in range(100):
        p = 1 / (1 + np.exp(-x @ weights))
        step = np.linalg.solve((x.T * (p * (1 - p))) @ x + ridge, x.T @ (y - p) - ridge @ weights)
        weights += step
        if float(np.abs(step).max()) < 1e-10:
            break
    return tuple(float(weight) for weight in weights)


def _logistic(value: float) -> float:
    return 1 / (1 + math.exp(-min(max(value, -500.0), 500.0)))
