"""Subjects whose analyses can be worked out in the head."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reranklab.engine.request import RunSettings, listed
from reranklab.engine.run import compare
from reranklab.explain.subject import Subject, subject_of
from reranklab.rankers.family import Capability, Family, RankerSpec
from reranklab.types import LOGIT, Document, Query
from tests.explain.counting import CountingRanker

DOCUMENTS = (
    Document(id="mixed", text="Gold is here. Mud is there."),
    Document(id="rich", text="Gold and silver."),
    Document(id="poor", text="Mud and mud."),
)
"""Worth 3, 6 and -2: rich, mixed, poor."""

COUNTING = RankerSpec(
    family=Family(
        id="counting",
        title="Counting",
        summary="For tests.",
        colour="#000000",
        capabilities=lambda spec: frozenset({Capability.POINTWISE, Capability.ORDER_FREE, Capability.CHEAP}),
        build=lambda spec, context: CountingRanker(),
        scales=(LOGIT,),
    )
)


def make_subject(
    document: str = "mixed",
    *,
    other: str | None = None,
    documents: Sequence[Document] = DOCUMENTS,
    specs: Sequence[RankerSpec] = (COUNTING,),
    judgements: Mapping[str, int] | None = None,
    notes: tuple[str, ...] = (),
) -> Subject:
    """A run of the counting ranker, and one of its documents."""
    request = listed(Query(text="metal"), documents, judgements=judgements, notes=notes)
    return subject_of(compare(request, RunSettings(specs=tuple(specs))), document, other=other)
