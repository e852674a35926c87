"""Scores: those of the whole list, the gaps between neighbours, and which of them are nearly ties."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from reranklab.explain.analysis import Analysis, Finding, Parameters, Table
from reranklab.explain.near_ties import NEAR, Gap, gaps, near_ties
from reranklab.explain.sections import SCORES
from reranklab.explain.subject import Subject
from reranklab.export import scale_record
from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.family import Ranker
from reranklab.types import RANK_ONLY, Ranking


@dataclass(frozen=True, slots=True, kw_only=True)
class ListScores:
    """One ranker's scores with their gaps; no gaps where it gives an order without scores."""

    ranking: Ranking
    gaps: tuple[Gap, ...]
    near: tuple[Gap, ...]


def _run(
    subject: Subject,
    ranker: Ranker,
    ranking: Ranking,
    parameters: Parameters,
    *,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> ListScores:
    if ranking.scale == RANK_ONLY:
        return ListScores(ranking=ranking, gaps=(), near=())
    return ListScores(ranking=ranking, gaps=gaps(ranking), near=near_ties(ranking))


def _record(scores: ListScores) -> dict[str, Any]:
    """Scores in the order of the ranking, and each gap with the one that follows."""
    near = {gap.rank for gap in scores.near}
    return {
        "scale": scale_record(scores.ranking.scale),
        "scores": [{"id": item.id, "rank": item.rank, "score": item.score} for item in scores.ranking.items],
        "gaps": [
            {
                "rank": gap.rank,
                "above": gap.upper,
                "below": gap.lower,
                "gap": gap.size,
                "share_of_range": gap.relative,
                "tied": gap.tied,
                "near_tie": gap.rank in near,
            }
            for gap in scores.gaps
        ],
    }


def _words(subject: Subject, finding: Finding[ListScores]) -> tuple[str, ...]:
    scores = finding.result
    if scores.ranking.scale == RANK_ONLY:
        return ("This ranker gives an order and no scores.",)
    return (
        f"Neighbours closer than {NEAR:.0%} of the list's score range, and equal scores: {len(scores.near):,} of "
        f"{len(scores.gaps):,}.",
    )


def _table(subject: Subject, finding: Finding[ListScores]) -> Table:
    """The near-ties."""
    return Table(
        header=("ranks", "above", "below", "gap", "of the range"),
        rows=tuple(
            (f"{gap.rank}, {gap.rank + 1}", gap.upper, gap.lower, gap.size, f"{gap.relative:.2%}")
            for gap in finding.result.near
        ),
    )


ANALYSIS = Analysis(
    id="scores",
    title="Scores and near-ties",
    summary="The scores of the whole list, the gaps between neighbours, and which of them are nearly ties.",
    section=SCORES,
    scope="list",
    run=_run,
    record=_record,
    words=_words,
    table=_table,
)
