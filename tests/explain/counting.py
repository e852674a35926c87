"""A ranker whose scores can be worked out in the head."""

from __future__ import annotations

from collections.abc import Sequence

from reranklab.models.clock import RunClock
from reranklab.models.device import cpu
from reranklab.progress import CancelSignal, Progress, check_cancel, report
from reranklab.rankers.base import check_input, rank_by_score
from reranklab.rankers.family import Capability, Family, RankerSpec
from reranklab.types import LOGIT, TOKEN_LOGIT, Document, Provenance, Query, Ranking


def spec_with(name: str, *capabilities: Capability) -> RankerSpec:
    """A spec of a family of its own that can do this."""
    family = Family(
        id=name,
        title=name,
        summary="For tests.",
        colour="#000000",
        capabilities=lambda spec: frozenset(capabilities),
        build=lambda spec, context: CountingRanker(),
        scales=(LOGIT,),
    )
    return RankerSpec(family=family)


POINTWISE = spec_with("counting", Capability.POINTWISE)
LISTWISE = spec_with("counting-listwise")
WORTH = {"gold": 4.0, "silver": 2.0, "mud": -1.0}


class CountingRanker:
    """The sum of WORTH over the words of a document. `lists` keeps the contents that each run got.

    It is pointwise, or `listwise`: then a document's score is less the best of the others.
    """

    def __init__(self, *, listwise: bool = False, revision: str = "1") -> None:
        self.listwise = listwise
        self.spec = LISTWISE if listwise else POINTWISE
        self.id = self.spec.id
        self.capabilities = self.spec.capabilities
        self.revision = revision
        self.lists: list[list[str]] = []

    def load(self, *, cancel: CancelSignal | None = None, progress: Progress | None = None) -> None:
        """Nothing to load."""

    def rank(
        self,
        query: Query,
        documents: Sequence[Document],
        *,
        cancel: CancelSignal | None = None,
        progress: Progress | None = None,
    ) -> Ranking:
        check_input(query, documents)
        check_cancel(cancel)
        self.lists.append([document.content for document in documents])
        clock = RunClock(cpu())
        scores = [sum(WORTH.get(word.strip("."), 0.0) for word in d.content.lower().split()) for d in documents]
        if self.listwise:
            scores = [own - max(scores[:n] + scores[n + 1 :], default=0.0) for n, own in enumerate(scores)]
        lengths = [len(document.content.split()) for document in documents]
        report(progress, done=1, total=1, unit="batch")
        return Ranking(
            ranker=self.id,
            query=query,
            items=rank_by_score(documents, scores, used=lengths, total=lengths, ranker=self.id),
            scale=TOKEN_LOGIT if self.listwise else LOGIT,
            timing=clock.stop(documents=len(documents), tokens=sum(lengths), precision="fp32"),
            provenance=Provenance(
                ranker=self.id, family=self.id, model="counting", revision=self.revision, weights_sha256="", device="cpu",
                device_name="cpu", precision="fp32", backend="none", parameters={}, versions={},
            ),
        )  # fmt: skip
