"""What rankers that run several others share: what the whole can do, its timing, and its provenance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from reranklab.rankers.cost_class import CostClass, costliest
from reranklab.rankers.estimate import Estimate, Workload, together
from reranklab.rankers.family import Capabilities, Capability, RankerSpec
from reranklab.types import STAGES, Provenance, RankedDocument, Ranking, Scalar, StageTimes, Timing

_WHERE_ALL = frozenset({Capability.ORDER_FREE, Capability.CHEAP})
_WHERE_ANY = frozenset({Capability.HOSTED, Capability.ENDPOINT, Capability.INSTRUCTION, Capability.TRUNCATES})


def composed_capabilities(spec: RankerSpec) -> Capabilities:
    """What holds of the whole because it holds of every stage, or of one. No score of it is a document's own."""
    stages = [stage.capabilities for stage in spec.stages]
    everywhere = frozenset.intersection(*stages)
    somewhere = frozenset.union(*stages)
    return (everywhere & _WHERE_ALL) | (somewhere & _WHERE_ANY)


def composed_cost(spec: RankerSpec) -> CostClass:
    """What the costliest stage costs."""
    return costliest(stage.cost for stage in spec.stages)


def describe_stages(spec: RankerSpec) -> str:
    """The stages with their models, in their order."""
    return ", ".join(f"{stage.family.title}: {stage.family.describe(stage)}" for stage in spec.stages)


def estimate_stages(spec: RankerSpec, load: Workload) -> Estimate | None:
    """Where each stage ranks the whole list."""
    return together(stage.estimate(load) for stage in spec.stages)


def exact_stages(spec: RankerSpec) -> RankerSpec:
    """With each stage reading one text at a time."""
    return replace(spec, stages=tuple(stage.family.exact(stage) for stage in spec.stages))


def other_stages(spec: RankerSpec, device: str) -> tuple[RankerSpec, ...]:
    """With the last stage in other precisions and batches."""
    *before, last = spec.stages
    return tuple(replace(spec, stages=(*before, other)) for other in last.family.settings(last, device))


def read_further(first: Ranking, second: Ranking | None, passed: Sequence[int]) -> tuple[RankedDocument, ...]:
    """The documents that a first ranking passed on in the order of the second, whose candidates are positions in `passed`, then
    the others in that of the first; all of them where there is no second. Scores are 1 / rank."""
    best = [] if second is None else [replace(item, candidate=passed[item.candidate]) for item in second.items]
    read = {item.candidate for item in best}
    rest = [item for item in first.items if item.candidate not in read]
    return tuple(replace(item, rank=rank, score=1 / rank) for rank, item in enumerate([*best, *rest], start=1))


def composed_timing(rankings: Sequence[Ranking], *, documents: int, own: float) -> Timing:
    """The stages one after the other, and `own` ms of the ranker that holds them. Device and name are the last stage's; the
    load is the sum of those that happened. Each ranking holds one run."""
    timings = [ranking.timing for ranking in rankings]
    sums = {stage: sum(getattr(timing.runs[0], stage) for timing in timings) for stage in STAGES}
    sums["postprocess"] += own
    sums["total"] += own
    loads = [timing.load for timing in timings if timing.load is not None]
    return replace(
        timings[-1],
        runs=(StageTimes(**sums),),
        load=sum(loads) if loads else None,
        documents=documents,
        tokens=sum(timing.tokens for timing in timings),
        precision=" + ".join(dict.fromkeys(timing.precision for timing in timings)),
    )


def composed_provenance(spec: RankerSpec, rankings: Sequence[Ranking], parameters: Mapping[str, Scalar]) -> Provenance:
    """That of the last stage, with what the ranker that holds them adds; each stage keeps its own."""
    return replace(
        rankings[-1].provenance,
        ranker=spec.id,
        family=spec.family.id,
        precision=" + ".join(dict.fromkeys(ranking.provenance.precision for ranking in rankings)),
        parameters={**parameters, **{f"stage_{n}": ranking.ranker for n, ranking in enumerate(rankings, start=1)}},
    )


def composed_warnings(rankings: Sequence[Ranking]) -> tuple[str, ...]:
    """What the stages say, each once."""
    return tuple(dict.fromkeys(f"{ranking.ranker}: {warning}" for ranking in rankings for warning in ranking.warnings))
