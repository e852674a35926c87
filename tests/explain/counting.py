"""A ranker whose scores can be worked out in the head."""

from __future__ import annotations

from collections.abc import Sequence

from reranklab.models.clock import RunClock
from reranklab.models.device import cpu
from reranklab.progress import CancelSignal, Progress, check_cancel, report
from reranklab.rankers.base import check_input, rank_by_score
from reranklab.types import LOGIT, Document, Provenance, Query, Ranking

WORTH = {"gold": 4.0, "silver": 2.0, "mud": -1.0}


class CountingRanker:
    """The sum of WORTH over the words of a document. `lists` keeps the contents that each run got.

    With family "cross-encoder" it is pointwise; with "listwise-llm" a document's score is less the best of the others.
    """

    def __init__(self, family: str = "cross-encoder", *, revision: str = "1") -> None:
        self.id = family
        self.family = family
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
        if self.family == "listwise-llm":
            scores = [own - max(scores[:n] + scores[n + 1 :], default=0.0) for n, own in enumerate(scores)]
        lengths = [len(document.content.split()) for document in documents]
        report(progress, done=1, total=1, unit="batch")
        return Ranking(
            ranker=self.id,
            query=query,
            items=rank_by_score(documents, scores, used=lengths, total=lengths, ranker=self.id),
            scale=LOGIT,
            timing=clock.stop(documents=len(documents), tokens=sum(lengths), precision="fp32"),
            provenance=Provenance(
                ranker=self.id, family=self.family, model="counting", revision=self.revision, weights_sha256="", device="cpu",
                device_name="cpu", precision="fp32", backend="none", parameters={}, versions={},
            ),
        )  # fmt: skip
