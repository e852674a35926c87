"""What was found of one thing, and the scores behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from reranklab.evaluate.conformance.texts import Pair

TITLES = {
    "scale": "Score scale",
    "template": "Template",
    "precision": "Precision",
    "truncation": "Truncation",
    "scripts": "Scripts",
    "special": "Control tokens",
    "indices": "Indices",
    "batch": "Batch dependence",
    "ties": "Ties",
    "empty": "Empty document",
}
"""What is checked, in the order of the report."""

State = Literal["pass", "fail", "note", "open"]
"""`note`: another way, and none that is wrong. `open`: not judged, because of what failed before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A pair with both scores: `served` as it came, `back` on the reference's scale (None where that does not tell, or nothing
    came), and `refusal` where it was refused. `what` names the pair, and how it was asked."""

    what: str
    pair: Pair
    served: float | None
    back: float | None
    reference: float | None
    refusal: str = ""

    @property
    def off(self) -> float:
        """How far from the reference, in its scale; infinite for a refusal, 0 where nothing can be told."""
        if self.refusal:
            return float("inf")
        return abs(self.back - self.reference) if self.back is not None and self.reference is not None else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`check` is a key of TITLES, `words` the finding in a sentence or two; the strongest evidence comes first."""

    check: str
    state: State
    words: str
    evidence: tuple[Evidence, ...] = ()

    @property
    def title(self) -> str:
        return TITLES[self.check]


def furthest(evidence: list[Evidence]) -> tuple[Evidence, ...]:
    return tuple(sorted(evidence, key=lambda each: -each.off))
