"""A few requests of a log for what is too dear to compute for all: as many from each stretch of time, chosen by a seed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from reranklab.watch.log.columns import Columns, Keys

A_DAY = 86_400.0


def sample_evenly(columns: Columns, number: int, *, seconds: float = A_DAY, seed: int = 0) -> NDArray[np.intp]:
    """Places of `number` requests in the columns, in the order of time; all of them where there are not more.

    Time is cut into windows of `seconds`, counted from 1970, and each gives as many as every other, or all it has. Within a
    window a request is chosen by its key and the seed alone. So a log that has grown gives the same requests of a day as
    before, as far as it still gives as many.
    """
    size = len(columns)
    if number >= size:
        return np.arange(size)
    if number <= 0:
        return np.empty(0, np.intp)
    lots = _mixed(columns.key ^ _mixed(np.full(size, seed % 2**64, np.uint64)))
    windows, owner, sizes = np.unique(np.floor(columns.time / seconds), return_inverse=True, return_counts=True)
    quota = _shared_out(number, sizes, _mixed(windows.astype(np.int64).astype(np.uint64) + np.uint64(seed % 2**64)))
    order = np.lexsort((lots, owner))
    first = np.concatenate(([0], np.cumsum(sizes)[:-1]))
    turn = np.arange(size) - first[owner[order]]
    return np.sort(order[turn < quota[owner[order]]])


def _shared_out(number: int, sizes: NDArray[np.intp], lots: Keys) -> NDArray[np.intp]:
    """How many each window gives: an equal number, or all it has. What is left over goes one by one to windows that have more,
    by lot."""
    level = 0
    for step in 2 ** np.arange(int(sizes.max()).bit_length())[::-1]:
        if np.minimum(sizes, level + step).sum() <= number:
            level += int(step)
    quota = np.minimum(sizes, level)
    more = np.flatnonzero(sizes > level)
    quota[more[np.argsort(lots[more], kind="stable")][: number - int(quota.sum())]] += 1
    return quota


def _mixed(values: Keys) -> Keys:
    """Each number to one that looks drawn by chance (the finaliser of SplitMix64: Steele, Lea and Flood 2014)."""
    mixed = values + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
