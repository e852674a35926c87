"""Which queries are held back from training, to stop early by: drawn by a seed, stratified, and all that are alike together."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from reranklab.errors import InputError

HELD_BACK = 0.1
"""The share of the queries that are held back, where none is set."""

_LARGE = 0.2
"""A group with more than this share of the queries that are to be held back stays in training."""


def hold_back(groups: Sequence[Sequence[str]], *, share: float, seed: int, strata: Mapping[str, int]) -> frozenset[str]:
    """The ids of about `share` of the queries; each of `groups`, queries that are alike, is held back whole or not at all.

    The groups are ordered by stratum (that of their first query), within it by the SHA-256 of seed and id, and every so many
    queries one group is taken: each stratum gives its share. Large groups stay in training, since one of them could be most of
    what is held back. Raises InputError for a share outside of 0 to 0.5, and where fewer than two groups are there to divide.
    """
    if not 0 <= share <= 0.5:
        raise InputError(f"A share of {share:g} cannot be held back. Give 0 to 0.5, such as 0.1.")
    if share == 0:
        return frozenset()
    if len(groups) < 2:
        raise InputError(
            "All queries are alike, so none can be held back to stop early by. Give more queries, or hold back a share of 0."
        )
    ordered = sorted(groups, key=lambda group: (strata.get(group[0], 0), _place(group[0], seed)))
    wanted = share * sum(map(len, groups))
    largest = max(2, int(_LARGE * wanted))
    due = int(_place("", seed)[:8], 16) / 16**8
    held: set[str] = set()
    for group in ordered:
        due += share * len(group)
        if due >= 1 and len(group) <= largest:
            held |= set(group)
            due -= len(group)
    if not held:
        held = set(sorted(groups, key=lambda group: (len(group), _place(group[0], seed)))[0])
    return frozenset(held)


def _place(query_id: str, seed: int) -> str:
    return hashlib.sha256(f"{seed}\t{query_id}".encode("utf-8", "surrogatepass")).hexdigest()
