"""Two rankers side by side, fused into one order.

Reciprocal rank fusion: Cormack, Clarke and Büttcher 2009. Weighted sum of normalised scores (CombSUM with min-max): Fox and
Shaw 1994, and Lee 1997.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from reranklab.errors import InputError
from reranklab.models.clock import RunClock
from reranklab.models.device import cpu
from reranklab.progress import CancelSignal, Progress, part_of
from reranklab.rankers.base import SpecRanker, check_input, rank_by_score
from reranklab.rankers.composed.whole import (
    composed_capabilities,
    composed_cost,
    composed_provenance,
    composed_timing,
    composed_warnings,
    describe_stages,
    estimate_stages,
    exact_stages,
    other_stages,
)
from reranklab.rankers.family import BuildContext, Family, Option, RankerSpec
from reranklab.types import RANK_ONLY, Document, Query, RankedDocument, Ranking, ScoreScale, Stage

RECIPROCAL = ScoreScale(
    name="RRF",
    description="sum of weight / (k + rank) over the rankers: comparable within one list only",
    within_list=True,
)
FUSED = ScoreScale(
    name="fused score",
    description="weighted sum of scores that run from 0 to 1 in each list: comparable within one list only",
    within_list=True,
)


class HybridRanker(SpecRanker):
    """Both rankers order all documents. With ranks, a document in which one of them found nothing of the query gets nothing
    from that one, as if it had not been retrieved."""

    def __init__(self, spec: RankerSpec, context: BuildContext) -> None:
        self.spec = spec
        self._rankers = tuple(context.build(stage) for stage in spec.stages)
        self._by_rank = spec.option("fusion") == "ranks"
        self._k = spec.number("k", low=0, high=10_000)
        weight = spec.number("weight", low=0, high=1)
        self._weights = (weight, 1 - weight)

    def load(self, *, cancel: CancelSignal | None = None, progress: Progress | None = None) -> None:
        for ranker in self._rankers:
            ranker.load(cancel=cancel, progress=progress)

    def rank(
        self,
        query: Query,
        documents: Sequence[Document],
        *,
        cancel: CancelSignal | None = None,
        progress: Progress | None = None,
    ) -> Ranking:
        check_input(query, documents)
        rankings = []
        for number, ranker in enumerate(self._rankers):
            total = len(documents) * len(self._rankers)
            tell = part_of(progress, before=number * len(documents), part=len(documents), total=total, unit="document")
            rankings.append(ranker.rank(query, documents, cancel=cancel, progress=tell))
        clock = RunClock(cpu(), cancel=cancel)
        with clock.stage("postprocess"):
            items = self._fused(rankings, documents)
        parameters = {"fusion": "ranks" if self._by_rank else "scores", "weight": self._weights[0]}
        return Ranking(
            ranker=self.id,
            query=query,
            items=items,
            scale=RECIPROCAL if self._by_rank else FUSED,
            timing=composed_timing(rankings, documents=len(documents), own=clock.elapsed()),
            provenance=composed_provenance(self.spec, rankings, parameters | ({"k": self._k} if self._by_rank else {})),
            warnings=composed_warnings(rankings),
            matched=0 if all(ranking.matched == 0 for ranking in rankings) else None,
            stages=tuple(map(Stage.of, rankings)),
        )

    def _fused(self, rankings: Sequence[Ranking], documents: Sequence[Document]) -> tuple[RankedDocument, ...]:
        scores = [0.0] * len(documents)
        for weight, ranking in zip(self._weights, rankings, strict=True):
            values = self._from_ranks(ranking) if self._by_rank else _from_scores(ranking)
            for position, value in values.items():
                scores[position] += weight * value
        # Both read a document whole or cut it: the last ranker's reading is the one that is shown.
        read = {item.candidate: item for item in rankings[-1].items}
        ordered = rank_by_score(
            documents,
            scores,
            used=[read[position].tokens_used for position in range(len(documents))],
            total=[read[position].tokens_total for position in range(len(documents))],
            ranker=self.id,
        )
        return tuple(replace(item, unknown_share=read[item.candidate].unknown_share) for item in ordered)

    def _from_ranks(self, ranking: Ranking) -> dict[int, float]:
        """Documents of equal scores share the first of their ranks."""
        found = ranking.items if ranking.matched is None else ranking.items[: ranking.matched]
        shared: dict[float, int] = {}
        return {item.candidate: 1 / (self._k + shared.setdefault(item.score, item.rank)) for item in found}


def _from_scores(ranking: Ranking) -> dict[int, float]:
    """Scores from 0, the lowest of the list, to 1; all 0 where they are equal."""
    if ranking.scale == RANK_ONLY:
        raise InputError(f"{ranking.ranker} gives an order and no scores. Fuse ranks (fusion=ranks), or take another ranker.")
    scores = [item.score for item in ranking.items]
    low, span = min(scores), max(scores) - min(scores)
    return {item.candidate: (item.score - low) / span if span else 0.0 for item in ranking.items}


FAMILY = Family(
    id="hybrid",
    title="Hybrid",
    summary="Fuses the orders of two rankers, such as one by words and one by meaning.",
    colour="#5B5EA6",
    capabilities=composed_capabilities,
    build=HybridRanker,
    scales=(RECIPROCAL, FUSED),
    options=(
        Option(
            name="fusion",
            default="ranks",
            choices=("ranks", "scores"),
            help="ranks: reciprocal rank fusion. scores: a weighted sum of scores, each list's from 0 to 1.",
        ),
        Option(name="weight", default="0.5", help="Weight of the first ranker; the second has the rest. 0 to 1."),
        Option(name="k", default="60", help="Reciprocal rank fusion: the larger, the less the first ranks count. 0 to 10000."),
    ),
    stages=2,
    default_stages=("bm25", "bi-encoder"),
    cost=composed_cost,
    describe=describe_stages,
    exact=exact_stages,
    settings=other_stages,
    estimate=estimate_stages,
)
