"""Term statistics of a whole collection, counted by each analyser that is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from reranklab.data.collection import Collection
from reranklab.data.index import CorpusIndex, CorpusStatistics, open_index
from reranklab.data.words import Analyser, tokenise
from reranklab.errors import InputError
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

    @property
    def counted(self) -> dict[Analyser, CorpusStatistics]:
        """What was counted so far, by analyser."""
        return {analyser: index.statistics for analyser, index in self._indexes.items()}

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


class StoredStatistics:
    """Statistics that were saved: of the terms of a query and its candidates alone, by the analysers that had counted them."""

    def __init__(self, counted: Mapping[Analyser, CorpusStatistics]) -> None:
        self.counted = dict(counted)

    def statistics(
        self, analyser: Analyser, *, cancel: CancelSignal | None = None, progress: Progress | None = None
    ) -> CorpusStatistics:
        """Raises InputError for an analyser that had not counted."""
        if analyser not in self.counted:
            raise InputError(
                f"The saved result has no term statistics of the analyser {analyser!r}. Rank the collection's candidates anew."
            )
        return self.counted[analyser]


def statistics_of(source: StatisticsSource | None, texts: Sequence[str]) -> StoredStatistics | None:
    """What a source has counted of the terms that the texts hold; None where it is no collection's."""
    if not isinstance(source, CollectionStatistics | StoredStatistics):
        return None
    return StoredStatistics({analyser: _of_texts(found, analyser, texts) for analyser, found in source.counted.items()})


def _of_texts(found: CorpusStatistics, analyser: Analyser, texts: Sequence[str]) -> CorpusStatistics:
    terms = {term for text in texts for term in tokenise(text, analyser=analyser)}
    known = found.document_frequencies
    return CorpusStatistics(
        documents=found.documents,
        average_length=found.average_length,
        document_frequencies={term: known[term] for term in sorted(terms) if term in known},
    )
