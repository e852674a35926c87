"""A behaviour probe: a query, a document and an edited version of it, and where the edited one belongs.

After Ribeiro et al., "Beyond accuracy: behavioral testing of NLP models with CheckList", ACL 2020: a test states what should
happen, so that a failure is a failure of the model and needs no judgement.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from reranklab.errors import InputError
from reranklab.types import Document, Query

Expected = Literal["lower", "higher", "same", "not-higher"]
EXPECTED: tuple[Expected, ...] = get_args(Expected)
TOLERANCE = 0.1
"""The largest difference of two scores that counts as none, as a share of the original's distance to an unrelated document."""

EXPECTED_WORDS: dict[Expected, str] = {
    "lower": "the edited one below the original",
    "higher": "the edited one above the original",
    "same": f"both alike, within {TOLERANCE:.0%} of the distance to an unrelated document",
    "not-higher": "the edited one not above the original",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BehaviourProbe:
    """One minimal pair. `capability` groups probes; `edit` says how `edited` was made; `source` is where the probe is from.

    `unrelated` is a document that does not answer the query, by which "same" is measured: None where the source has none.
    """

    id: str
    capability: str
    query: Query
    original: Document
    edited: Document
    expected: Expected
    edit: str = ""
    note: str = ""
    source: str = ""
    unrelated: Document | None = None

    def __post_init__(self) -> None:
        if not self.id.strip() or not self.capability.strip():
            raise InputError("A probe needs an id and a capability. Give it both.")
        if self.expected not in EXPECTED:
            raise InputError(f"A probe cannot expect {self.expected!r}. Choose one of: {', '.join(EXPECTED)}.")
        if self.original.content == self.edited.content:
            raise InputError(f"The two documents of probe {self.id!r} are the same text. Change one of them.")
