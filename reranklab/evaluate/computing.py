"""How the rankings of one ranker over many queries come about: here, one after the other, or elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from reranklab.engine.boundary import contained
from reranklab.engine.measure import measure
from reranklab.errors import Cancelled, RerankLabError
from reranklab.progress import CancelSignal, Progress, check_cancel
from reranklab.rankers.family import Ranker
from reranklab.types import Document, Query, Ranking


@dataclass(frozen=True, slots=True, kw_only=True)
class RankingTask:
    """A query and its candidates, in first-stage order; none where the first stage found nothing.

    `own` is the id of the query's own document, where that was left out.
    """

    query: Query
    documents: Sequence[Document]
    own: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of the task at a position: a ranking or an error."""

    position: int
    result: Ranking | RerankLabError


class UnusableError(RerankLabError):
    """A ranker cannot be loaded, so no query is tried. It says why as the error says it that caused it."""


Wanted = Iterable[tuple[int, RankingTask]]
"""The tasks that are to be computed, with their positions. Asking for the next may raise Cancelled."""


class Computer(Protocol):
    """Computes rankings."""

    def compute(
        self,
        ranker: Ranker,
        wanted: Wanted,
        *,
        repeats: int,
        cancel: CancelSignal | None = None,
        progress: Progress | None = None,
    ) -> Iterator[Outcome]:
        """The outcome of each task, as soon as it is there, in any order. Raises Cancelled, and UnusableError for a ranker that
        cannot be loaded."""
        ...


class OneByOne:
    """In this process, in the order that is asked for; warmed up on the first query only."""

    def compute(
        self,
        ranker: Ranker,
        wanted: Wanted,
        *,
        repeats: int,
        cancel: CancelSignal | None = None,
        progress: Progress | None = None,
    ) -> Iterator[Outcome]:
        loaded = warmed = False
        for position, task in wanted:
            check_cancel(cancel)
            if not loaded:
                load(ranker, cancel=cancel, progress=progress)
                loaded = True
            try:
                with contained(ranker.id):
                    ranking = measure(ranker, task.query, task.documents, repeats=repeats, warm_up=not warmed, cancel=cancel)
            except Cancelled:
                raise
            except RerankLabError as error:
                yield Outcome(position=position, result=error)
                continue
            warmed = True
            yield Outcome(position=position, result=ranking)


def load(ranker: Ranker, *, cancel: CancelSignal | None = None, progress: Progress | None = None) -> None:
    """Load a ranker. Raises UnusableError where that fails, and Cancelled."""
    try:
        with contained(ranker.id):
            ranker.load(cancel=cancel, progress=progress)
    except Cancelled:
        raise
    except RerankLabError as error:
        raise UnusableError(str(error)) from error
