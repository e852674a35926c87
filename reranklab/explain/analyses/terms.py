"""Terms: a score that is a sum over query terms, in its exact parts."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import reduce
from operator import add
from typing import Any, cast

from reranklab.explain.analysis import Analysis, Finding, Parameters, Table
from reranklab.explain.attribution import Attribution
from reranklab.explain.lexical import TermContribution, term_contributions, to_attribution
from reranklab.explain.record import attribution_record
from reranklab.explain.rescoring import position_of
from reranklab.explain.sections import ATTRIBUTION
from reranklab.explain.subject import Subject
from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.explainable import AddsTerms
from reranklab.rankers.family import Capability, Ranker
from reranklab.types import Ranking

TOP = 10
"""Documents whose terms are shown beside those of the one explained."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TermSums:
    """The document's terms as an attribution and by themselves, and those of the top documents with it among them.

    `top` is document id to terms, in the order of the ranking, the document's own last where it is not among the first TOP.
    """

    attribution: Attribution
    terms: tuple[TermContribution, ...]
    top: tuple[tuple[str, tuple[TermContribution, ...]], ...]

    @property
    def ranker(self) -> str:
        return self.attribution.ranker

    @property
    def total(self) -> float:
        return reduce(add, (term.contribution for term in self.terms), 0.0)


def _run(
    subject: Subject,
    ranker: Ranker,
    ranking: Ranking,
    parameters: Parameters,
    *,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> TermSums:
    adding = cast(AddsTerms, ranker)
    everything = term_contributions(adding, subject.query, subject.documents, cancel=cancel)
    own = everything[position_of(subject.documents, subject.document.id)]
    shown = [item.id for item in ranking.items[:TOP]]
    if subject.document.id not in shown:
        shown = [*shown[: TOP - 1], subject.document.id]
    positions = {document.id: position for position, document in enumerate(subject.documents)}
    return TermSums(
        attribution=to_attribution(adding, own, document=subject.document, ranking=ranking),
        terms=own,
        top=tuple((document_id, everything[positions[document_id]]) for document_id in shown),
    )


def _record(sums: TermSums) -> dict[str, Any]:
    """The attribution, and each term with the numbers that its part was computed from."""
    return {**attribution_record(sums.attribution), "terms": [asdict(term) for term in sums.terms]}


def _words(subject: Subject, finding: Finding[TermSums]) -> tuple[str, ...]:
    sums = finding.result
    return (sum_in_words(sums), *sums.attribution.warnings)


def sum_in_words(sums: TermSums) -> str:
    """That the parts add up, and the document's length."""
    own = sums.terms
    length = f"{own[0].length:,} terms, {own[0].average_length:,.1f} on average" if own else "no terms"
    return f"The contributions add up to {sums.total:.6g}, the score is {sums.attribution.base:.6g}. Length: {length}."


def _table(subject: Subject, finding: Finding[TermSums]) -> Table:
    return Table(
        header=("term", "count", "documents", "idf", "length", "contribution"),
        rows=tuple(
            (term.term, term.count, term.document_frequency, term.idf, term.length, term.contribution)
            for term in finding.result.terms
        ),
    )


ANALYSIS = Analysis(
    id="terms",
    key="attribution",
    title="Query terms",
    summary="For a score that is a sum over the query's terms, such as BM25's: its exact parts.",
    section=ATTRIBUTION,
    needs=frozenset({Capability.TERMS}),
    run=_run,
    record=_record,
    words=_words,
    table=_table,
)
