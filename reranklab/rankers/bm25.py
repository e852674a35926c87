"""BM25 over a candidate list, on rank-bm25 (Trotman, Puurula and Burgess 2014: Improvements to BM25 and Language Models)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from reranklab.data.segments import Place
from reranklab.data.words import ANALYSERS, Analyser, term_places, tokenise
from reranklab.models.clock import RunClock
from reranklab.models.device import cpu
from reranklab.models.versions import library_versions
from reranklab.progress import CancelSignal, Progress, check_cancel, report
from reranklab.rankers.base import SpecRanker, check_input, rank_by_score
from reranklab.rankers.bm25_terms import VARIANTS, TermScores, Variant, score_terms
from reranklab.rankers.cost_class import CostClass
from reranklab.rankers.family import BuildContext, Capabilities, Capability, Family, Option, RankerSpec
from reranklab.types import BM25_SCORE, Document, Provenance, Query, Ranking, Scalar

if TYPE_CHECKING:
    from reranklab.data.index import CorpusStatistics
    from reranklab.data.statistics import StatisticsSource

DEFAULT_K1 = 1.2
DEFAULT_B = 0.75
"""The customary pair, not tuned: nDCG@10 of the corpus search with the English analyser is 0.686 on SciFact and 0.375 on
Cranfield. k1 = 1.5 gives 0.688 and 0.380; k1 = 0.9, b = 0.4 gives 0.680 and 0.356."""

MAX_K1 = 10.0
_BATCH = 50  # documents


@dataclass(frozen=True, slots=True, kw_only=True)
class Bm25Options:
    """The settings of BM25, as its options say."""

    variant: Variant = "lucene"
    k1: float = DEFAULT_K1
    b: float = DEFAULT_B
    analyser: Analyser = "english"

    @classmethod
    def of(cls, spec: RankerSpec) -> Bm25Options:
        """The options of a spec. Raises InputError for a number out of range."""
        return cls(
            variant=cast(Variant, spec.option("variant")),
            k1=spec.number("k1", low=0, high=MAX_K1),
            b=spec.number("b", low=0, high=1),
            analyser=cast(Analyser, spec.option("analyser")),
        )


class Bm25Ranker(SpecRanker):
    """Orders candidates by BM25; every word counts, nothing is truncated.

    Without `statistics`, term rarity and average length come from the candidates themselves. With the statistics of a
    corpus index they come from its collection, and the "lucene" variant orders candidates as that index's search does.
    """

    def __init__(self, spec: RankerSpec, *, statistics: StatisticsSource | None = None) -> None:
        self.spec = spec
        self.options = Bm25Options.of(spec)
        self._source = statistics

    def load(self, *, cancel: CancelSignal | None = None, progress: Progress | None = None) -> None:
        """Count the collection's terms with the ranker's own analyser, where that has not been done."""
        self._statistics(cancel=cancel, progress=progress)

    def rank(
        self,
        query: Query,
        documents: Sequence[Document],
        *,
        cancel: CancelSignal | None = None,
        progress: Progress | None = None,
    ) -> Ranking:
        """See Ranker.rank. Tokens are the terms that the analyser leaves."""
        check_input(query, documents)
        statistics = self._statistics(cancel=cancel, progress=progress)
        device = cpu()
        clock = RunClock(device, cancel=cancel)
        texts: list[list[str]] = []
        for start in range(0, len(documents), _BATCH):
            with clock.turn(), clock.stage("tokenise"):
                for document in documents[start : start + _BATCH]:
                    check_cancel(cancel)
                    texts.append(self._terms(document.content))
            report(progress, done=len(texts), total=len(documents), unit="document", label="BM25")
        with clock.turn():
            with clock.stage("tokenise"):
                query_terms = self._terms(query.text)
            with clock.stage("compute"):
                scores = self._score(query_terms, texts, statistics, cancel=cancel).scores.tolist()
            with clock.stage("postprocess"):
                lengths = [len(terms) for terms in texts]
                items = rank_by_score(documents, scores, used=lengths, total=lengths, ranker=self.id)
        return Ranking(
            ranker=self.id,
            query=query,
            items=items,
            scale=BM25_SCORE,
            timing=clock.stop(documents=len(documents), tokens=sum(lengths), precision="fp64"),
            provenance=Provenance(
                ranker=self.id,
                family=self.spec.family.id,
                model="",
                revision="",
                weights_sha256="",
                device=device.id,
                device_name=device.name,
                precision="fp64",
                backend="rank-bm25",
                parameters=self._parameters(len(documents), statistics),
                versions=library_versions("rank-bm25", "PyStemmer", "regex", "numpy"),
            ),
            warnings=self._warnings(query_terms, texts, scores),
            matched=sum(
                score > 0 and not set(query_terms).isdisjoint(terms) for score, terms in zip(scores, texts, strict=True)
            ),
        )

    def term_scores(self, query: Query, documents: Sequence[Document], *, cancel: CancelSignal | None = None) -> TermScores:
        """What the scores of `rank` on the same input are made of. Raises as `rank` does."""
        check_input(query, documents)
        texts = []
        for document in documents:
            check_cancel(cancel)
            texts.append(self._terms(document.content))
        return self._score(self._terms(query.text), texts, self._statistics(cancel=cancel), cancel=cancel)

    def term_places(self, text: str) -> Iterator[tuple[str, Place]]:
        """See AddsTerms."""
        return term_places(text, analyser=self.options.analyser)

    def _statistics(self, *, cancel: CancelSignal | None = None, progress: Progress | None = None) -> CorpusStatistics | None:
        if self._source is None:
            return None
        return self._source.statistics(self.options.analyser, cancel=cancel, progress=progress)

    def _terms(self, text: str) -> list[str]:
        return tokenise(text, analyser=self.options.analyser)

    def _score(
        self,
        query_terms: Sequence[str],
        texts: Sequence[list[str]],
        statistics: CorpusStatistics | None,
        *,
        cancel: CancelSignal | None,
    ) -> TermScores:
        options = self.options
        return score_terms(
            query_terms,
            texts,
            variant=options.variant,
            k1=options.k1,
            b=options.b,
            statistics=statistics,
            cancel=cancel,
        )

    def _parameters(self, candidates: int, statistics: CorpusStatistics | None) -> dict[str, Scalar]:
        options = self.options
        source = "candidates" if statistics is None else "collection"
        size = candidates if statistics is None else statistics.documents
        return {
            "variant": options.variant,
            "k1": options.k1,
            "b": options.b,
            "analyser": options.analyser,
            "statistics": source,
            "statistics_documents": size,
        }

    def _warnings(self, query_terms: Sequence[str], texts: Sequence[Sequence[str]], scores: Sequence[float]) -> tuple[str, ...]:
        if any(scores):
            return ()
        if not query_terms:
            return ("The query has no word that counts, only stop words or signs. Every score is 0: the order is the input's.",)
        if set(query_terms).isdisjoint(_flat(texts)):
            return ("No document contains a word of the query. Every score is 0: the order is the input's.",)
        return (
            "Okapi's idf is 0 for words in half of the documents or more, and the query has no other. "
            "Every score is 0: the order is the input's. The lucene variant does not have this limit.",
        )


def _flat(texts: Iterable[Iterable[str]]) -> set[str]:
    return {term for terms in texts for term in terms}


def _build(spec: RankerSpec, context: BuildContext) -> Bm25Ranker:
    return Bm25Ranker(spec, statistics=context.statistics)


def _capabilities(spec: RankerSpec) -> Capabilities:
    return frozenset({Capability.DEFAULT, Capability.ORDER_FREE, Capability.CHEAP, Capability.STATISTICS, Capability.TERMS})


def _describe(spec: RankerSpec) -> str:
    return f"{spec.option('variant')} variant, {spec.option('analyser')} analyser"


FAMILY = Family(
    id="bm25",
    title="BM25",
    summary="Counts shared terms, rare ones more. No model, no meaning.",
    colour="#E69F00",
    capabilities=_capabilities,
    build=_build,
    scales=(BM25_SCORE,),
    options=(
        Option(
            name="variant",
            default="lucene",
            choices=VARIANTS,
            help="Lucene's idf is always positive. Okapi's is 0 for a term in half of the documents.",
        ),
        Option(name="k1", default=f"{DEFAULT_K1:g}", help="How soon repeating a term stops adding to the score. 0 to 10."),
        Option(name="b", default=f"{DEFAULT_B:g}", help="How much long documents are penalised. 0 to 1."),
        Option(
            name="analyser",
            default="english",
            choices=ANALYSERS,
            help="english: lower case, stop words removed, stemmed. words: lower case only.",
        ),
    ),
    cost=lambda spec: CostClass.NO_MODEL,
    describe=_describe,
)
