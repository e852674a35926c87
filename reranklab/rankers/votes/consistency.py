"""Whether votes agree with each other: triples in which each goes before the next, round in a circle.

(Kendall and Babington Smith 1940, "On the method of paired comparisons", here of the triples whose three votes are known.)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reranklab.rankers.votes.strengths import Votes


@dataclass(frozen=True, slots=True, kw_only=True)
class Consistency:
    """`triples` have all three votes; `circles` of them go round. A triple with an undecided vote is none."""

    triples: int
    circles: int

    @property
    def intransitive(self) -> float | None:
        """The share of circles; None without a triple."""
        return self.circles / self.triples if self.triples else None


def consistency(votes: Votes) -> Consistency:
    """Counted by paths of length 3 that come back to where they started."""
    wins = np.nan_to_num(votes.wins, nan=0.5)
    known = np.zeros((votes.count, votes.count))
    known[votes.first, votes.second] = known[votes.second, votes.first] = 1
    before = (wins > 0.5).astype(np.float64)
    triples = np.trace(known @ known @ known) / 6
    circles = np.trace(before @ before @ before) / 3
    return Consistency(triples=round(triples), circles=round(circles))
