"""Batches of similar length under a token budget, so that little of a batch is padding."""

from __future__ import annotations

from collections.abc import Sequence


def token_batches(lengths: Sequence[int], *, budget: int) -> list[list[int]]:
    """Positions of `lengths` (tokens), longest first, cut into batches.

    A batch costs its longest length times its size, padding included, and stays within `budget` unless it holds one item.
    """
    batches: list[list[int]] = []
    for position in sorted(range(len(lengths)), key=lambda position: -lengths[position]):
        if batches and lengths[batches[-1][0]] * (len(batches[-1]) + 1) <= budget:
            batches[-1].append(position)
        else:
            batches.append([position])
    return batches
