"""What the figures of shuffled runs share."""

from __future__ import annotations

from reranklab.errors import InputError
from reranklab.explain.shuffles import OrderStability


def check_shuffled(stability: OrderStability) -> None:
    """Raise InputError where there is nothing to draw."""
    if not stability.trials or not stability.trials[0].end:
        raise InputError("There are no shuffled runs to draw. Run at least one on a list of documents.")


def trials_in_words(stability: OrderStability) -> str:
    """How many runs there are."""
    count = len(stability.trials)
    return "1 shuffled run" if count == 1 else f"{count} shuffled runs"


def rank_ticks(last: int) -> list[int]:
    """Rank 1, and steps of 1, 5, 10 or 20 behind it."""
    step = 1 if last <= 25 else 5 if last <= 60 else 10 if last <= 150 else 20
    return sorted({1, *range(step, last + 1, step)})
