"""Why document A stands above B: the margin of one ranker, and which parts of both make it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from reranklab.data.spans import UnitKind
from reranklab.errors import InputError
from reranklab.explain.attribution import Attribution
from reranklab.explain.leave_one_out import leave_one_out
from reranklab.explain.rescoring import position_of
from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.family import Ranker
from reranklab.types import RANK_ONLY, Document, Query, Ranking, ScoreScale


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """One ranker's margin between two documents. `margin` is score(above) - score(below) in `scale`; `rank_above` and
    `rank_below` are their ranks. `above` and `below` hold what each unit adds to its own document's score: units with a
    positive value in `above` widen the margin, those in `below` narrow it."""

    ranker: str
    above: Attribution
    below: Attribution
    margin: float
    rank_above: int
    rank_below: int
    scale: ScoreScale


def contrast(
    ranker: Ranker,
    ranking: Ranking,
    query: Query,
    documents: Sequence[Document],
    first: str,
    second: str,
    *,
    unit: UnitKind,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> Contrast:
    """Leave parts of both documents out. `ranking` is the ranker's own of `documents`; whichever of `first` and `second` it
    puts higher is `above`. Raises InputError where both are the same document or one is not a candidate."""
    if first == second:
        raise InputError(f"Choose two documents: {first!r} was given twice.")
    for document_id in (first, second):
        position_of(documents, document_id)
    ranks = ranking.rank_of()
    above, below = sorted((first, second), key=ranks.__getitem__)
    scores = {item.id: item.score for item in ranking.items}
    parts = [
        leave_one_out(ranker, query, documents, document_id, unit=unit, reference=ranking, cancel=cancel, progress=progress)
        for document_id in (above, below)
    ]
    return Contrast(
        ranker=ranking.ranker,
        above=parts[0],
        below=parts[1],
        margin=scores[above] - scores[below],
        rank_above=ranks[above],
        rank_below=ranks[below],
        scale=ranking.scale,
    )


def oriented(contrast: Contrast, document_id: str) -> Contrast:
    """The contrast with this document as A, whichever of the two is higher: all rankers then speak of the same A and B."""
    if contrast.above.document_id == document_id:
        return contrast
    return replace(
        contrast,
        above=contrast.below,
        below=contrast.above,
        margin=-contrast.margin,
        rank_above=contrast.rank_below,
        rank_below=contrast.rank_above,
    )


def margin_in_words(name: str, ranking: Ranking, first: str, second: str) -> str:
    """Where a ranker called `name` puts the two, and how far apart."""
    items = {item.id: item for item in ranking.items}
    a, b = items[first], items[second]
    where = f"{name}: A is {'above' if a.rank < b.rank else 'below'} B, ranks {a.rank} and {b.rank}"
    if ranking.scale == RANK_ONLY:
        return f"{where}. It gives no scores, so there is no margin."
    margin = a.score - b.score
    if not margin:
        return f"{where}, with equal scores: the order is the input's."
    spread = ranking.items[0].score - ranking.items[-1].score
    return f"{where}. Margin {margin:+.3g} ({ranking.scale.name}), {abs(margin) / spread:.0%} of the list's range."
