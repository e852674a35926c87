"""The words of a text, and which stand beside a place in it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from reranklab.data.folding import fold
from reranklab.data.segments import word_places

Word = tuple[int, int, str]
"""Start, end, and the word folded."""

_JOINS = " \u00a0\u202f-"


class Words:
    """The words of a text in reading order, found by their places in the time of a search and not of a reading."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.all: list[Word] = [(start, end, fold(text[start:end])) for start, end in word_places(text)]
        self._starts = [start for start, _, _ in self.all]
        self._ends = [end for _, end, _ in self.all]

    def before(self, start: int) -> list[Word]:
        """The last word that ends at or before a place; none at the text's beginning."""
        place = bisect_right(self._ends, start)
        return self.all[max(place - 1, 0) : place]

    def behind(self, end: int, count: int = 1) -> list[Word]:
        """So many words that begin at or behind a place."""
        place = bisect_left(self._starts, end)
        return self.all[place : place + count]

    def following(self, end: int) -> Word | None:
        """The word behind a place with nothing, a space or a hyphen between."""
        found = self.behind(end)
        return found[0] if found and not self.text[end : found[0][0]].strip(_JOINS) else None
