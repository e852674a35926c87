"""Where each ranker put a document, what each saw of it, and by what margin it stands where it does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reranklab.errors import InputError
from reranklab.rankers.unknown import unknown_in_words
from reranklab.types import RANK_ONLY, RankedDocument, Ranking, ScoreScale, Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class PathStage:
    """One ranker's view of the document.

    `rank` counts from 1 among `candidates`, and `candidate` is the position in the ranker's input, from 0. `tokens_cut` of
    `tokens_total` did not reach the model, and `unknown_share` (0 to 1) of the text is unknown to its tokenizer. `above` and
    `below` are the ids of its neighbours; the margins are the score differences to them, 0 or more. A neighbour is None at an
    end of the list, a margin also where the ranker gives no scores. `passage` is the half-open range of characters of the
    content that decided, where passages were ranked. `lost_at` is the ranker inside that did not pass the document on, so that
    those after it never read it; None where none did that.
    """

    ranker: str
    rank: int
    candidates: int
    candidate: int
    score: float
    scale: ScoreScale
    tokens_used: int
    tokens_total: int
    above: str | None
    below: str | None
    margin_above: float | None
    margin_below: float | None
    passage: tuple[int, int] | None = None
    unknown_share: float = 0.0
    lost_at: str | None = None

    @property
    def tokens_cut(self) -> int:
        return self.tokens_total - self.tokens_used

    @property
    def tokens_in_words(self) -> str:
        """How many tokens were read, and what of the text the tokenizer does not know."""
        read = f"{self.tokens_used:,} of {self.tokens_total:,}"
        return ", ".join(filter(None, [read, unknown_in_words(self.unknown_share)]))


@dataclass(frozen=True, slots=True, kw_only=True)
class RankPath:
    """`stages` are in the order of the rankings. `pool` is the number of documents that the candidates were drawn from, None
    where they are all there is."""

    document_id: str
    pool: int | None
    stages: tuple[PathStage, ...]


def rank_path(rankings: Sequence[Ranking], document_id: str, *, pool: int | None = None) -> RankPath:
    """Raises InputError for no rankings, and where one of them lacks the document: it was not in the candidate pool."""
    if not rankings:
        raise InputError("There are no rankings to follow the document through. Run at least one ranker.")
    stages = tuple(_stage(ranking, document_id, pool=pool) for ranking in rankings)
    return RankPath(document_id=document_id, pool=pool, stages=stages)


def _stage(ranking: Ranking, document_id: str, *, pool: int | None) -> PathStage:
    items = ranking.items
    position = next((position for position, item in enumerate(items) if item.id == document_id), None)
    if position is None:
        drawn = f" drawn from {pool:,}" if pool is not None else ""
        raise InputError(
            f"Document {document_id!r} is not among the {len(items):,} candidates{drawn} that {ranking.ranker} ranked: "
            "no ranker saw it. Choose a candidate, or add it to the list."
        )
    item = items[position]
    above = items[position - 1] if position else None
    below = items[position + 1] if position + 1 < len(items) else None
    return PathStage(
        ranker=ranking.ranker,
        rank=item.rank,
        candidates=len(items),
        candidate=item.candidate,
        score=item.score,
        scale=ranking.scale,
        tokens_used=item.tokens_used,
        tokens_total=item.tokens_total,
        above=above.id if above else None,
        below=below.id if below else None,
        margin_above=_margin(above, item, ranking.scale),
        margin_below=_margin(item, below, ranking.scale),
        passage=item.passage,
        unknown_share=item.unknown_share,
        lost_at=_lost_at(ranking, item.rank),
    )


def _lost_at(holder: Ranking | Stage, rank: int) -> str | None:
    """The first stage of a cascade, which passes `kept` documents on, for one that ended below them."""
    kept = holder.details.get("kept")
    if not isinstance(kept, int) or not holder.stages:
        return None
    first, *rest = holder.stages
    if rank > kept:
        return first.ranker
    return _lost_at(rest[-1], rank) if rest else None


def _margin(upper: RankedDocument | None, lower: RankedDocument | None, scale: ScoreScale) -> float | None:
    if upper is None or lower is None or scale == RANK_ONLY:
        return None
    return upper.score - lower.score
