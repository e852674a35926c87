"""What blind comparisons say of rankers: wins of each pair with an interval, and strengths over all pairs.

Interval of a share: Wilson 1927. Strengths: Bradley and Terry 1952, fitted by the iteration of Hunter, "MM algorithms for
generalized Bradley-Terry models", 2004. A comparison in which no difference was seen is half a win for each.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse.csgraph import connected_components

from reranklab.data.preferences import Preference

_Z = NormalDist().inv_cdf(0.975)
_ROUNDS = 10_000
_CLOSE = 1e-10

Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class PairWins:
    """Comparisons of two rankers, from the view of `first`. `share` is wins over wins and losses, with its 95 % interval; both
    are None where every comparison was a tie."""

    first: str
    second: str
    wins: int
    losses: int
    ties: int

    @property
    def share(self) -> float | None:
        decided = self.wins + self.losses
        return self.wins / decided if decided else None

    @property
    def interval(self) -> tuple[float, float] | None:
        decided = self.wins + self.losses
        return wilson(self.wins, decided) if decided else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Strength:
    """A ranker's chance to be preferred to one of average strength, by the Bradley-Terry model, with its 95 % interval."""

    ranker: str
    chance: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferred:
    """All comparisons: `pairs`, and `strengths`, the strongest first. `notes` say what a reader must know of the strengths."""

    comparisons: int
    people: int
    pairs: tuple[PairWins, ...]
    strengths: tuple[Strength, ...]
    notes: tuple[str, ...] = ()

    def record(self) -> dict[str, Any]:
        """As plain values for JSON."""
        return {
            "comparisons": self.comparisons,
            "people": self.people,
            "pairs": [{**asdict(pair), "share": pair.share, "interval": pair.interval} for pair in self.pairs],
            "strengths": [asdict(each) for each in self.strengths],
            "notes": list(self.notes),
        }


def blind_order(rankers: Sequence[str], *, seed: int) -> tuple[str, ...]:
    """The rankers in the order in which their lists are shown: the seed decides it, not the order given."""
    order = sorted(rankers)
    random.Random(seed).shuffle(order)
    return tuple(order)


def preferred(preferences: Sequence[Preference]) -> Preferred:
    """What the comparisons say together. A pick among several lists is a win over each of the others; a picked document, a win
    of each list that has it higher over each that has it lower."""
    rankers = sorted({ranker for preference in preferences for ranker in preference.shown})
    place = {ranker: number for number, ranker in enumerate(rankers)}
    wins, ties = (np.zeros((len(rankers), len(rankers))) for _ in range(2))
    for preference in preferences:
        for a, b, outcome in outcomes(preference):
            first, second = place[a], place[b]
            if outcome == 0:
                ties[first, second] += 1
                ties[second, first] += 1
            else:
                wins[(first, second) if outcome > 0 else (second, first)] += 1
    pairs = tuple(
        PairWins(first=a, second=b, wins=int(wins[i, j]), losses=int(wins[j, i]), ties=int(ties[i, j]))
        for (i, a), (j, b) in combinations(enumerate(rankers), 2)
        if wins[i, j] + wins[j, i] + ties[i, j]
    )
    strengths, notes = _strengths(rankers, wins + ties / 2)
    return Preferred(
        comparisons=len(preferences),
        people=len({preference.person for preference in preferences}),
        pairs=pairs,
        strengths=strengths,
        notes=notes,
    )


def outcomes(preference: Preference) -> Iterator[tuple[str, str, int]]:
    """Each pair of rankers with 1 where the first was preferred, -1 where the second was, and 0 for a tie. Of a pick among
    several lists only the pairs with the winner are known."""
    for a, b in combinations(preference.shown, 2):
        if preference.choice == "none":
            yield a, b, 0
        elif preference.choice == "document":
            ranks = preference.ranks
            yield a, b, (ranks[a] < ranks[b]) - (ranks[a] > ranks[b])
        elif preference.winner in (a, b):
            yield a, b, 1 if preference.winner == a else -1


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """95 % interval of a share of `trials` independent ones."""
    share, square = successes / trials, _Z**2
    centre = (share + square / (2 * trials)) / (1 + square / trials)
    reach = _Z / (1 + square / trials) * (share * (1 - share) / trials + square / (4 * trials**2)) ** 0.5
    return max(0.0, centre - reach), min(1.0, centre + reach)


def bradley_terry(wins: Matrix) -> Matrix:
    """Logarithms of strengths, with mean 0, of a matrix of wins of row over column, halves included.

    They are finite only where `has_strengths`; the caller sees to that.
    """
    games = wins + wins.T
    strengths = np.ones(len(wins))
    for _ in range(_ROUNDS):
        sums = strengths[:, None] + strengths[None, :]
        fitted = wins.sum(axis=1) / (games / sums).sum(axis=1)
        fitted /= np.exp(np.log(fitted).mean())
        if np.abs(np.log(fitted / strengths)).max() < _CLOSE:
            return np.asarray(np.log(fitted))
        strengths = fitted
    return np.asarray(np.log(strengths))


def has_strengths(wins: Matrix) -> bool:
    """Whether strengths are finite: from each ranker a chain of wins leads to each other (Ford 1957)."""
    return bool(connected_components(wins > 0, directed=True, connection="strong", return_labels=False) == 1)


def _strengths(rankers: Sequence[str], wins: Matrix) -> tuple[tuple[Strength, ...], tuple[str, ...]]:
    notes: list[str] = []
    if len(rankers) < 2:
        return (), ()
    if connected_components(wins > 0, directed=False, return_labels=False) > 1:
        return (), (
            "Some rankers were never compared, not even by way of others, so there is no one scale for their strengths.",
        )
    if not has_strengths(wins):
        wins = wins + 0.5 * ((wins + wins.T) > 0)
        notes.append(
            "A ranker has won or lost every comparison so far, which by itself is an endless strength. So one tie was added to "
            "each pair."
        )
    logs = bradley_terry(wins)
    chances = 1 / (1 + np.exp(logs[None, :] - logs[:, None]))
    information = -(wins + wins.T) * chances * (1 - chances)
    np.fill_diagonal(information, 0)
    np.fill_diagonal(information, -information.sum(axis=1))
    errors = np.sqrt(np.diag(np.linalg.pinv(information)))
    found = [
        Strength(ranker=ranker, chance=_chance(log), low=_chance(log - _Z * error), high=_chance(log + _Z * error))
        for ranker, log, error in zip(rankers, logs, errors, strict=True)
    ]
    return tuple(sorted(found, key=lambda each: -each.chance)), tuple(notes)


def _chance(log: float) -> float:
    return float(1 / (1 + np.exp(-log)))
