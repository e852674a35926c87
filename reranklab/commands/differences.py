"""Pairs of rankers as a table in the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from reranklab.commands.output import write_line, write_table

if TYPE_CHECKING:
    from reranklab.evaluate.differences import Difference


def write_differences(differences: Sequence[Difference], measure: str) -> None:
    """The pairs of one measure with their verdicts, and what so many queries can tell. Nothing for a single ranker."""
    from reranklab.evaluate.differences import points_in_words
    from reranklab.evaluate.power import detectable, smallest_p

    shown = [pair for pair in differences if pair.measure == measure]
    if not shown:
        return
    write_line("")
    write_line(
        f"Differences in {measure} [95 % BCa interval]; p: paired randomisation test with Holm's correction over "
        f"{len(shown)} {'pair' if len(shown) == 1 else 'pairs'}; equivalent: within {points_in_words(shown[0].margin)}."
    )
    write_table(
        ("ranker", "against", "difference", "p", "wins/ties/losses", "verdict"),
        [
            (
                pair.first,
                pair.second,
                f"{pair.difference:+.4f} [{pair.interval.low:+.3f}, {pair.interval.high:+.3f}]",
                f"{pair.p_holm:.4f}",
                f"{pair.wins}/{pair.ties}/{pair.losses}",
                pair.verdict + (f", about {pair.queries_needed:,} queries needed" if pair.queries_needed else ""),
            )
            for pair in shown
        ],
    )
    spreads = [pair.difference / pair.effect for pair in shown if pair.effect]
    if spreads:
        queries = min(pair.queries for pair in shown)
        write_line(
            f"With {queries:,} queries a difference of {100 * detectable(max(spreads), queries):.1f} points is found in "
            f"80 % of evaluations, and the smallest p is {smallest_p(queries):.2g}."
        )
