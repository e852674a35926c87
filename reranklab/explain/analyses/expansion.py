"""Expansion: the terms that a learned sparse ranker found in common, and which of them stand in neither or one of the texts."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, cast

from reranklab.explain.analysis import Analysis, Finding, Parameters, Table
from reranklab.explain.sections import MATCHES
from reranklab.explain.subject import Subject
from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.explainable import ExpandsTerms, TermMatch, TermMatches
from reranklab.rankers.family import Capability, Ranker
from reranklab.types import Ranking

STANDING = ("in both texts", "added to the query", "added to the document", "added to both")
_MISSING = 5


def standing(match: TermMatch) -> str:
    """Which of STANDING a term is: where it stands, or else what the model added it to."""
    return STANDING[(not match.in_query) + 2 * (not match.in_document)]


def _run(
    subject: Subject,
    ranker: Ranker,
    ranking: Ranking,
    parameters: Parameters,
    *,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> TermMatches:
    return cast(ExpandsTerms, ranker).term_matches(subject.query, subject.document, cancel=cancel, progress=progress)


def _record(matches: TermMatches) -> dict[str, Any]:
    """`terms` that both texts have, each with its weights, where it stands, and its contribution, which add up to `score`;
    `missing` are the query's other terms. Spans count in `text`."""
    return {
        "score": matches.score,
        "query": matches.query,
        "text": matches.text,
        "terms": [
            {
                **asdict(match),
                "spans": [[span.start, span.end] for span in match.spans],
                "standing": standing(match),
                "share": match.contribution / matches.score if matches.score else None,
            }
            for match in matches.matches
        ],
        "missing": [{"term": term, "query_weight": weight} for term, weight in matches.missing],
        "query_terms": matches.query_terms,
        "document_terms": matches.document_terms,
    }


def _words(subject: Subject, finding: Finding[TermMatches]) -> tuple[str, ...]:
    return expansion_in_words(subject, finding)


def expansion_in_words(subject: Subject, finding: Finding[TermMatches]) -> tuple[str, ...]:
    """That the parts add up, how much comes from words that stand there, and what the query asks for in vain."""
    matches = finding.result
    score = subject.item(subject.ranking(finding.ranker)).score
    own = sum(match.contribution for match in matches.matches if match.in_query and match.in_document)
    lines = [
        f"{len(matches.matches):,} shared terms add up to {matches.score:.6g}, the score is {score:.6g}. The query has "
        f"{matches.query_terms:,} terms with a weight, the document {matches.document_terms:,}."
    ]
    if matches.score:
        lines.append(
            f"Terms that stand in both texts add {own:.6g} ({own / matches.score:.0%}); the rest was added by the model to one "
            "of the texts or to both."
        )
    if matches.missing:
        shown = ", ".join(f"{term} ({weight:.2f})" for term, weight in matches.missing[:_MISSING])
        more = f" and {len(matches.missing) - _MISSING:,} more" if len(matches.missing) > _MISSING else ""
        lines.append(f"Terms of the query that the document has no weight for: {shown}{more}.")
    return tuple(lines)


def _table(subject: Subject, finding: Finding[TermMatches]) -> Table:
    return Table(
        header=("term", "stands", "query weight", "document weight", "contribution"),
        rows=tuple(
            (match.term, standing(match), match.query_weight, match.document_weight, match.contribution)
            for match in finding.result.matches
        ),
    )


ANALYSIS = Analysis(
    id="expansion",
    title="Terms and expansions",
    summary="For learned sparse rankers: the terms that both texts have, with those that the model added to them.",
    section=MATCHES,
    needs=frozenset({Capability.EXPANSION}),
    run=_run,
    record=_record,
    words=_words,
    table=_table,
)
