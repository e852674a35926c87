"""Pairs of rankers on the same queries: how large the difference is, whether it is real, and what could not be told.

Holm, "A simple sequentially rejective multiple test procedure", 1979. Two one-sided tests: Schuirmann 1987. Effect size: mean
over standard deviation of the differences (Cohen's d for paired values).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Literal

import numpy as np

from reranklab.errors import InputError
from reranklab.evaluate.confidence import Interval, Values, bca_means, paired_tests
from reranklab.evaluate.experiment import RankerResult
from reranklab.evaluate.power import queries_to_detect, queries_to_equate

Verdict = Literal["better", "worse", "equivalent", "undecided"]

DEFAULT_MARGIN = 0.01
LEVEL = 0.95
_SAME = 1e-9
_FEW = 5
"""Queries that must differ before the size of the largest difference is taken from them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """`first` less `second` in one measure, over the queries that both have.

    `p` is of the paired randomisation test, `p_holm` corrected over all pairs of the table. `p_equivalent` is the larger p of
    the two one-sided tests against `margin`. `effect` is None where no query differs. `verdict` says what `first` is.
    `queries_needed` is None where the verdict is made, or no number would make it.
    """

    first: str
    second: str
    measure: str
    queries: int
    interval: Interval
    p: float
    p_holm: float
    p_equivalent: float
    margin: float
    wins: int
    ties: int
    losses: int
    effect: float | None
    verdict: Verdict
    queries_needed: int | None

    @property
    def difference(self) -> float:
        return self.interval.mean

    @property
    def short(self) -> str:
        """Such as "+0.012 [-0.003, +0.027]"."""
        return f"{self.difference:+.3f} [{self.interval.low:+.3f}, {self.interval.high:+.3f}]"

    @property
    def differing(self) -> float:
        """The share of the queries in which the two differ at all."""
        return (self.wins + self.losses) / self.queries


def compare_all(
    values: Mapping[str, Mapping[str, float]],
    *,
    measure: str,
    margin: float = DEFAULT_MARGIN,
    baseline: str | None = None,
    seed: int = 0,
) -> tuple[Difference, ...]:
    """Every pair of rankers, or each against `baseline`, with Holm's correction over the pairs.

    `values` is ranker id to query id to the measure's value, of 0 to 1. A pair is compared over the queries that both have; a
    pair without any is left out. Raises InputError for a baseline that is not among the rankers, and a margin outside 0 to 1.
    """
    check_margin(margin)
    if baseline is not None and baseline not in values:
        raise InputError(f"The baseline {baseline!r} is not among the rankers. Choose one of: {', '.join(values)}.")
    if baseline is None:
        pairs = list(combinations(values, 2))
    else:
        pairs = [(ranker, baseline) for ranker in values if ranker != baseline]
    alike: dict[tuple[str, ...], list[tuple[str, str]]] = {}
    for first, second in pairs:
        common = tuple(query for query in values[first] if query in values[second])
        if common:
            alike.setdefault(common, []).append((first, second))
    compared = {
        (each.first, each.second): each
        for common, members in alike.items()
        for each in _compare(members, values, common, measure=measure, margin=margin, seed=seed)
    }
    return decided([compared[pair] for pair in pairs if pair in compared])


def decided(pairs: Sequence[Difference]) -> tuple[Difference, ...]:
    """The pairs with their verdicts, p corrected over all of them: for pairs of several tables that are read as one."""
    corrected = holm([each.p for each in pairs])
    return tuple(
        _decided(replace(each, p_holm=p, verdict="undecided", queries_needed=None))
        for each, p in zip(pairs, corrected, strict=True)
    )


def check_margin(margin: float) -> None:
    """Raise InputError for a margin outside 0 to 1."""
    if not 0 < margin < 1:
        raise InputError(f"The margin {margin} is not between 0 and 1. Use one such as {DEFAULT_MARGIN}.")


def compare_results(
    results: Sequence[RankerResult],
    measures: Sequence[str],
    *,
    margin: float = DEFAULT_MARGIN,
    baseline: str | None = None,
) -> tuple[Difference, ...]:
    """`compare_measures` of the results. Raises InputError for a baseline without any."""
    if any(result.ranker == baseline and not result.per_query for result in results):
        raise InputError(f"The baseline {baseline!r} has no result to compare with. Choose another.")
    per_query = {result.ranker: result.per_query for result in results}
    return compare_measures(per_query, measures, margin=margin, baseline=baseline)


