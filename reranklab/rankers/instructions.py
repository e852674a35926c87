"""What a ranker is told beside the query: set on every ranker of a spec that takes it, stages included."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from reranklab.errors import InputError
from reranklab.rankers.family import Capability, RankerSpec

INSTRUCTION = "instruction"
"""The option of every family that takes one."""

LONGEST = 300
"""Characters that the app and an address take. An option of a ranker may be longer: the model's window is its limit."""


def takes_instruction(spec: RankerSpec) -> bool:
    """Whether it, or a stage of it, takes an instruction."""
    return _has_option(spec) or any(map(takes_instruction, spec.stages))


def own_instruction(spec: RankerSpec) -> str:
    """The first instruction that is set in the spec or in a stage of it; "" where none is."""
    own = spec.option(INSTRUCTION) if _has_option(spec) else ""
    return own or next(filter(None, map(own_instruction, spec.stages)), "")


def unread_warning(spec: RankerSpec, who: str) -> tuple[str, ...]:
    """A warning for the ranking where an instruction is set on a ranker, or a model `who`, that takes none."""
    if not spec.option(INSTRUCTION) or _has_option(spec):
        return ()
    return (f"{who} takes no instruction, so the one that was set is not read.",)


def instructed(spec: RankerSpec, instruction: str) -> RankerSpec:
    """The same ranker told `instruction`; "" takes away what it was told. One that takes none is as it was."""
    stages = tuple(instructed(stage, instruction) for stage in spec.stages)
    told = replace(spec, stages=stages)
    if not _has_option(spec):
        return told
    others = {name: value for name, value in spec.options.items() if name != INSTRUCTION}
    return replace(told, options={**others, INSTRUCTION: instruction} if instruction else others)


def steered(specs: Iterable[RankerSpec], instructions: Sequence[str]) -> tuple[RankerSpec, ...]:
    """Each ranker once for every one of `instructions`, beside each other. A ranker that takes none, or has one of its own, is
    there once and as it is."""
    found: dict[str, RankerSpec] = {}
    for spec in specs:
        is_told = takes_instruction(spec) and not own_instruction(spec)
        for each in [instructed(spec, text) for text in instructions] if is_told and instructions else [spec]:
            found[each.id] = each
    return tuple(found.values())


def _has_option(spec: RankerSpec) -> bool:
    """A spec that cannot be built, such as one of a model that does not exist, takes none: building it says why."""
    try:
        return spec.family.has_option(INSTRUCTION) and spec.can(Capability.INSTRUCTION)
    except InputError:
        return False
