"""What is computed for a whole list rather than for one document, and what that costs."""

from __future__ import annotations

from dataclasses import replace

from reranklab.rankers.family import Capability, RankerSpec
from reranklab.types import Ranking
from reranklab.ui.explain.cost import duration
from reranklab.ui.explain.subject import Subject

_QUICK_MS = 30_000.0
_QUICK_DOCUMENTS = 100


def list_key(subject: Subject, *parts: object) -> str:
    """A key for what was computed about the run, whichever of its documents is chosen."""
    return replace(subject, document=subject.documents[0]).key("list", *parts)


def is_quick(spec: RankerSpec, ranking: Ranking) -> bool:
    """Whether ranking the list once more is fast enough not to ask: BM25 and pointwise rankers on lists of usual length."""
    if spec.can(Capability.CHEAP):
        return True
    few = len(ranking.items) <= _QUICK_DOCUMENTS
    return spec.can(Capability.POINTWISE) and few and ranking.timing.p50() <= _QUICK_MS


def cost_of(spec: RankerSpec, ranking: Ranking, lists: float, *, what: str = "") -> str:
    """What ranking costs that amounts to `lists` of the run's own lists, in words. `what` names it; else it is that number."""
    amount = what or f"{lists:g} {'list' if lists == 1 else 'lists'} of {len(ranking.items):,} documents"
    about = f"{amount}, about {duration(lists * ranking.timing.p50())}"
    return f"{about}. The endpoint may charge for each call." if spec.can(Capability.HOSTED) else f"{about}."
