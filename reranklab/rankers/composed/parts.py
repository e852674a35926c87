"""A list beyond the limit of candidates, ranked in parts: the same scores, where no document's score depends on another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from reranklab.data.blank import is_blank
from reranklab.progress import CancelSignal, Progress, check_cancel, part_of
from reranklab.rankers.base import MAX_CANDIDATES, rank_by_score
from reranklab.rankers.batching import score_duplicates_alike
from reranklab.rankers.family import Ranker
from reranklab.types import STAGES, Document, Query, RankedDocument, Ranking, Scalar, StageTimes, Timing


def rank_in_parts(
    ranker: Ranker,
    query: Query,
    documents: Sequence[Document],
    *,
    size: int = MAX_CANDIDATES,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> Ranking:
    """Rank `documents` in parts of at most `size`, for a pointwise ranker. Times, tokens and counts are sums over the parts.

    A part of blank documents alone would be refused, so blank ones are spread over the parts: with fewer texts than parts this
    raises InputError. Raises what the ranker raises.
    """
    order = sorted(range(len(documents)), key=lambda position: is_blank(documents[position].content))
    count = -(-len(documents) // size)
    found: list[RankedDocument | None] = [None] * len(documents)
    rankings: list[Ranking] = []
    done = 0
    for number in range(count):
        check_cancel(cancel)
        positions = order[number::count]
        tell = part_of(progress, before=done, part=len(positions), total=len(documents), unit="document")
        ranking = ranker.rank(query, [documents[position] for position in positions], cancel=cancel, progress=tell)
        for item in ranking.items:
            found[positions[item.candidate]] = item
        rankings.append(ranking)
        done += len(positions)
    return joined_parts(rankings, documents, [item for item in found if item is not None])


def joined_parts(rankings: Sequence[Ranking], documents: Sequence[Document], found: Sequence[RankedDocument]) -> Ranking:
    """The rankings of parts of `documents` as one: `found`, which runs along `documents`, in order of score. Times, tokens and
    counts are sums over the parts."""
    first = rankings[0]
    matched = [ranking.matched for ranking in rankings if ranking.matched is not None]
    items = rank_by_score(
        documents,
        score_duplicates_alike([item.score for item in found], [document.content for document in documents]),
        used=[item.tokens_used for item in found],
        total=[item.tokens_total for item in found],
        ranker=first.ranker,
    )
    return replace(
        first,
        items=tuple(
            replace(item, unknown_share=found[item.candidate].unknown_share, passage=found[item.candidate].passage)
            for item in items
        ),
        timing=_summed([ranking.timing for ranking in rankings], documents=len(documents)),
        warnings=tuple(dict.fromkeys(warning for ranking in rankings for warning in ranking.warnings)),
        details=summed_details(ranking.details for ranking in rankings),
        matched=sum(matched) if len(matched) == len(rankings) else None,
    )


def _summed(timings: Sequence[Timing], *, documents: int) -> Timing:
    run = StageTimes(**{stage: sum(getattr(timing.runs[0], stage) for timing in timings) for stage in STAGES})
    return replace(timings[0], runs=(run,), documents=documents, tokens=sum(timing.tokens for timing in timings))


def summed_details(details: Iterable[Mapping[str, Scalar]]) -> dict[str, Scalar]:
    """Numbers added up; of anything else the first."""
    totals: dict[str, Scalar] = {}
    for each in details:
        for name, value in each.items():
            known = totals.get(name)
            if _is_number(known) and _is_number(value):
                totals[name] = known + value  # type: ignore[operator]
            else:
                totals.setdefault(name, value)
    return totals


def _is_number(value: Scalar) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
