"""BM25 over a candidate list, on rank-bm25 (Trotman, Puurula and Burgess 2014: Improvements to BM25 and Language Models)."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING

from reranklab.data.words import ANALYSERS, Analyser, tokenise
from reranklab.errors import InputError
from reranklab.models.clock import RunClock
from reranklab.models.device import cpu
from reranklab.progress import CancelSignal, Progress, check_cancel, report
from reranklab.rankers.base import check_input, rank_by_score
from reranklab.rankers.bm25_terms import VARIANTS, TermScores, Variant, score_terms
from reranklab.types import BM25_SCORE, Document, Provenance, Query, Ranking, Scalar

if TYPE_CHECKING:
    from reranklab.data.index import CorpusStatistics

DEFAULT_K1 = 1.2
DEFAULT_B = 0.75
"""The customary pair, not tuned: nDCG@10 of the corpus search with the English analyser is 0.686 on SciFact and 0.375 on
Cranfield. k1 = 1.5 gives 0.688 and 0.380; k1 = 0.9, b = 0.4 gives 0.680 and 0.356."""

MAX_K1 = 10.0
_BATCH = 50  # documents


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
                scores = self._score(query_terms, texts, cancel=cancel).scores.tolist()
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
        return self._score(self._terms(query.text), texts, cancel=cancel)

    def _terms(self, text: str) -> list[str]:
        return tokenise(text, analyser=self.options.analyser)

    def _score(self, query_terms: Sequence[str], texts: Sequence[list[str]], *, cancel: CancelSignal | None) -> TermScores:
        options = self.options
        return score_terms(
            query_terms,
            texts,
            variant=options.variant,
            k1=options.k1,
            b=options.b,
            statistics=self._statistics,
            cancel=cancel,
        )

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
