"""Which pairs are voted on: a chain through all documents first, then the pairs whose votes would tell most."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

from reranklab.progress import CancelSignal, check_cancel
from reranklab.rankers.votes.strengths import Floats, Model, Strengths, Votes, fit, information

Pair = tuple[int, int]
Ask = Callable[[Pair], float]
Design = Literal["information", "random"]

_MOST_FITS = 100


def voted(
    count: int,
    budget: int,
    ask: Ask,
    *,
    model: Model,
    prior: float,
    design: Design,
    seed: int,
    cancel: CancelSignal | None = None,
) -> tuple[Votes, Strengths]:
    """Votes on `budget` pairs, and the scores that they give.

    The first pairs are a ring in an order drawn by `seed`, so that each score hangs together with each other. With "random" the
    rest is drawn as well. With "information" the votes so far are fitted, and the next pairs are those with the largest
    expected gain log(1 + I(d) V(d)) / 2, where d is the difference of the two scores, V its variance and I the information of a
    vote at d: pairs that are close, and whose difference is uncertain. A tenth as many pairs as documents, each document once,
    are chosen before the next fit, more where that would be more than 100 fits.
    """
    draw = np.random.default_rng(seed)
    asked = _ring(draw.permutation(count), budget)
    if design == "random":
        others = [(i, j) for i in range(count) for j in range(i + 1, count) if (i, j) not in set(asked)]
        chosen = draw.permutation(len(others))[: budget - len(asked)]
        asked += [others[place] for place in chosen]
    shares: list[float] = []
    for pair in asked:
        check_cancel(cancel)
        shares.append(ask(pair))
    votes = _votes(count, asked, shares)
    found = fit(votes, model=model, prior=prior)
    batch = max(1, count // 10, (budget - len(asked)) // _MOST_FITS)
    while len(asked) < budget:
        pairs = _most_telling(votes, found, model=model, most=min(batch, budget - len(asked)))
        for pair in pairs:
            check_cancel(cancel)
            shares.append(ask(pair))
        asked += pairs
        votes = _votes(count, asked, shares)
        found = fit(votes, model=model, prior=prior, start=found.scores)
    return votes, found


def _ring(order: npt.NDArray[np.int64], budget: int) -> list[Pair]:
    neighbours = [(int(one), int(other)) for one, other in zip(order, np.roll(order, -1), strict=True)]
    return list(dict.fromkeys((min(pair), max(pair)) for pair in neighbours if pair[0] != pair[1]))[:budget]


def _votes(count: int, pairs: Sequence[Pair], shares: Sequence[float]) -> Votes:
    places = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return Votes(count=count, first=places[:, 0], second=places[:, 1], share=np.array(shares, dtype=np.float64))


def _most_telling(votes: Votes, found: Strengths, *, model: Model, most: int) -> list[Pair]:
    gain = expected_gain(found, model)
    gain[np.tril_indices(votes.count)] = -np.inf
    gain[votes.first, votes.second] = -np.inf
    chosen: list[Pair] = []
    used: set[int] = set()
    for place in np.argsort(-gain, axis=None, kind="stable"):
        first, second = divmod(int(place), votes.count)
        if len(chosen) == most or gain[first, second] == -np.inf:
            break
        if first not in used and second not in used:
            chosen.append((first, second))
            used |= {first, second}
    return chosen


def expected_gain(found: Strengths, model: Model) -> Floats:
    """(count, count): nats that a vote on each pair is expected to tell."""
    difference = found.scores[:, None] - found.scores[None, :]
    return np.asarray(np.log1p(information(difference, model) * found.difference_variance()) / 2)
