"""What is explained: one document of a comparison, and perhaps another beside it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from reranklab.engine.comparison import Comparison
from reranklab.engine.request import context_of
from reranklab.engine.run import build_in
from reranklab.errors import InputError
from reranklab.explain.rescoring import position_of
from reranklab.explain.results import ResultStore
from reranklab.explain.what_if import ScoreCache
from reranklab.rankers.family import Ranker, RankerSpec
from reranklab.types import Document, Query, RankedDocument, Ranking


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A document in the run that it comes from, with `other` for questions about two.

    `scores` are those of texts that were ranked again, `results` the answers so far: share them between subjects of a run.
    """

    comparison: Comparison
    document: Document
    other: Document | None = None
    scores: ScoreCache = field(default_factory=ScoreCache, compare=False, repr=False)
    results: ResultStore = field(default_factory=ResultStore, compare=False, repr=False)

    @property
    def query(self) -> Query:
        return self.comparison.request.query

    @property
    def documents(self) -> tuple[Document, ...]:
        return self.comparison.documents

    @property
    def rankings(self) -> tuple[Ranking, ...]:
        """Those of the rankers that can be asked again: a saved result may have others."""
        known = set(self.comparison.settings.ranker_ids)
        return tuple(ranking for ranking in self.comparison.rankings if ranking.ranker in known)

    @property
    def titles(self) -> dict[str, str]:
        """Ranker id to title for all rankers of the run, no two alike."""
        return self.comparison.titles

    @property
    def device(self) -> str:
        return self.comparison.settings.device

    @property
    def specs(self) -> tuple[RankerSpec, ...]:
        """The rankers that gave a ranking, along `rankings`."""
        known = {spec.id: spec for spec in self.comparison.settings.specs}
        return tuple(known[ranking.ranker] for ranking in self.rankings)

    def spec(self, ranker: str) -> RankerSpec:
        return next(spec for spec in self.specs if spec.id == ranker)

    def ranking(self, ranker: str) -> Ranking:
        return next(ranking for ranking in self.rankings if ranking.ranker == ranker)

    def item(self, ranking: Ranking) -> RankedDocument:
        """The document in a ranking of the run."""
        return next(item for item in ranking.items if item.id == self.document.id)

    def build(self, spec: RankerSpec) -> Ranker:
        """A ranker as the run built it."""
        return build_in(spec, self.comparison.candidates, self.comparison.settings)

    def context(self, spec: RankerSpec) -> str:
        return context_of(spec, self.comparison.candidates, self.comparison.settings)


def subject_of(
    comparison: Comparison,
    document_id: str,
    *,
    other: str | None = None,
    scores: ScoreCache | None = None,
    results: ResultStore | None = None,
) -> Subject:
    """Raises InputError for an id that is no candidate, and for the same document twice."""
    documents = comparison.documents
    if other == document_id:
        raise InputError(f"Choose two documents: {document_id!r} was given twice.")
    return Subject(
        comparison=comparison,
        document=documents[position_of(documents, document_id)],
        other=None if other is None else documents[position_of(documents, other)],
        scores=scores or ScoreCache(),
        results=results or ResultStore(),
    )


def neighbour(order: Iterable[str], document_id: str) -> str | None:
    """The document above in an order of ids, for the first the one below; None where it is alone."""
    ids = list(order)
    position = ids.index(document_id)
    if len(ids) < 2:
        return None
    return ids[position - 1] if position else ids[1]
