"""What stays of a ranking where its results should not change: the same ranker in another precision, batch or order.

Scores are compared query by query, in the ranker's own scale; ranks by Kendall's tau and by the first ten; and the measure by
the same tests as any two rankers (see `differences`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reranklab.errors import InputError
from reranklab.evaluate.agreement import kendall_tau
from reranklab.evaluate.confidence import Interval, bca_mean, share_interval
from reranklab.evaluate.differences import DEFAULT_MARGIN, Difference, compare_all
from reranklab.evaluate.experiment import RankerResult
from reranklab.evaluate.metrics import parse_measure
from reranklab.evaluate.task_set import TaskSet
from reranklab.evaluate.variants import Variant
from reranklab.progress import CancelSignal, Progress, part_of
from reranklab.rankers.family import RankerSpec
from reranklab.types import RANK_ONLY, Ranking, ScoreScale

if TYPE_CHECKING:
    from reranklab.services.endpoint import Endpoint
    from reranklab.store.store import Store

DEFAULT_MEASURE = "nDCG@10"
TOP = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryShift:
    """One query's two rankings. `largest` and `mean` are absolute differences of scores, `relative` is the largest as a share
    of the list's score range; all are None where the ranker gives no scores. `same_set` and `same_order` are of the first ten.
    """

    query: str
    largest: float | None
    mean: float | None
    relative: float | None
    tau: float
    same_set: bool
    same_order: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantResult:
    """A variant beside the ranker as it is, over the queries that both ranked. `difference` is the variant's measure less the
    ranker's, None where no query has both."""

    variant: Variant
    result: RankerResult
    shifts: tuple[QueryShift, ...]
    scale: ScoreScale | None
    difference: Difference | None

    @property
    def largest(self) -> float | None:
        """The largest difference of a score in any query."""
        return max((shift.largest for shift in self.shifts if shift.largest is not None), default=None)

    @property
    def mean(self) -> float | None:
        """The mean over queries of the mean difference of a score."""
        means = [shift.mean for shift in self.shifts if shift.mean is not None]
        return sum(means) / len(means) if means else None

    @property
    def relative(self) -> float | None:
        """The mean over queries of the largest difference, as a share of the list's score range."""
        shares = [shift.relative for shift in self.shifts if shift.relative is not None]
        return sum(shares) / len(shares) if shares else None

    @property
    def tau(self) -> Interval | None:
        return bca_mean([shift.tau for shift in self.shifts], seed=0) if self.shifts else None

    @property
    def changed_sets(self) -> Interval | None:
        """The share of queries whose first ten are other documents."""
        return self._share(sum(not shift.same_set for shift in self.shifts))

    @property
    def changed_orders(self) -> Interval | None:
        """The share of queries whose first ten are other documents or in another order."""
        return self._share(sum(not shift.same_order for shift in self.shifts))

    def _share(self, changed: int) -> Interval | None:
        return share_interval(changed, len(self.shifts)) if self.shifts else None


@dataclass(frozen=True, slots=True, kw_only=True)
class StabilityReport:
    """One ranker as it is, and its variants."""

    ranker: str
    measure: str
    base: RankerResult
    variants: tuple[VariantResult, ...]

    @property
    def complete(self) -> bool:
        return self.base.complete and all(each.result.complete for each in self.variants)


def stability(
    task_set: TaskSet,
    spec: RankerSpec,
    variants: Sequence[Variant],
    *,
    measure: str = DEFAULT_MEASURE,
    margin: float = DEFAULT_MARGIN,
    device: str = "cpu",
    endpoints: Sequence[Endpoint] = (),
    store: Store | None = None,
    fresh: bool = False,
    warn: Callable[[str], None],
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> StabilityReport:
    """Rank every task as the ranker does it, and in each variant. What the `store` holds is not computed again.

    A variant that cannot be built or fails has a result that says why. Raises as `TaskSet.evaluate` does, and InputError
    without variants.
    """
    parse_measure(measure)
    if not variants:
        raise InputError(f"{spec.id} has no variants here. Name one, such as order or white-space.")

    def evaluated(tasks: TaskSet, specs: Sequence[RankerSpec], before: int) -> tuple[RankerResult, ...]:
        part = len(specs) * len(tasks.tasks)
        return tasks.evaluate(
            specs,
            measures=(measure,),
            device=device,
            endpoints=endpoints,
            store=store,
            fresh=fresh,
            warn=warn,
            cancel=cancel,
            progress=part_of(progress, before=before, part=part, total=total, unit="query", label=spec.id),
        )

    total = (len(variants) + 1) * len(task_set.tasks)
    settings = [variant for variant in variants if variant.change is None]
    specs = (spec, *(variant.spec for variant in settings))
    base, *others = evaluated(task_set, specs, 0)
    found = {variant.name: result for variant, result in zip(settings, others, strict=True)}
    done = len(specs) * len(task_set.tasks)
    for variant in variants:
        if variant.change is not None:
            (found[variant.name],) = evaluated(variant.tasks(task_set), [variant.spec], done)
            done += len(task_set.tasks)
    differences = _differences(base, found, measure=measure, margin=margin)
    return StabilityReport(
        ranker=spec.id,
        measure=measure,
        base=base,
        variants=tuple(
            _beside(base, variant, found[variant.name], difference=differences.get(variant.name)) for variant in variants
        ),
    )


def compare_rankings(first: Ranking, second: Ranking) -> QueryShift:
    """Two rankings of the same candidates by the same ranker. Raises InputError for different candidates."""
    tau = kendall_tau(first, second)
    before, after = ([item.id for item in ranking.items[:TOP]] for ranking in (first, second))
    scored = first.scale == second.scale != RANK_ONLY
    score_of = {item.id: item.score for item in second.items}
    shifts = [abs(item.score - score_of[item.id]) for item in first.items] if scored else []
    extent = first.items[0].score - first.items[-1].score
    largest = max(shifts) if shifts else None
    return QueryShift(
        query=first.query.id,
        largest=largest,
        mean=sum(shifts) / len(shifts) if shifts else None,
        relative=None if largest is None else largest / extent if extent else 0.0,
        tau=tau,
        same_set=set(before) == set(after),
        same_order=before == after,
    )


def _differences(
    base: RankerResult, found: Mapping[str, RankerResult], *, measure: str, margin: float
) -> dict[str, Difference]:
    """Variant to its difference from the ranker as it is, corrected over the variants."""
    values = {
        name: {query: scored[measure] for query, scored in result.per_query.items()}
        for name, result in {base.ranker: base, **found}.items()
    }
    return {pair.first: pair for pair in compare_all(values, measure=measure, margin=margin, baseline=base.ranker)}


def _beside(base: RankerResult, variant: Variant, result: RankerResult, *, difference: Difference | None) -> VariantResult:
    earlier = {ranking.query.id: ranking for ranking in base.rankings}
    pairs = [(earlier[ranking.query.id], ranking) for ranking in result.rankings if ranking.query.id in earlier]
    return VariantResult(
        variant=variant,
        result=result,
        shifts=tuple(compare_rankings(first, second) for first, second in pairs),
        scale=pairs[0][1].scale if pairs else None,
        difference=difference,
    )
