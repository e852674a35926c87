"""What each term of a query adds to the BM25 scores of candidates. The scores are the sums of these contributions."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from rank_bm25 import BM25, BM25L, BM25Okapi, BM25Plus

from reranklab.progress import CancelSignal, check_cancel

if TYPE_CHECKING:
    from reranklab.data.index import CorpusStatistics

FloatArray = NDArray[np.float64]
Variant = Literal["lucene", "okapi", "plus", "l"]
VARIANTS: tuple[Variant, ...] = get_args(Variant)

_ALMOST_ZERO = 1e-200  # stands for k1 = 0, where a term that a document lacks would divide 0 by 0
_GRID = 2.0**36


@dataclass(frozen=True, slots=True, kw_only=True)
class TermScore:
    """One distinct term of the query, which holds it `query_count` times.

    `idf` is the variant's, 0.0 where it has none: without a collection's statistics, for a term in no candidate.
    `contributions` run along the candidates, all occurrences in the query together.
    """

    term: str
    query_count: int
    idf: float
    contributions: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class TermScores:
    """The distinct terms of a query in the order in which they first appear in it, and the scores that they add up to.

    `frequencies` (term to count in the document), `lengths` (terms) and `scores` run along the candidates;
    `average_length` is the mean that the scores were computed with.
    """

    terms: tuple[TermScore, ...]
    scores: FloatArray
    frequencies: Sequence[Mapping[str, int]]
    lengths: tuple[int, ...]
    average_length: float
    statistics: CorpusStatistics | None

    def document_frequency(self, term: str) -> int:
        """In how many documents of the collection the term occurs; of the candidates, where they stand for one."""
        if self.statistics is not None:
            return self.statistics.document_frequencies.get(term, 0)
        return sum(term in frequencies for frequencies in self.frequencies)


class LuceneBM25(BM25Okapi):  # type: ignore[misc]
    """Okapi's term weights with Lucene's idf, log(1 + (N - n + 0.5) / (n + 0.5)), which is positive for every term."""

    def _calc_idf(self, nd: Mapping[str, int]) -> None:
        self.idf = {term: math.log1p((self.corpus_size - n + 0.5) / (n + 0.5)) for term, n in nd.items()}


class LvZhaiBM25L(BM25L):  # type: ignore[misc]
    """BM25L as Lv and Zhai define it (2011, When documents are very long, BM25 fails!): rank-bm25 0.2.2 multiplies each term's
    weight by its count once more."""

    def get_scores(self, query: Sequence[str]) -> FloatArray:
        lengths = 1 - self.b + self.b * np.array(self.doc_len) / self.avgdl
        scores = np.zeros(self.corpus_size)
        for term in query:
            counts = np.array([frequencies.get(term, 0) for frequencies in self.doc_freqs])
            shifted = counts / lengths + self.delta
            scores += self.idf.get(term, 0.0) * (counts > 0) * (self.k1 + 1) * shifted / (self.k1 + shifted)
        return scores


def score_terms(
    query_terms: Sequence[str],
    texts: Sequence[list[str]],
    *,
    variant: Variant,
    k1: float,
    b: float,
    statistics: CorpusStatistics | None = None,
    cancel: CancelSignal | None = None,
) -> TermScores:
    """Score `texts` (the terms of each candidate) for a query, term by term.

    A term in no candidate adds nothing, also in BM25+, which gives a term to documents that lack it. Weights are rounded to a
    multiple of 2**-36 (1.5e-11): up to a score of 100,000 floats then add up exactly, in any order and whoever adds them.
    Raises Cancelled.
    """
    counts = Counter(query_terms)
    nothing = np.zeros(len(texts))
    model = _model(texts, variant=variant, k1=k1, b=b) if any(texts) else None
    found = set(model.idf) if model else set()
    if model and statistics is not None:
        _use_statistics(model, statistics, terms=counts)
    scores = nothing.copy()
    terms = []
    for term, query_count in counts.items():
        check_cancel(cancel)
        contributions = query_count * _rounded(model.get_scores([term])) if model and term in found else nothing
        scores += contributions
        idf = float(model.idf.get(term, 0.0)) + 0.0 if model else 0.0  # Okapi's cut leaves -0.0
        terms.append(TermScore(term=term, query_count=query_count, idf=idf, contributions=contributions))
    return TermScores(
        terms=tuple(terms),
        scores=scores,
        frequencies=model.doc_freqs if model else [{} for _ in texts],
        lengths=tuple(len(text) for text in texts),
        average_length=float(model.avgdl) if model else 0.0,
        statistics=statistics,
    )


def _model(texts: Sequence[list[str]], *, variant: Variant, k1: float, b: float) -> BM25:
    k1 = k1 or _ALMOST_ZERO
    match variant:
        case "lucene":
            model = LuceneBM25(texts, k1=k1, b=b)
        case "okapi":
            model = BM25Okapi(texts, k1=k1, b=b, epsilon=0)
        case "plus":
            model = BM25Plus(texts, k1=k1, b=b)
        case "l":
            model = LvZhaiBM25L(texts, k1=k1, b=b)
    model.doc_len = np.maximum(1, model.doc_len)  # an empty document at b = 1 would divide 0 by 0
    return model


def _use_statistics(model: BM25, statistics: CorpusStatistics, *, terms: Iterable[str]) -> None:
    """Replace what rank-bm25 counted in the candidates. A term that the collection lacks counts as found once in it."""
    candidates = model.corpus_size
    model.corpus_size = statistics.documents
    model.avgdl = statistics.average_length or 1.0
    model.idf = {}
    frequencies = {term: max(1, statistics.document_frequencies.get(term, 0)) for term in terms}
    if frequencies:
        model._calc_idf(frequencies)
    model.corpus_size = candidates


def _rounded(weights: FloatArray) -> FloatArray:
    return np.rint(weights * _GRID) / _GRID + 0.0
