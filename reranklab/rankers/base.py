"""What every ranker shares: the checks of its input, and scores to ranks."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from reranklab.data.blank import is_blank
from reranklab.errors import InputError, ModelError, ScoreError, TooManyDocumentsError
from reranklab.rankers.family import Capabilities, RankerSpec
from reranklab.types import Document, Query, RankedDocument, Ranking

MAX_CANDIDATES = 1000


class SpecRanker:
    """A ranker that is called as its spec is, and can do what its spec says."""

    spec: RankerSpec

    @property
    def id(self) -> str:
        return self.spec.id

    @property
    def capabilities(self) -> Capabilities:
        return self.spec.capabilities


def check_input(query: Query, documents: Sequence[Document]) -> None:
    """Raise InputError unless the query and the candidates can be ranked by any ranker."""
    if is_blank(query.text):
        raise InputError("The query is empty. Type at least one word.")
    if not documents:
        raise InputError("There are no documents to rank. Add at least one.")
    if len(documents) > MAX_CANDIDATES:
        raise TooManyDocumentsError(
            f"{len(documents):,} documents are more than the limit of {MAX_CANDIDATES:,} candidates. "
            "Rank a smaller list, for example the top of a first-stage search."
        )
    if all(is_blank(document.content) for document in documents):
        raise InputError(f"All {len(documents)} documents are blank. Add at least one with text.")
    seen: set[str] = set()
    for document in documents:
        if document.id in seen:
            raise InputError(f"Two documents have the id {document.id!r}. Give each document its own id.")
        seen.add(document.id)
    for what, text in [("The query", query.text), *((f"Document {d.id!r}", d.content) for d in documents)]:
        if not text.isascii() and any(0xD800 <= ord(character) <= 0xDFFF for character in text):
            raise InputError(
                f"{what} holds half of a surrogate pair, which is not text. Clean it with reranklab.data.clean_text."
            )


def check_ranking(ranking: Ranking, documents: Sequence[Document], *, ranker: str) -> None:
    """Raise ModelError unless the ranking holds each document once, in rank order and with a finite score.

    Rankers of other packages are not bound to `rank_by_score`, and what is not whole would fail wherever it is shown.
    """
    found = [(item.candidate, item.id) for item in ranking.items]
    if sorted(found) != [(position, document.id) for position, document in enumerate(documents)]:
        raise ModelError(
            f"{ranker} gave a ranking of {len(found):,} places for {len(documents):,} documents, and not each document once. "
            "Tell whoever wrote it."
        )
    if [item.rank for item in ranking.items] != list(range(1, len(documents) + 1)):
        raise ModelError(f"{ranker} gave a ranking that is not in the order of its ranks. Tell whoever wrote it.")
    for item in ranking.items:
        if not math.isfinite(item.score):
            raise ScoreError(f"{ranker} gave document {item.id!r} the score {item.score}. Tell whoever wrote it.")


def rank_by_score(
    documents: Sequence[Document],
    scores: Sequence[float],
    *,
    used: Sequence[int],
    total: Sequence[int],
    ranker: str,
    why: Callable[[], str] = lambda: "Rank without this document.",
) -> tuple[RankedDocument, ...]:
    """Highest score first, ties in input order.

    `scores`, `used` and `total` (tokens) run along `documents`. Raises ScoreError where a score is NaN or infinite; `why` is
    asked then for the sentence on its cause and remedy.
    """
    for document, score in zip(documents, scores, strict=True):
        if not math.isfinite(score):
            raise ScoreError(f"{ranker} gave document {document.id!r} the score {score}. {why()}")
    order = sorted(range(len(documents)), key=lambda position: -scores[position])
    return tuple(
        RankedDocument(
            id=documents[position].id,
            rank=rank,
            score=float(scores[position]),
            candidate=position,
            tokens_used=used[position],
            tokens_total=total[position],
        )
        for rank, position in enumerate(order, start=1)
    )
