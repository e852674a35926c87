"""The family of rankers that fit scores to another ranker's votes on pairs (zELO, arXiv 2509.12541)."""

from __future__ import annotations

from dataclasses import replace

from reranklab.rankers.composed.whole import composed_capabilities, describe_stages, exact_stages, other_stages
from reranklab.rankers.cost_class import CostClass
from reranklab.rankers.estimate import Estimate, Workload
from reranklab.rankers.family import BuildContext, Capabilities, Capability, Family, Option, Ranker, RankerSpec
from reranklab.rankers.votes.budget import pairs_of
from reranklab.rankers.votes.scales import SCALES

_NOT_KEPT = frozenset({Capability.ORDER_FREE, Capability.CHEAP})
"""The pairs are drawn by the places of the documents, and the fit takes its time."""


def _build(spec: RankerSpec, context: BuildContext) -> Ranker:
    from reranklab.rankers.votes.ranker import VotesRanker

    return VotesRanker(spec, context)


def _capabilities(spec: RankerSpec) -> Capabilities:
    return composed_capabilities(spec) - _NOT_KEPT


def _estimate(spec: RankerSpec, load: Workload) -> Estimate | None:
    """Of lists of two documents. At most, since texts that are alike are one item of the vote."""
    (inside,) = spec.stages
    pairs = pairs_of(spec, count=load.documents)
    if inside.can(Capability.POINTWISE):
        return inside.estimate(load)
    if inside.can(Capability.CHEAP):
        return None
    lists = pairs * (2 if spec.option("orders") == "both" and not inside.can(Capability.ORDER_FREE) else 1)
    each = inside.estimate(replace(load, documents=2))
    if each is None:
        each = Estimate(calls=1, tokens=round(2 * (load.document_tokens + load.query_tokens)))
    return Estimate(calls=lists * each.calls, tokens=lists * each.tokens, written=lists * each.written, exact=False)


def _cost(spec: RankerSpec) -> CostClass:
    """A ranker that scores each document by itself is asked once, any other for each pair."""
    (inside,) = spec.stages
    if inside.can(Capability.POINTWISE) or inside.can(Capability.CHEAP):
        return inside.cost
    return CostClass.MANY_CALLS if inside.can(Capability.HOSTED) else CostClass.MANY_PASSES


FAMILY = Family(
    id="votes",
    title="Votes",
    summary="Another ranker votes on pairs of documents, and scores with standard errors are fitted to the votes.",
    colour="#7A5C3E",
    capabilities=_capabilities,
    build=_build,
    scales=tuple(SCALES.values()),
    options=(
        Option(
            name="pairs",
            default="0.2",
            help="A share of all pairs, 0 to 1, or a number of pairs. At least so many that all documents hang together.",
        ),
        Option(
            name="model",
            default="thurstone",
            choices=("thurstone", "bradley-terry"),
            help="thurstone: P(i before j) = (1 + erf(difference)) / 2. bradley-terry: 1 / (1 + exp(-difference)).",
        ),
        Option(
            name="vote",
            default="hard",
            choices=("hard", "soft"),
            help="hard: who goes first. soft: the chance that a difference of log odds stands for, from a ranker that scores "
            "each document by itself.",
        ),
        Option(
            name="design",
            default="information",
            choices=("information", "random"),
            help="information: after a ring through all documents, the pairs whose votes are expected to tell most by the fit "
            "so far. random: drawn.",
        ),
        Option(
            name="orders",
            default="both",
            choices=("both", "one"),
            help="both: each pair in two orders, unless the ranker inside is free of them. one: half the calls.",
        ),
        Option(name="prior", default="2", help="Standard deviation of the scores before any vote. 0.1 to 10."),
        Option(name="seed", default="0", help="Of the ring and of drawn pairs."),
    ),
    stages=1,
    default_stages=("cross-encoder",),
    describe=describe_stages,
    exact=exact_stages,
    settings=other_stages,
    estimate=_estimate,
    cost=_cost,
)
