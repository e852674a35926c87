"""Two rankers one after the other: the first orders everything, the second what is best of it.

(Wang, Lin and Metzler 2011, "A cascade ranking model for efficient ranked retrieval".)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from reranklab.data.blank import is_blank
from reranklab.models.clock import RunClock
from reranklab.models.device import cpu
from reranklab.progress import CancelSignal, Progress, part_of
from reranklab.rankers.base import MAX_CANDIDATES, SpecRanker, check_input
from reranklab.rankers.composed.whole import (
    composed_capabilities,
    composed_cost,
    composed_provenance,
    composed_timing,
    composed_warnings,
    describe_stages,
    exact_stages,
    other_stages,
    read_further,
)
from reranklab.rankers.estimate import Estimate, Workload, together
from reranklab.rankers.family import BuildContext, Family, Option, RankerSpec
from reranklab.types import RANK_ONLY, Document, Query, Ranking, Stage


class CascadeRanker(SpecRanker):
    """The first `keep` documents of the first ranker in the order of the second, then the others in that of the first.

    The two have scales of their own, so there is an order and no score. Where the first stage leaves only blank documents, the
    order is its own. A document's tokens are those of the stage that decided its place.
    """

    def __init__(self, spec: RankerSpec, context: BuildContext) -> None:
        self.spec = spec
        self._first, self._second = (context.build(stage) for stage in spec.stages)
        self._keep = spec.integer("keep", low=1, high=MAX_CANDIDATES)

    def load(self, *, cancel: CancelSignal | None = None, progress: Progress | None = None) -> None:
        for stage in (self._first, self._second):
            stage.load(cancel=cancel, progress=progress)

    def rank(
        self,
        query: Query,
        documents: Sequence[Document],
        *,
        cancel: CancelSignal | None = None,
        progress: Progress | None = None,
    ) -> Ranking:
        check_input(query, documents)
        kept = min(self._keep, len(documents))
        total = len(documents) + kept

        def told(before: int, part: int) -> Progress:
            return part_of(progress, before=before, part=part, total=total, unit="document")

        rankings = [self._first.rank(query, documents, cancel=cancel, progress=told(0, len(documents)))]
        passed = [item.candidate for item in rankings[0].items[:kept]]
        if not all(is_blank(documents[position].content) for position in passed):
            chosen = [documents[position] for position in passed]
            second = self._second.rank(query, chosen, cancel=cancel, progress=told(len(documents), kept))
            rankings.append(second)
        clock = RunClock(cpu(), cancel=cancel)
        with clock.stage("postprocess"):
            items = read_further(rankings[0], rankings[1] if len(rankings) > 1 else None, passed)
        return Ranking(
            ranker=self.id,
            query=query,
            items=items,
            scale=RANK_ONLY,
            timing=composed_timing(rankings, documents=len(documents), own=clock.elapsed()),
            provenance=composed_provenance(self.spec, rankings, {"keep": self._keep}),
            warnings=composed_warnings(rankings),
            details={"kept": kept},
            matched=0 if all(ranking.matched == 0 for ranking in rankings) else None,
            stages=tuple(map(Stage.of, rankings)),
        )


def _estimate(spec: RankerSpec, load: Workload) -> Estimate | None:
    first, second = spec.stages
    kept = min(spec.integer("keep", low=1, high=MAX_CANDIDATES), load.documents)
    return together([first.estimate(load), second.estimate(replace(load, documents=kept))])


FAMILY = Family(
    id="cascade",
    title="Cascade",
    summary="A fast ranker orders everything, a better one reads only the best of it.",
    colour="#8C6D1F",
    capabilities=composed_capabilities,
    build=CascadeRanker,
    scales=(RANK_ONLY,),
    options=(Option(name="keep", default="30", help=f"Documents that the second ranker reads. 1 to {MAX_CANDIDATES}."),),
    stages=2,
    default_stages=("bi-encoder", "cross-encoder"),
    cost=composed_cost,
    describe=describe_stages,
    exact=exact_stages,
    settings=other_stages,
    estimate=_estimate,
)
