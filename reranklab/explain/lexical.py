"""A score that is a sum over terms: the exact contribution of each query term to each document's score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add

from reranklab.data.spans import Span, Unit
from reranklab.errors import InputError
from reranklab.explain.attribution import Attribution
from reranklab.progress import CancelSignal
from reranklab.rankers.explainable import AddsTerms
from reranklab.types import Document, Query, Ranking


@dataclass(frozen=True, slots=True, kw_only=True)
class TermContribution:
    """What one distinct query term adds to one document's score.

    `term` is as the analyser leaves it. `count` is how often the document holds it and `query_count` how often the query;
    `length` is the document's number of terms, `average_length` the mean that the score was computed with.
    `document_frequency` counts documents of the collection, or of the candidates where their own statistics are used.
    `idf` is the variant's; 0.0 for a term in no candidate, unless a collection's statistics give it one.
    """

    term: str
    count: int
    document_frequency: int
    idf: float
    query_count: int
    length: int
    average_length: float
    contribution: float


def term_contributions(
    ranker: AddsTerms, query: Query, documents: Sequence[Document], *, cancel: CancelSignal | None = None
) -> tuple[tuple[TermContribution, ...], ...]:
    """For each document, in input order, the query's distinct terms in the order in which they first appear in the query.

    A document's contributions add up to its score in `ranker.rank(query, documents)` exactly. Raises as that does.
    """
    scored = ranker.term_scores(query, documents, cancel=cancel)
    terms = [(term, scored.document_frequency(term.term), term.contributions.tolist()) for term in scored.terms]
    return tuple(
        tuple(
            TermContribution(
                term=term.term,
                count=frequencies.get(term.term, 0),
                document_frequency=document_frequency,
                idf=term.idf,
                query_count=term.query_count,
                length=length,
                average_length=scored.average_length,
                contribution=contributions[position],
            )
            for term, document_frequency, contributions in terms
        )
        for position, (frequencies, length) in enumerate(zip(scored.frequencies, scored.lengths, strict=True))
    )


def to_attribution(
    ranker: AddsTerms, contributions: Sequence[TermContribution], *, document: Document, ranking: Ranking
) -> Attribution:
    """One document's contributions laid on its words: a unit for each query term that it holds, with all spans of the term.

    `ranking` is of `ranker` and the candidates that the contributions are of. Raises InputError where it is not.
    """
    base = next((item.score for item in ranking.items if item.id == document.id), None)
    if base is None:
        raise InputError(f"Document {document.id!r} is not in the ranking of {ranking.ranker}. Choose one of its candidates.")
    total = reduce(add, (each.contribution for each in contributions), 0.0)
    if total != base:
        raise InputError(
            f"The terms of document {document.id!r} do not add up to its score {base:.6g} from {ranking.ranker}. "
            "Take terms and ranking from the same ranker, query and candidates."
        )
    spans_of = _term_spans(ranker, document.content)
    held = [each for each in contributions if each.term in spans_of]
    lacking = sum(each.contribution for each in contributions if each.term not in spans_of)
    return Attribution(
        ranker=ranking.ranker,
        method="terms",
        document_id=document.id,
        text=document.content,
        units=tuple(Unit(label=each.term, spans=tuple(spans_of[each.term])) for each in held),
        values=tuple(each.contribution for each in held),
        base=base,
        scale=ranking.scale,
        provenance=ranking.provenance,
        calls=1,
        possible=len(contributions),
        warnings=(_lacking_warning(lacking),) if lacking else (),
    )


def _lacking_warning(lacking: float) -> str:
    return f"{lacking:.4g} of the score is for query terms that the document lacks, as BM25+ gives them to every document."


def _term_spans(ranker: AddsTerms, text: str) -> dict[str, list[Span]]:
    """Term to the characters of the text that it comes from, in reading order."""
    spans_of: dict[str, list[Span]] = {}
    for term, (start, end) in ranker.term_places(text):
        spans = spans_of.setdefault(term, [])
        span = Span(start=start, end=end)
        if span not in spans[-1:]:
            spans.append(span)
    return spans_of
