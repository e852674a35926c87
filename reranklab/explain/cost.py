"""What an analysis will take, estimated from the run's own times."""

from __future__ import annotations

from dataclasses import dataclass

from reranklab.explain.rescoring import position_of
from reranklab.explain.subject import Subject
from reranklab.rankers.family import Capability, RankerSpec
from reranklab.types import Ranking

TOKENS_AT_ONCE = 50_000
"""Tokens that a model may read for an analysis without being asked: one to three seconds on a small machine."""
_MS_AT_ONCE = 60_000.0
_DOCUMENTS_AT_ONCE = 50_000
_QUICK_MS = 30_000.0
_QUICK_DOCUMENTS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """`amount` says what is computed, such as "12 changed documents to score"; empty where next to nothing is.

    `at_once` says that it is little enough to start without being asked. `charged` marks calls of an endpoint.
    """

    amount: str
    milliseconds: float
    at_once: bool
    charged: bool = False

    @property
    def words(self) -> str:
        if not self.amount:
            return ""
        about = f"{self.amount}, about {duration(self.milliseconds)}."
        return f"{about} The endpoint may charge for each call." if self.charged else about


FREE = Cost(amount="", milliseconds=0.0, at_once=True)


def rescoring_cost(subject: Subject, ranking: Ranking, variants: dict[str, int], *, shown: int | None = None) -> Cost:
    """Of scoring changed documents: `variants` is how many of each document id, `shown` the number to name instead."""
    spec = subject.spec(ranking.ranker)
    total = sum(variants.values()) if shown is None else shown
    if spec.can(Capability.POINTWISE):
        amount = f"{total:,} changed {'document' if total == 1 else 'documents'} to score"
    else:
        amount = f"{total:,} lists of {len(subject.documents):,} to rank"
    return Cost(
        amount=amount,
        milliseconds=sum(rescoring_time(subject, ranking, count, document_id=each) for each, count in variants.items()),
        at_once=all(_runs_at_once(subject, ranking, count, each) for each, count in variants.items()),
        charged=spec.can(Capability.HOSTED),
    )


def list_cost(subject: Subject, ranking: Ranking, lists: float, *, what: str = "", at_once: bool = False) -> Cost:
    """Of ranking that amounts to `lists` of the run's own lists. `what` names it; else it is that number."""
    amount = what or f"{lists:g} {'list' if lists == 1 else 'lists'} of {len(ranking.items):,} documents"
    charged = subject.spec(ranking.ranker).can(Capability.HOSTED)
    return Cost(amount=amount, milliseconds=lists * ranking.timing.p50(), at_once=at_once, charged=charged)


def passes_cost(subject: Subject, ranking: Ranking, passes: int, *, what: str) -> Cost:
    """Of so many forward passes over the subject's document, a backward pass counted as two. `what` names them."""
    return Cost(
        amount=what,
        milliseconds=rescoring_time(subject, ranking, passes, document_id=subject.document.id),
        at_once=_runs_at_once(subject, ranking, passes, subject.document.id),
    )


def rescoring_time(subject: Subject, ranking: Ranking, variants: int, *, document_id: str) -> float:
    """Milliseconds to score `variants` of one document; for a ranker that is not pointwise, as many whole lists."""
    if not subject.spec(ranking.ranker).can(Capability.POINTWISE):
        return variants * ranking.timing.p50()
    tokens = ranking.timing.tokens + _query_tokens(subject) * ranking.timing.documents
    return ranking.timing.p50() * _tokens(subject, ranking, variants, document_id) / max(tokens, 1)


def is_quick(spec: RankerSpec, ranking: Ranking) -> bool:
    """Whether ranking the list once more is fast enough not to ask: cheap and pointwise rankers on lists of usual length. What
    is computed elsewhere may cost money, so it is always asked for."""
    if spec.can(Capability.CHEAP):
        return True
    if spec.can(Capability.HOSTED):
        return False
    few = len(ranking.items) <= _QUICK_DOCUMENTS
    return spec.can(Capability.POINTWISE) and few and ranking.timing.p50() <= _QUICK_MS


def duration(milliseconds: float) -> str:
    seconds = milliseconds / 1000
    if seconds < 90:
        return f"{max(round(seconds), 1)} s"
    return f"{round(seconds / 60)} min"


def _runs_at_once(subject: Subject, ranking: Ranking, variants: int, document_id: str) -> bool:
    """Whether so many variants of one document are few enough, by their tokens and by the time that the run took for its own.
    Never for a ranker that compares documents, or a service that may charge."""
    spec = subject.spec(ranking.ranker)
    if spec.can(Capability.CHEAP):
        return variants * len(subject.documents) <= _DOCUMENTS_AT_ONCE
    if not spec.can(Capability.POINTWISE) or spec.can(Capability.HOSTED):
        return False
    quick = rescoring_time(subject, ranking, variants, document_id=document_id) <= _MS_AT_ONCE
    return quick and _tokens(subject, ranking, variants, document_id) <= TOKENS_AT_ONCE


def _tokens(subject: Subject, ranking: Ranking, variants: int, document_id: str) -> int:
    candidate = position_of(subject.documents, document_id)
    item = next(item for item in ranking.items if item.candidate == candidate)
    return variants * (item.tokens_used + _query_tokens(subject))


def _query_tokens(subject: Subject) -> int:
    return len(subject.query.text.split()) + 3
