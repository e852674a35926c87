"""Bets against "nothing changed": what they win is the evidence for a change.

Each block's news has a rank among all before it. While their order is a matter of chance the ranks are independent and
uniform (Vovk, Gammerman and Shafer, "Algorithmic learning in a random world", 2005, chapter 7), and a bet of 1 on them is worth
1 in the mean. A bet that begins anew with each block and is never cashed in is the Shiryaev-Roberts e-detector (Shin, Ramdas
and Rinaldo, "E-detectors", 2024): after n blocks it is worth n in the mean, whenever one looks. So the mean time until it
exceeds A is A blocks or more, whatever the values' distribution.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reranklab.watch.log.columns import Numbers

_TAILS = (0.01, 0.03)
_STAKES = (0.6, 0.9)
_SHIFTS = (0.25, 0.5, 0.9, 1.5, 2.4)


def rank_shares(news: Numbers, known: int, *, seed: int) -> Numbers:
    """For each of the news from `known` on, its rank among those before and itself, as a share from 0 to 1; ties by lot."""
    generator = np.random.default_rng(seed)
    shares = np.empty(len(news) - known)
    chunk = 256
    for begin in range(known, len(news), chunk):
        part = news[begin : begin + chunk]
        before = np.sort(news[:begin])
        earlier = np.tril(np.ones((part.size, part.size), dtype=bool), -1)
        below = np.searchsorted(before, part, side="left") + ((part[None, :] < part[:, None]) & earlier).sum(axis=1)
        upto = np.searchsorted(before, part, side="right") + ((part[None, :] <= part[:, None]) & earlier).sum(axis=1)
        place = np.arange(begin, begin + part.size)
        shares[begin - known : begin - known + part.size] = (below + generator.random(part.size) * (upto - below + 1)) / (
            place + 1
        )
    return shares


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """`worth` is the logarithm of what the mixture of bets is worth after each rank; `logs` has what one bet won until then, a
    row a bet."""

    worth: Numbers
    logs: Numbers

    def began(self, place: int) -> int:
        """The rank from which on the bets that are worth most by `place` won most."""
        total = np.concatenate([np.zeros((len(self.logs), 1)), self.logs[:, : place + 1]], axis=1)
        since = total[:, -1:] - total[:, :-1]
        return int(np.argmax(since.max(axis=0)))


def evidence(shares: Numbers) -> Evidence:
    """Of bets on low ranks and on high ones: that a normal score is shifted by a quarter to 2.4 standard deviations, and, with
    a part of the stake, that a rank is among the outermost 1 or 3 %."""
    from scipy.special import ndtri

    scores = ndtri(np.clip(shares, 1e-12, 1 - 1e-12))
    won = []
    for side, score in ((shares, -scores), (1 - shares, scores)):
        won += [shift * score - shift**2 / 2 for shift in _SHIFTS]
        for tail in _TAILS:
            inside = side <= tail
            won += [np.where(inside, np.log(1 - stake + stake / tail), np.log(1 - stake)) for stake in _STAKES]
    logs = np.cumsum(np.array(won), axis=1)
    before = np.concatenate([np.zeros((len(logs), 1)), logs[:, :-1]], axis=1)
    worth: Numbers = np.logaddexp.reduce(logs + np.logaddexp.accumulate(-before, axis=1), axis=0) - np.log(len(logs))
    return Evidence(worth=worth, logs=logs)
