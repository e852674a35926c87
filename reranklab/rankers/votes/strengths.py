"""Scores from votes between pairs, by maximum likelihood with a prior, and how sure each of them is.

Thurstone's model with P(i before j) = (1 + erf(e_i - e_j)) / 2, as in zELO (arXiv 2509.12541), and Bradley and Terry's (1952)
with P = 1 / (1 + exp(-(e_i - e_j))).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import erf, expit, log_expit, log_ndtr

from reranklab.errors import ModelError

Floats = npt.NDArray[np.float64]
Model = Literal["thurstone", "bradley-terry"]

_ROUNDS = 200
_CLOSE = 1e-10


@dataclass(frozen=True, slots=True, kw_only=True)
class Votes:
    """One vote a pair: `share` is 1 where `first` goes before `second`, 0 where it is the other way round, or between; both are
    positions of `count` items."""

    count: int
    first: npt.NDArray[np.int64]
    second: npt.NDArray[np.int64]
    share: Floats

    @property
    def wins(self) -> Floats:
        """(count, count): the share of the vote that the row has against the column, NaN where there is none."""
        matrix = np.full((self.count, self.count), np.nan)
        matrix[self.first, self.second] = self.share
        matrix[self.second, self.first] = 1 - self.share
        return matrix


@dataclass(frozen=True, slots=True, kw_only=True)
class Strengths:
    """`scores` have the mean 0. `covariance` is of the scores less their mean, from the curvature of the log-likelihood and the
    prior at its top: as if each vote were one independent observation."""

    scores: Floats
    covariance: Floats

    @property
    def errors(self) -> Floats:
        """Standard errors of the scores."""
        return np.asarray(np.sqrt(np.maximum(np.diag(self.covariance), 0.0)))

    def difference_variance(self) -> Floats:
        """(count, count): the variance of the difference of each two scores."""
        own = np.diag(self.covariance)
        return np.asarray(np.maximum(own[:, None] + own[None, :] - 2 * self.covariance, 0.0))


def fit(votes: Votes, *, model: Model, prior: float, start: Floats | None = None) -> Strengths:
    """Newton's method from `start`. `prior` is the standard deviation of a normal distribution that every score is drawn from,
    so that who wins every vote has a finite score."""
    scores = np.zeros(votes.count) if start is None else start.copy()
    for _ in range(_ROUNDS):
        slope, curve = _slopes(scores[votes.first] - scores[votes.second], votes.share, model)
        up = np.bincount(votes.first, slope, votes.count) - np.bincount(votes.second, slope, votes.count) - scores / prior**2
        step = np.linalg.solve(_curvature(votes, curve, prior), up)
        size = 1.0
        before = _log_posterior(votes, scores, model, prior)
        while size > _CLOSE and _log_posterior(votes, scores + size * step, model, prior) < before:
            size /= 2
        scores = scores + size * step
        if np.abs(size * step).max(initial=0.0) < _CLOSE:
            break
    else:
        raise ModelError("The scores of these votes did not settle. Give a smaller prior.")
    _, curve = _slopes(scores[votes.first] - scores[votes.second], votes.share, model)
    centre = np.eye(votes.count) - 1 / votes.count
    covariance = centre @ np.linalg.inv(_curvature(votes, curve, prior)) @ centre
    return Strengths(scores=scores - scores.mean(), covariance=covariance)


def chance(difference: Floats, model: Model) -> Floats:
    """P(i before j) for a difference of scores."""
    return np.asarray(expit(difference) if model == "bradley-terry" else (1 + erf(difference)) / 2)


def information(difference: Floats, model: Model) -> Floats:
    """Fisher information of one vote on a difference of scores."""
    if model == "bradley-terry":
        share = expit(difference)
        return np.asarray(share * (1 - share))
    log_density = -np.square(difference) - np.log(np.pi) / 2
    x = np.sqrt(2) * difference
    return np.asarray(np.exp(2 * log_density - log_ndtr(x) - log_ndtr(-x)))


def _slopes(difference: Floats, share: Floats, model: Model) -> tuple[Floats, Floats]:
    """First derivative and negative second derivative of each vote's log-likelihood by the difference."""
    if model == "bradley-terry":
        won = expit(difference)
        return share - won, won * (1 - won)
    x = np.sqrt(2) * difference
    up, down = _ratio(x), _ratio(-x)
    slope = np.sqrt(2) * (share * up - (1 - share) * down)
    return slope, 2 * (share * up * (x + up) + (1 - share) * down * (down - x))


def _ratio(x: Floats) -> Floats:
    """Density over distribution of the standard normal, also far out."""
    return np.asarray(np.exp(-np.square(x) / 2 - np.log(2 * np.pi) / 2 - log_ndtr(x)))


def _curvature(votes: Votes, curve: Floats, prior: float) -> Floats:
    matrix = np.zeros((votes.count, votes.count))
    matrix[votes.first, votes.second] = -curve
    matrix[votes.second, votes.first] = -curve
    np.fill_diagonal(matrix, 1 / prior**2 - matrix.sum(axis=1))
    return matrix


def _log_posterior(votes: Votes, scores: Floats, model: Model, prior: float) -> float:
    difference = scores[votes.first] - scores[votes.second]
    if model == "bradley-terry":
        won, lost = log_expit(difference), log_expit(-difference)
    else:
        won, lost = log_ndtr(np.sqrt(2) * difference), log_ndtr(-np.sqrt(2) * difference)
    return float((votes.share * won + (1 - votes.share) * lost).sum() - np.square(scores).sum() / (2 * prior**2))
