"""A cross-encoder within a budget: a count of words orders the candidates, and the model reads from the top while there is
something to gain and time is left."""

from __future__ import annotations

import time
from collections.abc import Sequence

from reranklab.data.blank import is_blank
from reranklab.models.clock import RunClock
from reranklab.models.device import cpu
from reranklab.progress import CancelSignal, Progress, part_of, report
from reranklab.rankers.base import SpecRanker, check_input
from reranklab.rankers.composed.parts import joined_parts
from reranklab.rankers.composed.whole import composed_provenance, composed_timing, composed_warnings, read_further
from reranklab.rankers.crossencoders.outlook import ENOUGH, TOP, Outlook, outlook
from reranklab.rankers.family import Ranker, RankerSpec
from reranklab.types import RANK_ONLY, Document, Query, RankedDocument, Ranking, Stage

_CHANCE = 0.01
"""Below this chance of a document to reach the top it is not worth reading."""
_BLOCK = 4


class BudgetedCrossEncoder(SpecRanker):
    """The best `keep` documents of the first stage in the model's order, then the others in that of the first stage.

    With `budget` (ms of the whole ranking, 0 for none) the model reads on past `keep` or stops before it, as long as the next
    documents are expected to be done in time: the same input may then be read to another depth in another run. Either way it
    stops where no unread document has a chance of 1 in 100 to reach the top 10. The two stages have scales of their own, so
    there is an order and no score.
    """

    def __init__(self, spec: RankerSpec, *, first: Ranker, full: Ranker, keep: int, budget: float) -> None:
        self.spec = spec
        self._first = first
        self._full = full
        self._keep = keep
        self._budget = budget

    def load(self, *, cancel: CancelSignal | None = None, progress: Progress | None = None) -> None:
        for stage in (self._first, self._full):
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
        self._full.load(cancel=cancel, progress=progress)  # a cold load is no part of the budget
        started = time.perf_counter()

        def told(before: int, part: int) -> Progress:
            return part_of(progress, before=before, part=part, total=2 * len(documents), unit="document")

        first = self._first.rank(query, documents, cancel=cancel, progress=told(0, len(documents)))
        order = sorted((item.candidate for item in first.items), key=lambda position: is_blank(documents[position].content))
        readable = sum(not is_blank(document.content) for document in documents)
        scores = {item.candidate: item.score for item in first.items}
        parts: list[Ranking] = []
        found: dict[int, RankedDocument] = {}
        ahead = outlook([], [0.0] * readable)
        while size := self._next(len(found), readable, ahead, spent=1000 * (time.perf_counter() - started), parts=parts):
            chosen = order[len(found) : len(found) + size]
            tell = told(len(documents) + len(found), size)
            part = self._full.rank(query, [documents[position] for position in chosen], cancel=cancel, progress=tell)
            parts.append(part)
            found |= {chosen[item.candidate]: item for item in part.items}
            rest = [scores[position] for position in order[len(found) : readable]]
            ahead = outlook([(scores[position], item.score) for position, item in found.items()], rest)
        report(progress, done=2 * len(documents), total=2 * len(documents), unit="document")
        positions = order[: len(found)]
        second = joined_parts(parts, [documents[position] for position in positions], [found[each] for each in positions])
        clock = RunClock(cpu(), cancel=cancel)
        with clock.stage("postprocess"):
            items = read_further(first, second, positions)
        return Ranking(
            ranker=self.id,
            query=query,
            items=items,
            scale=RANK_ONLY,
            timing=composed_timing([first, second], documents=len(documents), own=clock.elapsed()),
            provenance=composed_provenance(self.spec, [first, second], {"keep": self._keep, "budget_ms": self._budget}),
            warnings=(*composed_warnings([first, second]), *_said(len(found), readable, ahead)),
            details={
                "kept": len(found),
                "skipped": len(documents) - len(found),
                "expected_changes": round(ahead.expected, 3),
                "top_is_sure": round(ahead.sure, 3),
            },
            matched=first.matched,
            stages=tuple(map(Stage.of, (first, second))),
        )

    def _next(self, done: int, readable: int, ahead: Outlook, *, spent: float, parts: Sequence[Ranking]) -> int:
        """How many documents to read next; 0 to stop."""
        left = readable - done
        if not left or max(ahead.chances, default=0.0) < _CHANCE:
            return 0
        if not self._budget:
            return min(self._keep - done, left)
        if not done:
            return min(ENOUGH, left)
        each = sum(part.timing.runs[0].total for part in parts) / done
        return min(_BLOCK, left, max(int((self._budget - spent) / each), 0)) if each > 0 else min(_BLOCK, left)


def _said(read: int, readable: int, ahead: Outlook) -> tuple[str, ...]:
    if read >= readable:
        return ()
    rest = f"{read:,} of {readable:,} documents were read in full, the others are in the order of the first stage."
    if read < TOP:
        return (f"{rest} That is less than the top {TOP}.",)
    return (
        f"{rest} About {ahead.expected:.1f} of them would reach the top {TOP}; the chance that none would is {ahead.sure:.0%}.",
    )
