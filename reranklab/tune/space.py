"""The configurations of a search: rankers in other precisions and tiers, on passages, at several depths behind faster ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from reranklab.rankers.catalogue import find_family
from reranklab.rankers.family import Capability, RankerSpec
from reranklab.rankers.reference import BATCH_TOKENS

KEEPS = (5, 10, 20, 30, 50, 75, 100, 150, 200, 300, 500)
"""How many documents the second ranker of a cascade may read."""
WORDS = (128, 256)
"""How long passages may be."""
TIER = "tier"
"""The option whose choices trade quality for time, where a family has one."""

_PRECISION = "precision"
"""The option that goes with no tier."""
_BUDGETED, _OWN_BUDGET = "budgeted", "budget_ms"
_PART = 0.8
"""Of the budget: reading and sorting take time too."""
_CASCADE, _PASSAGES = "cascade", "chunked"


def is_cascade(spec: RankerSpec) -> bool:
    return spec.family.id == _CASCADE


def variants(spec: RankerSpec, *, device: str, budget: float) -> tuple[RankerSpec, ...]:
    """The ranker itself, then its tiers, or where its family has none its other precisions on the device.

    A tier that keeps to a time of its own gets a part of the `budget` in ms; one that computes what another does is left out.
    Raises InputError for an unusable model.
    """
    if not spec.family.has_option(TIER):
        others = spec.family.settings(spec, device)
        return distinct([spec, *(other for other in others if not _differs_in_batches_alone(spec, other))])
    bare = replace(spec, options={name: value for name, value in spec.options.items() if name not in (_PRECISION, _OWN_BUDGET)})
    tiers = []
    for choice in spec.family.option(TIER).choices:
        tier = bare.with_options(**{TIER: choice})
        if choice == _BUDGETED and spec.family.has_option(_OWN_BUDGET):
            tier = tier.with_options(**{_OWN_BUDGET: str(max(1, round(_PART * budget)))})
        if spec.family.plainest(tier, device).id == tier.id:
            tiers.append(tier)
    return distinct([spec, *tiers])


def on_passages(spec: RankerSpec) -> tuple[RankerSpec, ...]:
    """The ranker on passages of several lengths, where it can be: each passage gets a score of its own."""
    if spec.can(Capability.PASSAGES) or not spec.can(Capability.POINTWISE):
        return ()
    return tuple(RankerSpec(family=find_family(_PASSAGES), options={"words": str(words)}, stages=(spec,)) for words in WORDS)


def cascades(
    firsts: Sequence[RankerSpec],
    seconds: Sequence[RankerSpec],
    *,
    depth: int,
    is_faster: Callable[[RankerSpec, RankerSpec], bool],
) -> tuple[RankerSpec, ...]:
    """Each second ranker behind each faster first one, at each depth below that of the candidates."""
    return distinct(
        RankerSpec(family=find_family(_CASCADE), options={"keep": str(keep)}, stages=(first, second))
        for second in seconds
        for first in firsts
        if first.id != second.id and is_faster(first, second)
        for keep in KEEPS
        if keep < depth
    )


def distinct(specs: Iterable[RankerSpec]) -> tuple[RankerSpec, ...]:
    """Each ranker once, in the order given."""
    return tuple({spec.id: spec for spec in specs}.values())


def _differs_in_batches_alone(spec: RankerSpec, other: RankerSpec) -> bool:
    """Which changes no score beyond its last digits."""
    name = BATCH_TOKENS.name
    return spec.family.has_option(name) and other.with_options(**{name: spec.option(name)}).id == spec.id
