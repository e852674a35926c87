"""What the differences of an evaluation cannot tell, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reranklab.evaluate.differences import Difference
from reranklab.evaluate.power import POWER, detectable, smallest_p


def limits_in_words(differences: Sequence[Difference], measures: Sequence[str]) -> Iterator[str]:
    """A sentence for each limit; none where no pair was compared."""
    for measure in measures:
        pairs = [pair for pair in differences if pair.measure == measure]
        spreads = [pair.difference / pair.effect for pair in pairs if pair.effect]
        if not spreads:
            continue
        queries = min(pair.queries for pair in pairs)
        points = 100 * detectable(max(spreads), queries)
        yield (
            f"{measure}: with {queries:,} queries a difference of {points:.1f} points is found in {POWER:.0%} of evaluations; "
            "smaller ones are missed more often."
        )
    pairs = [pair for pair in differences if pair.measure == measures[0]]
    if not pairs:
        return
    queries = min(pair.queries for pair in pairs)
    yield f"The smallest p that {queries:,} queries can give is {smallest_p(queries):.2g}."
    shares = [pair.differing for pair in pairs]
    yield (
        f"Two rankers differ at all in {min(shares):.0%} to {max(shares):.0%} of the queries ({measures[0]}); the "
        "others say nothing of them."
        if len(shares) > 1
        else f"The two rankers differ at all in {shares[0]:.0%} of the queries ({measures[0]}); the others say nothing of them."
    )
