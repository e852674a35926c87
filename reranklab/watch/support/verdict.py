"""What is said of one sentence of an answer, against one chunk and against several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum


class Verdict(StrEnum):
    """What the chunks say of a sentence."""

    SUPPORTED = "supported"
    """They say all of it."""
    CONTRADICTED = "contradicted"
    """They say something that cannot be true together with it."""
    ABSENT = "absent"
    """Neither. A sentence of which they say a part only is absent too."""
    UNTOLD = "untold"
    """The judge can tell nothing: its reason says why."""


_STRENGTH = (Verdict.SUPPORTED, Verdict.CONTRADICTED, Verdict.UNTOLD, Verdict.ABSENT)
"""A chunk that supports goes before one that contradicts: chunks may speak of other years, products or places."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A verdict and what decided it.

    `confidence` is the judge's own, 0 to 1, and no chance of being right: `agreement` measures that. None where the judge tells
    none. `chunk` is the position of the chunk that decided, from 0; None where no chunk speaks of the sentence. `reason` is a
    sentence for a person, "" where the verdict says all.
    """

    verdict: Verdict
    confidence: float | None = None
    chunk: int | None = None
    reason: str = ""


def over_chunks(judgements: Sequence[Judgement]) -> Judgement:
    """What several chunks say together, from what each says by itself, in the order of the chunks.

    Supported where one supports, else contradicted where one contradicts, else absent where the judge can tell something of
    every chunk. So no further chunk can make a supported sentence anything else, and their order does not matter for the
    verdict. Of the chunks with that verdict the most confident decides, of equal ones the first; a sentence is absent with the
    confidence of the chunk that is least sure of it. No chunk at all: absent.
    """
    if not judgements:
        return Judgement(verdict=Verdict.ABSENT, confidence=1.0, reason="There is no chunk.")
    verdict = min((each.verdict for each in judgements), key=_STRENGTH.index)
    rivals = [(position, each) for position, each in enumerate(judgements) if each.verdict is verdict]
    if verdict in (Verdict.ABSENT, Verdict.UNTOLD):
        _, found = min(rivals, key=lambda rival: _sure(rival[1]))
        return replace(found, chunk=None)
    position, found = max(rivals, key=lambda rival: _sure(rival[1]))
    return replace(found, chunk=position)


def _sure(judgement: Judgement) -> float:
    return judgement.confidence if judgement.confidence is not None else 0.0
