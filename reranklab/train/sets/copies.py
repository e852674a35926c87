"""Documents that say the same as others, as they stand or nearly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain

from reranklab.data.words import tokenise
from reranklab.types import Document

SHINGLE = 5
SAME_SHINGLES = 0.5
"""Documents that have at least this share of all their runs of `SHINGLE` words in common say the same."""


def near_copies(first: Sequence[Document], second: Sequence[Document]) -> Mapping[str, str]:
    """The id of each document of `first` to that of the first of `second` that says the same: equal words, or at least
    `SAME_SHINGLES` of their runs of words (Broder, "On the resemblance and containment of documents", 1997)."""
    holders: dict[int, list[int]] = {}
    sizes = []
    for place, document in enumerate(second):
        runs = _runs(document)
        sizes.append(len(runs))
        for run in runs:
            holders.setdefault(run, []).append(place)
    found: dict[str, str] = {}
    for document in first:
        runs = _runs(document)
        common: dict[int, int] = {}
        for place in chain.from_iterable(holders.get(run, ()) for run in runs):
            common[place] = common.get(place, 0) + 1
        same = [place for place, count in common.items() if count >= SAME_SHINGLES * (len(runs) + sizes[place] - count)]
        if same:
            found[document.id] = second[min(same)].id
    return found


def _runs(document: Document) -> set[int]:
    words = tokenise(document.content, analyser="words")
    if not words:
        return set()
    return {hash(tuple(words[start : start + SHINGLE])) for start in range(max(1, len(words) - SHINGLE + 1))}