def compare_measures(
    per_query: Mapping[str, Mapping[str, Mapping[str, float]]],
    measures: Sequence[str],
    *,
    margin: float = DEFAULT_MARGIN,
    baseline: str | None = None,
) -> tuple[Difference, ...]:
    """`compare_all` for each measure, over the rankers that have a value of it. `per_query` is ranker to query to measure to
    value."""
    found: list[Difference] = []
    for measure in measures:
        values = {
            ranker: {query: scored[measure] for query, scored in queries.items()}
            for ranker, queries in per_query.items()
            if queries
        }
        found += compare_all(values, measure=measure, margin=margin, baseline=baseline)
    return tuple(found)


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's adjusted p values, in the order given."""
    adjusted = [0.0] * len(p_values)
    highest = 0.0
    for rank, position in enumerate(sorted(range(len(p_values)), key=lambda each: p_values[each])):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[position]))
        adjusted[position] = highest
    return adjusted


def equivalence_p(differences: Values, *, margin: float) -> float:
    """The p value of "the mean difference is at least `margin` away from 0": two one-sided t tests, the larger of the two.

    One difference of the largest size is added on each side. Without that, a sample in which nothing differs would prove
    anything: 50 queries can all be equal although 2 in 100 differ by half the scale. The largest size is the largest one
    seen, or the whole scale where fewer than 5 queries differ.
    """
    from scipy.stats import t as student_t

    sizes = np.abs(differences)
    largest = float(sizes.max()) if np.count_nonzero(sizes > _SAME) >= _FEW else 1.0
    guarded = np.concatenate([differences, [largest, -largest]])
    mean, error = float(differences.mean()), float(guarded.std(ddof=1)) / guarded.size**0.5
    return float(student_t.sf((margin - abs(mean)) / error, guarded.size - 1))


def _compare(
    pairs: Sequence[tuple[str, str]],
    values: Mapping[str, Mapping[str, float]],
    queries: Sequence[str],
    *,
    measure: str,
    margin: float,
    seed: int,
) -> Iterator[Difference]:
    """The pairs over the same queries, all from the same draws."""
    columns = [[values[first][query] - values[second][query] for query in queries] for first, second in pairs]
    table = np.array(columns, dtype=np.float64).T
    table[np.abs(table) <= _SAME] = 0.0
    tests, intervals = paired_tests(table, seed=seed), bca_means(table, seed=seed, level=LEVEL)
    for (first, second), differences, test, interval in zip(pairs, table.T, tests, intervals, strict=True):
        deviation = float(differences.std(ddof=1)) if differences.size > 1 else 0.0
        yield Difference(
            first=first,
            second=second,
            measure=measure,
            queries=differences.size,
            interval=interval,
            p=test.p_value,
            p_holm=test.p_value,
            p_equivalent=equivalence_p(differences, margin=margin),
            margin=margin,
            wins=int(np.count_nonzero(differences > 0)),
            ties=int(np.count_nonzero(differences == 0)),
            losses=int(np.count_nonzero(differences < 0)),
            effect=float(differences.mean()) / deviation if deviation else None,
            verdict="undecided",
            queries_needed=None,
        )


def _decided(pair: Difference) -> Difference:
    """The pair with its verdict. Equivalence comes first: a difference within the margin is none, however sure it is."""
    if pair.p_equivalent < 1 - LEVEL:
        return replace(pair, verdict="equivalent")
    if pair.p_holm < 1 - LEVEL:
        return replace(pair, verdict="better" if pair.difference > 0 else "worse")
    if pair.effect is None:
        return pair
    deviation = pair.difference / pair.effect if pair.effect else None
    if deviation is None:
        return pair
    ways = [
        queries_to_detect(pair.difference, deviation),
        queries_to_equate(pair.difference, deviation, margin=pair.margin),
    ]
    needed = min((way for way in ways if way is not None), default=None)
    return replace(pair, queries_needed=None if needed is None else max(needed, pair.queries + 1))


def verdict_in_words(pair: Difference, *, first: str, second: str) -> str:
    """What the pair shows, in one sentence. `first` and `second` are what the two are called."""
    points = f"{abs(100 * pair.difference):.1f} points of {pair.measure}"
    if pair.verdict == "equivalent":
        return f"{first} and {second} are equal within {points_in_words(pair.margin)} of {pair.measure}."
    if pair.verdict != "undecided":
        return f"{first} is {pair.verdict} than {second}, by {points}."
    queries = f"{pair.queries:,} queries" if pair.queries > 1 else "1 query"
    if not pair.wins and not pair.losses:
        return f"{queries} cannot tell {first} and {second} apart: none differs."
    more = "" if pair.queries_needed is None else f"; about {pair.queries_needed:,} would be needed"
    return f"{queries} cannot tell {first} and {second} apart ({points} between them){more}."


def points_in_words(share: float) -> str:
    """A share of one in points: 0.01 is 1 point."""
    return "1 point" if share == 0.01 else f"{100 * share:g} points"
