"""Who judges, where the grades go, and the blind comparison at hand."""

from __future__ import annotations

from dataclasses import dataclass

from reranklab.data.preferences import Preference


@dataclass(slots=True, kw_only=True)
class JudgeState:
    """`name` is the judge's, empty until it is given."""

    name: str = ""
    collection: str = "my-judgements"


@dataclass(slots=True, kw_only=True)
class BlindState:
    """The comparison of the run `number`: `order` has the rankers as `seed` put them. `document` is the marked one, and
    `answer` what was preferred, which ends the secret."""

    number: int = -1
    seed: int = 0
    order: tuple[str, ...] = ()
    document: str = ""
    answer: Preference | None = None
