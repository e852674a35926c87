"""Token matches: late interaction's sum over the query's tokens, each with the document token that it matched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from reranklab.explain.analysis import Analysis, Finding, Parameters, Table
from reranklab.explain.sections import MATCHES
from reranklab.explain.subject import Subject
from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.explainable import MatchesTokens, TokenMatches
from reranklab.rankers.family import Capability, Ranker
from reranklab.rankers.traces import Token
from reranklab.types import Ranking


def _run(
    subject: Subject,
    ranker: Ranker,
    ranking: Ranking,
    parameters: Parameters,
    *,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> TokenMatches:
    return cast(MatchesTokens, ranker).token_matches(subject.query, subject.document, cancel=cancel, progress=progress)


def token_label(token: Token, text: str) -> str:
    """The token as it stands in the text; the tokenizer's name of one that stands in none."""
    return token.span.of(text).strip() or token.piece


def share(contribution: float, score: float) -> float | None:
    """Of the score; None where that is 0."""
    return contribution / score if score else None


def received(matches: TokenMatches) -> list[float]:
    """What each document token adds to the score, over all query tokens that it answers."""
    added = [0.0] * len(matches.document_tokens)
    for index, contribution in zip(matches.matched, matches.contributions, strict=False):
        added[index] += contribution
    return added


def _record(matches: TokenMatches) -> dict[str, Any]:
    """`query_tokens` each with the position of its match in `document_tokens`, and its contribution, which add up to `score`;
    `cosines` is query tokens by document tokens. Spans are null for tokens that stand in no text."""
    matched = matches.matched or [None] * len(matches.query_tokens)
    return {
        "score": matches.score,
        "query": matches.query,
        "text": matches.text,
        "query_tokens": [
            {
                **_token(token, matches.query),
                "match": index,
                "cosine": None if index is None else float(matches.cosines[row, index]),
                "contribution": contribution,
                "share": share(contribution, matches.score),
            }
            for row, (token, index, contribution) in enumerate(
                zip(matches.query_tokens, matched, matches.contributions, strict=True)
            )
        ],
        "document_tokens": [_token(token, matches.text) for token in matches.document_tokens],
        "cosines": matches.cosines.tolist(),
    }


def _token(token: Token, text: str) -> dict[str, Any]:
    stands = token.part == "document"
    return {"token": token_label(token, text), "span": [token.span.start, token.span.end] if stands else None}


def _words(subject: Subject, finding: Finding[TokenMatches]) -> tuple[str, ...]:
    return matches_in_words(subject, finding)


def matches_in_words(subject: Subject, finding: Finding[TokenMatches]) -> tuple[str, ...]:
    """That the parts add up, and what is not of the texts' own words."""
    matches = finding.result
    ranking = subject.ranking(finding.ranker)
    score = subject.item(ranking).score
    lines = [
        f"The matches of {len(matches.query_tokens):,} query tokens add up to {matches.score:.6g}, the score is {score:.6g} "
        f"({matches.scale.name})."
    ]
    if ranking.provenance.parameters.get("trained_for_it") is False:
        lines.append(
            f"{ranking.provenance.model} was not trained for late interaction: its token vectors are taken as they are."
        )
    if not matches.matched and matches.query_tokens:
        lines.append("No token of the document counts: each query token gets -1, the lowest cosine there is.")
    frame = _of_frame(matches.query_tokens, matches.contributions)
    if frame:
        count, added = frame
        lines.append(
            f"{count:,} of the query's tokens stand in no text (special tokens, markers, tokens that the checkpoint appends): "
            f"they add {added:.6g}."
        )
    return tuple(lines)


def _of_frame(tokens: Sequence[Token], contributions: Sequence[float]) -> tuple[int, float] | None:
    added = [value for token, value in zip(tokens, contributions, strict=True) if token.part == "frame"]
    return (len(added), sum(added)) if added else None


def _table(subject: Subject, finding: Finding[TokenMatches]) -> Table:
    matches = finding.result
    names = [token_label(token, matches.text) for token in matches.document_tokens]
    matched = matches.matched or [None] * len(matches.query_tokens)
    return Table(
        header=("query token", "match", "cosine", "contribution", "share"),
        rows=tuple(
            (
                token_label(token, matches.query),
                None if index is None else names[index],
                None if index is None else float(matches.cosines[row, index]),
                contribution,
                share(contribution, matches.score),
            )
            for row, (token, index, contribution) in enumerate(
                zip(matches.query_tokens, matched, matches.contributions, strict=True)
            )
        ),
    )


ANALYSIS = Analysis(
    id="token-matches",
    title="Token matches",
    summary="For late interaction: the document token that each query token matched, and its exact share of the score.",
    section=MATCHES,
    needs=frozenset({Capability.TOKEN_MATCHES}),
    run=_run,
    record=_record,
    words=_words,
    table=_table,
)
