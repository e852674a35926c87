"""Term statistics of a whole collection, counted by each analyser that is asked for."""

from __future__ import annotations

from typing import Protocol

from reranklab.data.collection import Collection
from reranklab.data.index import CorpusIndex, CorpusStatistics, open_index
from reranklab.data.words import Analyser
from reranklab.progress import CancelSignal, Progress

SEARCH_ANALYSER: Analyser = "english"
SEARCH_K1, SEARCH_B = 1.2, 0.75
"""The corpus search's own settings, those of the BM25 ranker's defaults."""


class StatisticsSource(Protocol):
    """Whoever knows a collection's term statistics. Terms of one analyser say nothing of another's."""

    def statistics(
        self, analyser: Analyser, *, cancel: CancelSignal | None = None, progress: Progress | None = None
    ) -> CorpusStatistics:
        """Counted once for each analyser, which may take long. Raises Cancelled."""
        ...


class CollectionStatistics:
    """The statistics of a collection, from its index on disk where that was built before."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection
        self._indexes: dict[Analyser, CorpusIndex] = {}

    @property
    def notes(self) -> tuple[str, ...]:
        """What went wrong with the places of the indexes on disk."""
        return tuple(note for index in self._indexes.values() for note in index.notes)

    def index(self, analyser: Analyser, *, cancel: CancelSignal | None = None, progress: Progress | None = None) -> CorpusIndex:
        """The collection's index. Raises InputError for a collection without documents, and Cancelled."""
        if analyser not in self._indexes:
            self._indexes[analyser] = open_index(
                self._collection, analyser=analyser, k1=SEARCH_K1, b=SEARCH_B, cancel=cancel, progress=progress
            )
        return self._indexes[analyser]

    def statistics(
        self, analyser: Analyser, *, cancel: CancelSignal | None = None, progress: Progress | None = None
    ) -> CorpusStatistics:
        return self.index(analyser, cancel=cancel, progress=progress).statistics
