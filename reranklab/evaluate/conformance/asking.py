"""Scores of pairs from a ranker: alone, or as one list, in the order in which they were asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reranklab.errors import Cancelled, EndpointError, InputError, ScoreError
from reranklab.evaluate.conformance.texts import Pair
from reranklab.progress import CancelSignal, Progress, check_cancel, report
from reranklab.rankers.family import Ranker
from reranklab.types import Document, Query, Ranking


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`scores` along the documents, or the sentence of a `refusal`. `used` of `total` tokens of each document were read."""

    scores: tuple[float, ...] = ()
    used: tuple[int, ...] = ()
    total: tuple[int, ...] = ()
    refusal: str = ""


class Asking:
    """Asks one ranker, one call after the other, and tells how many of `calls` are done. `by` stands before the count."""

    def __init__(self, ranker: Ranker, *, by: str, calls: int, cancel: CancelSignal | None, progress: Progress | None) -> None:
        self.ranker = ranker
        self._by, self._calls = by, calls
        self._cancel, self._progress = cancel, progress
        self._done = 0

    def alone(self, pairs: Sequence[Pair]) -> list[Answer]:
        """One call for each pair."""
        return [self.together(pair.query, [pair.document]) for pair in pairs]

    def together(self, query: str, documents: Sequence[str]) -> Answer:
        """One call. Raises Cancelled, and what is no answer to the texts, such as ModelUnavailableError."""
        check_cancel(self._cancel)
        listed = [Document(id=f"d{place}", text=text) for place, text in enumerate(documents, start=1)]
        try:
            answer = _along(self.ranker.rank(Query(text=query), listed, cancel=self._cancel))
        except Cancelled:
            raise
        except (EndpointError, InputError, ScoreError) as error:
            answer = Answer(refusal=str(error))
        self._done += 1
        report(self._progress, done=self._done, total=self._calls, unit="call", label=self._by)
        return answer


def _along(ranking: Ranking) -> Answer:
    items = sorted(ranking.items, key=lambda item: item.candidate)
    return Answer(
        scores=tuple(item.score for item in items),
        used=tuple(item.tokens_used for item in items),
        total=tuple(item.tokens_total for item in items),
    )
