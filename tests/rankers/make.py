"""Rankers as tests want them."""

from dataclasses import dataclass
from typing import Any

from reranklab.data.index import CorpusStatistics
from reranklab.rankers.bm25 import Bm25Ranker
from reranklab.rankers.catalogue import parse_ranker_id


@dataclass(frozen=True)
class Fixed:
    """The same statistics, whoever asks."""

    known: CorpusStatistics

    def statistics(self, analyser: str, **options: Any) -> CorpusStatistics:
        return self.known


def bm25_ranker(statistics: CorpusStatistics | None = None, **options: object) -> Bm25Ranker:
    """BM25 with options as values, not texts."""
    spec = parse_ranker_id("bm25").with_options(**{name: str(value) for name, value in options.items()})
    return Bm25Ranker(parse_ranker_id(spec.id), statistics=None if statistics is None else Fixed(statistics))
