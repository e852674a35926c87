"""Everything that both rankers answered, on which the checks judge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reranklab.evaluate.conformance.asking import Answer
from reranklab.evaluate.conformance.scales import Scale, find_scale
from reranklab.evaluate.conformance.texts import Pair
from reranklab.evaluate.conformance.verdict import Evidence
from reranklab.types import ScoreScale


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Pairs with what both answered, one after the other."""

    pairs: tuple[Pair, ...]
    served: tuple[Answer, ...]
    reference: tuple[Answer, ...]

    @property
    def scale(self) -> Scale:
        """See find_scale."""
        answers = zip(self.served, self.reference, strict=True)
        pairs = [(one.scores[0], other.scores[0]) for one, other in answers if one.scores and other.scores]
        return find_scale([one for one, _ in pairs], [other for _, other in pairs])

    def evidence(self, scale: Scale) -> list[Evidence]:
        return [
            _evidence(pair, served, reference, scale=scale)
            for pair, served, reference in zip(self.pairs, self.served, self.reference, strict=True)
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lists:
    """One query's documents by the served ranker: each alone, all in one call, the same in reverse order, and in two halves.
    All answers run along `documents`."""

    query: str
    documents: tuple[str, ...]
    alone: tuple[Answer, ...]
    whole: Answer
    turned: Answer
    halves: Answer
    twice: tuple[int, int]
    """Places of the document that stands twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """`said` and `own` are the scales that the served ranker and the reference say their scores have. `plain`, `long`, `script`
    and `special` pairs alone, the lists, and a list that holds an empty document in its middle."""

    said: ScoreScale
    own: ScoreScale
    plain: Compared
    long: Compared
    script: Compared
    special: Compared
    lists: Lists
    lists_reference: tuple[Answer, ...]
    empty: Answer

    @property
    def scale(self) -> Scale:
        return self.plain.scale

    @property
    def spread(self) -> float:
        """Standard deviation of the reference's scores over the plain pairs."""
        return float(np.std([answer.scores[0] for answer in self.plain.reference if answer.scores]))


def _evidence(pair: Pair, served: Answer, reference: Answer, *, scale: Scale) -> Evidence:
    score = served.scores[0] if served.scores else None
    return Evidence(
        what=pair.name,
        pair=pair,
        served=score,
        back=None if score is None else back(scale, [score])[0],
        reference=reference.scores[0] if reference.scores else None,
        refusal=served.refusal,
    )


def back(scale: Scale, scores: Sequence[float]) -> list[float | None]:
    """Served scores on the reference's scale, None where they do not tell."""
    found = scale.back(np.asarray(scores, dtype=np.float64))
    return [float(each) if np.isfinite(each) else None for each in found]
