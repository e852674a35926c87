"""What an attribution is: how much each part of a document adds to its score, whoever measured it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from reranklab.data.spans import Span, Unit, word_spans
from reranklab.types import Provenance, ScoreScale

Method = Literal["leave-one-out", "integrated-gradients", "attention", "terms"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """The effect of each unit of one document on its score from one ranker.

    `text` is the document's content (title and text) that the units' spans count in. `values` run along `units`, in the
    ranker's `scale`: positive where the unit raises the score. For attention a value is a share of attention, which is no
    change of a score. `base` is the document's score as it is; `tried` of `possible` units were measured. `gap` is integrated
    gradients' completeness gap, |sum of values - score change| / |score change|; None elsewhere. `calls` counts the documents
    or lists that were scored.
    """

    ranker: str
    method: Method
    document_id: str
    text: str
    units: tuple[Unit, ...]
    values: tuple[float, ...]
    base: float
    scale: ScoreScale
    provenance: Provenance
    calls: int
    possible: int
    gap: float | None = None
    warnings: tuple[str, ...] = ()

    @property
    def shares(self) -> tuple[float, ...]:
        """Each value as a signed share of all change, -1 to 1; their absolute values add up to 1. Comparable across rankers."""
        total = sum(abs(value) for value in self.values)
        return tuple(value / total if total else 0.0 for value in self.values)

    def word_values(self) -> tuple[tuple[Span, float], ...]:
        """A value for each word of the text: that of its unit, divided evenly over the unit's words; 0 outside of all units."""
        words = word_spans(self.text)
        values = dict.fromkeys(words, 0.0)
        for unit, value in zip(self.units, self.values, strict=True):
            inside = words_inside(words, unit.spans)
            for word in inside:
                values[word] += value / len(inside)
        return tuple(values.items())


def words_inside(words: Sequence[Span], spans: Sequence[Span]) -> list[Span]:
    """The words, of `words` in reading order, that overlap one of the spans."""
    inside: set[Span] = set()
    for span in spans:
        index = bisect_right(words, span.start, key=lambda word: word.end)
        while index < len(words) and words[index].start < span.end:
            inside.add(words[index])
            index += 1
    return sorted(inside)
