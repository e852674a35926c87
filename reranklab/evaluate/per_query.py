"""Query by query: where rankers are furthest apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reranklab.evaluate.experiment import RankerResult


@dataclass(frozen=True, slots=True, kw_only=True)
class QuerySpread:
    """One query in one measure: each ranker's value, None where it has none, and how far the highest is from the lowest."""

    query_id: str
    text: str
    values: Mapping[str, float | None]

    @property
    def spread(self) -> float:
        known = [value for value in self.values.values() if value is not None]
        return max(known) - min(known) if known else 0.0


def query_spreads(results: Sequence[RankerResult], measure: str) -> tuple[QuerySpread, ...]:
    """The queries, those first in which the rankers differ most; equal ones in the order of the results."""
    texts = {ranking.query.id: ranking.query.text for result in results for ranking in result.rankings}
    queries = dict.fromkeys(query for result in results for query in result.per_query)
    found = [
        QuerySpread(
            query_id=query,
            text=texts.get(query, ""),
            values={result.ranker: result.per_query.get(query, {}).get(measure) for result in results},
        )
        for query in queries
    ]
    return tuple(sorted(found, key=lambda each: -each.spread))
