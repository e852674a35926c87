"""What scoring changed documents will take, estimated from the run's own times."""

from __future__ import annotations

from reranklab.data.segments import counted_ends
from reranklab.explain.rescoring import position_of
from reranklab.rankers.family import Capability
from reranklab.types import Ranking
from reranklab.ui.explain.subject import Subject

TOKENS_AT_ONCE = 50_000
"""Tokens that a model may read for an explanation without being asked: one to three seconds on a small machine."""
_DOCUMENTS_AT_ONCE = 50_000


def rescoring_time(subject: Subject, ranking: Ranking, variants: int, *, document_id: str = "") -> float:
    """Milliseconds to score `variants` of one document; for a ranker that is not pointwise, as many whole lists."""
    if not subject.spec(ranking.ranker).can(Capability.POINTWISE):
        return variants * ranking.timing.p50()
    tokens = ranking.timing.tokens + _query_tokens(subject) * ranking.timing.documents
    return ranking.timing.p50() * _tokens(subject, ranking, variants, document_id) / max(tokens, 1)


def runs_at_once(subject: Subject, ranking: Ranking, variants: int, *, document_id: str = "") -> bool:
    """Whether so many variants of one document are few enough to score without being asked. Never for a language model."""
    spec = subject.spec(ranking.ranker)
    if spec.can(Capability.CHEAP):
        return variants * len(subject.documents) <= _DOCUMENTS_AT_ONCE
    if not spec.can(Capability.POINTWISE):
        return False
    return _tokens(subject, ranking, variants, document_id) <= TOKENS_AT_ONCE


def in_words(subject: Subject, ranking: Ranking, variants: int, milliseconds: float) -> str:
    """The cost beside a button."""
    if subject.spec(ranking.ranker).can(Capability.POINTWISE):
        return f"{variants:,} changed documents to score, about {duration(milliseconds)}."
    return f"{variants:,} lists of {len(subject.documents):,} to rank, about {duration(milliseconds)}."


def duration(milliseconds: float) -> str:
    seconds = milliseconds / 1000
    if seconds < 90:
        return f"{max(round(seconds), 1)} s"
    return f"{round(seconds / 60)} min"


def ranker_name(subject: Subject, ranker: str) -> str:
    """The ranker's title, unlike that of any other ranker of the run."""
    return subject.titles[ranker]


def _tokens(subject: Subject, ranking: Ranking, variants: int, document_id: str) -> int:
    place = position_of(subject.documents, document_id or subject.document.id)
    item = next(item for item in ranking.items if item.candidate == place)
    return variants * (item.tokens_used + _query_tokens(subject))


def _query_tokens(subject: Subject) -> int:
    return len(counted_ends(subject.query.text)) + 3
