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


def _record(similarity: TokenSimilarity) -> dict[str, Any]:
    """`cosines` is rows of query words by columns of document words; `contributions` run along the document's words."""
    return {
        "query_words": [word.label for word in similarity.query],
        "document_words": [word.label for word in similarity.document],
        "cosines": similarity.cosines.tolist(),
        "cosine": similarity.cosine,
        "best_match": similarity.best,
        "contributions": None if similarity.contributions is None else list(similarity.contributions),
        "special_tokens": similarity.frame,
    }


def _words(subject: Subject, finding: Finding[TokenSimilarity]) -> tuple[str, ...]:
    return (cosines_in_words(finding.result), contributions_in_words(finding.result))


def cosines_in_words(similarity: TokenSimilarity) -> str:
    return (
        f"The two vectors have a cosine of {similarity.cosine:.3f}, the ranker's score. Word by word, the best match of each "
        f"query word has {similarity.best:.3f} on average: what one vector for the whole document cannot see."
    )


def contributions_in_words(similarity: TokenSimilarity) -> str:
    if similarity.contributions is None or similarity.frame is None:
        return "This model does not take the mean of its tokens, so its cosine is no sum over words."
    words = sum(similarity.contributions)
    return f"The cosine is a sum over the document: its words add {words:+.3f}, special tokens {similarity.frame:+.3f}."


def _table(subject: Subject, finding: Finding[TokenSimilarity]) -> Table:
    """For each query word its best match."""
    similarity = finding.result
    best = similarity.cosines.argmax(axis=1)
    return Table(
        header=("query word", "best match", "cosine"),
        rows=tuple(
            (word.label, similarity.document[int(column)].label, float(similarity.cosines[row, column]))
            for row, (word, column) in enumerate(zip(similarity.query, best, strict=True))
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
