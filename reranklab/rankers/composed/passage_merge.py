"""From a ranking of passages to one of the documents that they are of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from reranklab.data.spans import Span
from reranklab.rankers.base import rank_by_score
from reranklab.types import RANK_ONLY, Document, RankedDocument, Ranking


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A range of characters of the content of document number `owner`, from 0."""

    owner: int
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ranked:
    """A passage's range, and its place among all passages."""

    span: Span
    item: RankedDocument


def merge_passages(
    documents: Sequence[Document], passages: Sequence[Passage], inner: Ranking, *, best: int, ranker: str
) -> tuple[RankedDocument, ...]:
    """The documents by the mean of their `best` best passages, fewer where a document has fewer.

    `inner` ranks `passages`, of which each document has one at least. Where that has ranks and no scores, documents get the
    mean of 1 / rank as their order and 1 / rank as their score. The passage that decided is a document's best.
    """
    found: list[list[_Ranked]] = [[] for _ in documents]
    for item in inner.items:  # best first
        passage = passages[item.candidate]
        found[passage.owner].append(_Ranked(span=passage.span, item=item))
    ranked = rank_by_score(
        documents,
        [_mean([each.item.score for each in pieces[:best]]) for pieces in found],
        used=[sum(each.item.tokens_used for each in pieces) for pieces in found],
        total=[sum(each.item.tokens_total for each in pieces) for pieces in found],
        ranker=ranker,
    )
    items = tuple(_with_passage(item, found[item.candidate]) for item in ranked)
    return tuple(replace(item, score=1 / item.rank) for item in items) if inner.scale == RANK_ONLY else items


def matched_documents(passages: Sequence[Passage], inner: Ranking) -> int | None:
    """How many documents have a passage that holds anything of the query: such passages stand above the others."""
    if inner.matched is None:
        return None
    return len({passages[item.candidate].owner for item in inner.items[: inner.matched]})


def passage_warnings(inner: Ranking) -> tuple[str, ...]:
    """What the ranker inside says, to whom each passage is a document, and how many passages are still too long for it."""
    said = tuple(f"Of the passages, each a document to {inner.ranker}: {warning}" for warning in inner.warnings)
    cut = sum(item.truncated for item in inner.items)
    if not cut:
        return said
    what = "1 passage is" if cut == 1 else f"{cut:,} passages are"
    return (*said, f"{what} longer than {inner.ranker} reads, and cut. Take shorter ones (words).")


def _with_passage(item: RankedDocument, pieces: Sequence[_Ranked]) -> RankedDocument:
    """With the passage that decided, and the unknown share of the whole: passages weigh by their length."""
    decided = pieces[0].span
    lengths = [each.span.end - each.span.start for each in pieces]
    unknown = sum(each.item.unknown_share * length for each, length in zip(pieces, lengths, strict=True))
    return replace(item, passage=(decided.start, decided.end), unknown_share=unknown / max(sum(lengths), 1))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
