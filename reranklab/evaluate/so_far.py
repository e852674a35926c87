"""What may be said of a run while its results still come in, however often one looks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from reranklab.evaluate.anytime import confidence_sequence
from reranklab.evaluate.confidence import Interval
from reranklab.evaluate.experiment import visit_order

Values = Mapping[str, Mapping[str, Mapping[str, float]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SoFar:
    """Means of one measure over the queries that are done, and the differences of pairs over those that both have, each with a
    confidence sequence."""

    measure: str
    means: Mapping[str, Interval]
    differences: Mapping[tuple[str, str], Interval]


def intervals_so_far(per_query: Values, queries: Sequence[str], *, measure: str) -> SoFar:
    """`per_query` is ranker to query id to measure to value of 0 to 1; `queries` are all that were asked, in the order of the
    collection. They are ranked in `visit_order`, which is random, as the sequence needs."""
    arrival = [queries[position] for position in visit_order(queries)]
    values = {
        ranker: {query: scored[query][measure] for query in arrival if query in scored} for ranker, scored in per_query.items()
    }
    differences = {}
    for first, second in combinations(values, 2):
        both = [values[first][query] - values[second][query] for query in values[first] if query in values[second]]
        if both:
            differences[first, second] = confidence_sequence(both, low=-1.0, high=1.0)
    return SoFar(
        measure=measure,
        means={ranker: confidence_sequence(list(each.values())) for ranker, each in values.items() if each},
        differences=differences,
    )
