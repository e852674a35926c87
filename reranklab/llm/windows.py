"""Sliding windows over a list that is too long for one prompt."""

from __future__ import annotations


def sliding_windows(length: int, *, size: int, step: int) -> list[tuple[int, int]]:
    """Half-open windows (start, end) over positions 0 to `length`, from the bottom of the list up.

    A list no longer than a window is one window. The last window is clamped to the top, so every position is covered
    whatever the remainder. (The scheme of RankGPT, arXiv 2304.09542.)
    """
    windows = []
    end = length
    while end > size:
        windows.append((end - size, end))
        end -= step
    windows.append((0, min(size, length)))
    return windows
