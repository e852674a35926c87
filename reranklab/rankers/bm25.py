"""BM25 over a candidate list, on rank-bm25 (Trotman, Puurula and Burgess 2014: Improvements to BM25 and Language Models)."""

from __future__ import annotations

import math
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from rank_bm25 import BM25, BM25L, BM25Okapi, BM25Plus

from reranklab.data.words import ANALYSERS, Analyser, tokenise
from reranklab.errors import InputError
from reranklab.latency.clock import RunClock
from reranklab.models.device import cpu
from reranklab.rankers.base import check_cancel, check_input, rank_by_score, report
from reranklab.types import BM25_SCORE, CancelSignal, Document, Progress, Provenance, Query, Ranking, Scalar

if TYPE_CHECKING:
    from reranklab.data.index import CorpusStatistics

FloatArray = NDArray[np.float64]
Variant = Literal["lucene", "okapi", "plus", "l"]
VARIANTS: tuple[Variant, ...] = get_args(Variant)

DEFAULT_K1 = 1.2
DEFAULT_B = 0.75
"""The customary pair, not tuned: nDCG@10 of the corpus search with the English analyser is 0.686 on SciFact and 0.375 on
Cranfield. k1 = 1.5 gives 0.688 and 0.380; k1 = 0.9, b = 0.4 gives 0.680 and 0.356."""

MAX_K1 = 10.0
_ALMOST_ZERO = 1e-200  # stands for k1 = 0, where a term that a document lacks would divide 0 by 0
_BATCH = 50  # documents
_TERMS = 64  # query terms between two looks at the cancel signal


@dataclass(frozen=True, slots=True, kw_only=True)
class Bm25Options:
    """The settings of BM25. Raises InputError for a value outside of its range.

    `variant`: "lucene" is always positive; "okapi" is Robertson's idf, cut at 0 for terms in half of the documents or
    more; "plus" and "l" are BM25+ and BM25L. `k1` (0 to 10) is how late repeats of a term stop adding to the score,
    `b` (0 to 1) how much long documents lose.
    """

    variant: Variant = "lucene"
    k1: float = DEFAULT_K1
    b: float = DEFAULT_B
    analyser: Analyser = "english"

    def __post_init__(self) -> None:
        _check_choice("variant", self.variant, VARIANTS)
        _check_choice("analyser", self.analyser, ANALYSERS)
        _check_range("k1", self.k1, MAX_K1)
        _check_range("b", self.b, 1.0)

    @classmethod
    def from_strings(cls, options: Mapping[str, str]) -> Bm25Options:
        """From option strings, such as those of a ranker id. Raises InputError naming option, value and what is allowed."""
        values: dict[str, str | float] = {}
        for name, value in options.items():
            if name not in cls.__dataclass_fields__:
                raise InputError(f"bm25 has no option {name!r}. It has: {', '.join(cls.__dataclass_fields__)}.")
            values[name] = _number(name, value) if name in ("k1", "b") else value
        return cls(**values)  # type: ignore[arg-type]


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


class Bm25Ranker:
    """Orders candidates by BM25; every word counts, nothing is truncated.

    Without `statistics`, term rarity and average length come from the candidates themselves. With the statistics of a
    corpus index they come from its collection, and the "lucene" variant orders candidates as that index's search does.
    """

    family = "bm25"

    def __init__(
        self,
        *,
        id: str = "bm25",  # noqa: A002
        options: Bm25Options | None = None,
        statistics: CorpusStatistics | None = None,
    ) -> None:
        self.id = id
        self.options = options or Bm25Options()
        self._statistics = statistics

    def load(self, *, cancel: CancelSignal | None = None, progress: Progress | None = None) -> None:
        """Nothing to load."""

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
        device = cpu()
        clock = RunClock(device)
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
                scores = self._scores(query_terms, texts, cancel=cancel)
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
                family=self.family,
                model="",
                revision="",
                weights_sha256="",
                device=device.id,
                device_name=device.name,
                precision="fp64",
                backend="rank-bm25",
                parameters=self._parameters(len(documents)),
                versions={name: version(name) for name in ("reranklab", "rank-bm25", "PyStemmer", "numpy")}
                | {"python": platform.python_version()},
            ),
            warnings=self._warnings(query_terms, texts, scores),
        )

    def _terms(self, text: str) -> list[str]:
        return tokenise(text, analyser=self.options.analyser)

    def _scores(self, query_terms: Sequence[str], texts: Sequence[list[str]], *, cancel: CancelSignal | None) -> list[float]:
        if not any(texts):
            return [0.0] * len(texts)
        model = self._model(texts)
        model.doc_len = [max(1, length) for length in model.doc_len]  # an empty document at b = 1 would divide 0 by 0
        found = [term for term in query_terms if term in model.idf]
        if self._statistics is not None:
            _use_statistics(model, self._statistics, terms=found)
        scores = np.zeros(len(texts))
        for start in range(0, len(found), _TERMS):
            check_cancel(cancel)
            scores += model.get_scores(found[start : start + _TERMS])
        return [float(score) for score in scores]

    def _model(self, texts: Sequence[list[str]]) -> BM25:
        k1, b = self.options.k1 or _ALMOST_ZERO, self.options.b
        match self.options.variant:
            case "lucene":
                return LuceneBM25(texts, k1=k1, b=b)
            case "okapi":
                return BM25Okapi(texts, k1=k1, b=b, epsilon=0)
            case "plus":
                return BM25Plus(texts, k1=k1, b=b)
            case "l":
                return LvZhaiBM25L(texts, k1=k1, b=b)

    def _parameters(self, candidates: int) -> dict[str, Scalar]:
        options = self.options
        source = "candidates" if self._statistics is None else "collection"
        size = candidates if self._statistics is None else self._statistics.documents
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


def _flat(texts: Iterable[Iterable[str]]) -> set[str]:
    return {term for terms in texts for term in terms}


def _check_choice(name: str, value: str, choices: Sequence[str]) -> None:
    if value not in choices:
        raise InputError(f"bm25: {name}={value} does not exist. Choose one of: {', '.join(choices)}.")


def _check_range(name: str, value: float, high: float) -> None:
    if not 0 <= value <= high:
        raise InputError(f"bm25: {name}={value} does not work. Give a number from 0 to {high:g}.")


def _number(name: str, value: str) -> float:
    try:
        return float(value)
    except ValueError:
        high = MAX_K1 if name == "k1" else 1
        raise InputError(f"bm25: {name}={value} does not work. Give a number from 0 to {high:g}.") from None
