"""Who votes: any ranker, asked for every pair, or one that scores each document by itself and is asked once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

from scipy.special import expit

from reranklab.data.blank import is_blank
from reranklab.errors import InputError
from reranklab.progress import CancelSignal, Progress, report
from reranklab.rankers.family import Capability, Ranker
from reranklab.types import LOG_ODDS, LOGIT, Document, Query, RankedDocument, Ranking

Vote = Literal["hard", "soft"]


class Voter(Protocol):
    """`rankings` are those that it took so far, `read` says how each item was read, by its position."""

    @property
    def rankings(self) -> Sequence[Ranking]: ...

    @property
    def read(self) -> dict[int, RankedDocument]: ...

    def vote(self, pair: tuple[int, int]) -> float:
        """1 where the first goes before the second, 0 where it is the other way round, or between."""
        ...


class ScoreVoter:
    """Compares scores that a pointwise ranker gives once: every vote is free, and none contradicts another. A hard vote is the
    order of two scores; a soft one is the chance that their difference stands for, which only log odds have."""

    def __init__(
        self,
        ranker: Ranker,
        query: Query,
        documents: Sequence[Document],
        *,
        kind: Vote,
        cancel: CancelSignal | None,
        progress: Progress | None,
    ) -> None:
        ranking = ranker.rank(query, documents, cancel=cancel, progress=progress)
        if kind == "soft" and ranking.scale not in (LOGIT, LOG_ODDS):
            raise InputError(
                f"{ranker.id} scores by {ranking.scale.name}, and a difference of these is no chance. Take vote=hard."
            )
        self.rankings = [ranking]
        self.read = {item.candidate: item for item in ranking.items}
        self._soft = kind == "soft"

    def vote(self, pair: tuple[int, int]) -> float:
        difference = self.read[pair[0]].score - self.read[pair[1]].score
        if self._soft:
            return float(expit(difference))
        return 0.5 if difference == 0 else float(difference > 0)


class PairVoter:
    """Has the ranker order the two documents, in both orders unless it is free of them: the vote is the share that the first
    wins, and equal scores are half a win. Two blank documents are equal, and nobody is asked."""

    def __init__(
        self,
        ranker: Ranker,
        query: Query,
        documents: Sequence[Document],
        *,
        both: bool,
        most: int,
        cancel: CancelSignal | None,
        progress: Progress | None,
    ) -> None:
        self._ranker = ranker
        self._query = query
        self._documents = documents
        self._both = both and Capability.ORDER_FREE not in ranker.capabilities
        self._most = most
        self._done = 0
        self._cancel = cancel
        self._progress = progress
        self.rankings: list[Ranking] = []
        self.read: dict[int, RankedDocument] = {}

    def vote(self, pair: tuple[int, int]) -> float:
        report(self._progress, done=self._done, total=self._most, unit="vote")
        share = self._vote(*pair)
        self._done += 1
        if self._done == self._most:
            report(self._progress, done=self._done, total=self._most, unit="vote")
        return share

    def _vote(self, first: int, second: int) -> float:
        if all(is_blank(self._documents[position].content) for position in (first, second)):
            return 0.5
        share = self._won(first, second)
        return (share + 1 - self._won(second, first)) / 2 if self._both else share

    def _won(self, first: int, second: int) -> float:
        documents = [self._documents[first], self._documents[second]]
        ranking = self._ranker.rank(self._query, documents, cancel=self._cancel)
        self.rankings.append(ranking)
        own, other = sorted(ranking.items, key=lambda item: item.candidate)
        self.read |= {first: own, second: other}
        return 0.5 if own.score == other.score else float(own.score > other.score)
