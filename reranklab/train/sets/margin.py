"""Which mined documents are probably relevant though nobody judged them: those that a ranker scores near the relevant ones.

As in NV-Retriever (Moreira et al., arXiv 2407.15831, "TopK-PercPos"); p is the lowest score of the query's relevant documents:

    left out where  score > p - margin * |p|     on scales with a zero of their own (cosine, BM25, term weights, MaxSim)
    left out where  score > p - margin           on logits, whose zero is a probability of one half and no end of the scale

The absolute value keeps the first below p where p is negative. A ratio of logits would mean nothing; their difference is a
ratio of odds. Scales that compare within one list alone have neither a zero nor a unit that holds for the next query: they are
refused. docs/training.md has what the defaults keep and lose.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reranklab.data.collection import Collection
from reranklab.data.statistics import CollectionStatistics
from reranklab.data.text import shorten
from reranklab.engine.boundary import contained
from reranklab.engine.build import build_ranker
from reranklab.errors import InputError, QueryTooLongError
from reranklab.progress import CancelSignal, Progress, check_cancel
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.rankers.family import Ranker
from reranklab.types import LOG_ODDS, LOGIT, YES_LOGIT, Document, Query, ScoreScale

RELATIVE, ABSOLUTE = 0.05, 2.0
"""The margins where none is set: a share of the score, and a difference of logits."""

_LOGITS = frozenset({LOGIT.name, LOG_ODDS.name, YES_LOGIT.name})
_MOST = 1e3
_FEWEST = 8
"""Documents that are scored at a time, where more may be needed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Margin:
    """`by` is the id of the ranker that scores; `margin` None takes the default of its scale."""

    by: str
    margin: float | None = None

    def __post_init__(self) -> None:
        spec = parse_ranker_id(self.by)
        if spec.family.scales and all(scale.within_list for scale in spec.family.scales):
            raise _no_scale(spec.id, spec.family.scales[0])
        if self.margin is not None and not 0 <= self.margin <= _MOST:
            raise InputError(f"A margin of {self.margin:g} does not work. Give 0 to {_MOST:g}, such as {RELATIVE:g}.")


def highest(scale: ScoreScale, lowest_relevant: float, margin: float | None) -> float:
    """The highest score that a negative may have."""
    if scale.name in _LOGITS:
        return lowest_relevant - (ABSOLUTE if margin is None else margin)
    return lowest_relevant - (RELATIVE if margin is None else margin) * abs(lowest_relevant)


class FalseNegatives:
    """Keeps documents that score surely less than the relevant ones; `left_out` of `scored` candidates did not. `too_long` are
    the ids of queries that are too long for the ranker, for which nothing is kept."""

    def __init__(self, margin: Margin, collection: Collection, *, device: str = "cpu") -> None:
        self._margin = margin
        self._ranker: Ranker = build_ranker(margin.by, device=device, statistics=CollectionStatistics(collection))
        self.left_out = 0
        self.scored = 0
        self.too_long: list[str] = []

    @property
    def told(self) -> tuple[str, ...]:
        """What was left out, a sentence each."""
        return (
            f"{self.left_out:,} of {self.scored:,} mined documents are left out, since {self._ranker.id} scores them near the "
            "relevant ones.",
            *(
                [f"Too long for {self._ranker.id}, and so without mined documents: {shorten(self.too_long)}."]
                if self.too_long
                else []
            ),
        )

    def load(self, *, cancel: CancelSignal | None = None, progress: Progress | None = None) -> None:
        with contained(self._ranker.id):
            self._ranker.load(cancel=cancel, progress=progress)

    def keep(
        self,
        query: Query,
        relevant: Sequence[Document],
        candidates: Sequence[Document],
        number: int,
        *,
        cancel: CancelSignal | None = None,
    ) -> list[Document]:
        """The first `number` of the candidates that pass, fewer where fewer do. Scores no more of them than it needs, a few at
        a time. Raises InputError for a scale that compares within one list alone, and what the ranker raises."""
        kept: list[Document] = []
        bound: float | None = None
        start = 0
        while start < len(candidates) and len(kept) < number:
            check_cancel(cancel, "Stopped while negatives were scored.")
            some = candidates[start : start + max(number - len(kept), _FEWEST)]
            start += len(some)
            asked = [*(relevant if bound is None else ()), *some]
            try:
                with contained(self._ranker.id):
                    ranking = self._ranker.rank(query, asked, cancel=cancel)
            except QueryTooLongError:
                self.too_long.append(query.id)
                return []
            if ranking.scale.within_list:
                raise _no_scale(self._ranker.id, ranking.scale)
            scores = {item.id: item.score for item in ranking.items}
            self.scored += len(some)
            if bound is None:
                bound = highest(ranking.scale, min(scores[document.id] for document in relevant), self._margin.margin)
            passing = [document for document in some if scores[document.id] <= bound]
            self.left_out += len(some) - len(passing)
            kept += passing
        return kept[:number]


def _no_scale(ranker: str, scale: ScoreScale) -> InputError:
    return InputError(
        f"The scores of {ranker} ({scale.name}) compare within one list alone, so no margin holds for all queries. Take a "
        "ranker that scores each document by itself."
    )
