"""Word similarity of a bi-encoder: what one vector for a whole document keeps and loses."""

from __future__ import annotations

from typing import Any

from reranklab.explain.analysis import Analysis, Finding, Parameters, Table
from reranklab.explain.sections import ATTENTION
from reranklab.explain.similarity import TokenSimilarity, token_similarity
from reranklab.explain.subject import Subject
from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.family import Capability, Ranker
from reranklab.types import Ranking


def _run(
    subject: Subject,
    ranker: Ranker,
    ranking: Ranking,
    parameters: Parameters,
    *,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> TokenSimilarity:
    return token_similarity(ranker, subject.query, subject.document, cancel=cancel, progress=progress)


def _record(found: TokenSimilarity) -> dict[str, Any]:
    """`cosines` is rows of query words by columns of document words; `contributions` run along the document's words."""
    return {
        "query_words": [word.label for word in found.query],
        "document_words": [word.label for word in found.document],
        "cosines": found.cosines.tolist(),
        "cosine": found.cosine,
        "best_match": found.best,
        "contributions": None if found.contributions is None else list(found.contributions),
        "special_tokens": found.frame,
    }


def _words(subject: Subject, finding: Finding[TokenSimilarity]) -> tuple[str, ...]:
    return (cosines_in_words(finding.result), contributions_in_words(finding.result))


def cosines_in_words(found: TokenSimilarity) -> str:
    return (
        f"The two vectors have a cosine of {found.cosine:.3f}, the ranker's score. Word by word, the best match of each query "
        f"word has {found.best:.3f} on average: what one vector for the whole document cannot see."
    )


def contributions_in_words(found: TokenSimilarity) -> str:
    if found.contributions is None or found.frame is None:
        return "This model does not take the mean of its tokens, so its cosine is no sum over words."
    words = sum(found.contributions)
    return f"The cosine is a sum over the document: its words add {words:+.3f}, special tokens {found.frame:+.3f}."


def _table(subject: Subject, finding: Finding[TokenSimilarity]) -> Table:
    """For each query word its best match."""
    found = finding.result
    best = found.cosines.argmax(axis=1)
    return Table(
        header=("query word", "best match", "cosine"),
        rows=tuple(
            (word.label, found.document[int(column)].label, float(found.cosines[row, column]))
            for row, (word, column) in enumerate(zip(found.query, best, strict=True))
        ),
    )


ANALYSIS = Analysis(
    id="word-similarity",
    title="Word similarity",
    summary="A bi-encoder reads query and document apart: how similar its vectors of their words are, pair by pair.",
    section=ATTENTION,
    needs=frozenset({Capability.WORD_VECTORS}),
    run=_run,
    record=_record,
    words=_words,
    table=_table,
)
