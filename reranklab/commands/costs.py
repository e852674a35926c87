"""What rankers that give something up for speed cost in quality, as a table and lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from reranklab.commands.output import write_json, write_line, write_table

if TYPE_CHECKING:
    from reranklab.rankers.family import RankerSpec
    from reranklab.store.store import Store


def write_costs(store: Store, specs: Sequence[RankerSpec], format_: str) -> None:
    """A row for each ranker and collection, then how to measure those without any."""
    from reranklab.evaluate.quality_cost import MEASURE, stored_quality

    found = [quality for spec in specs if (quality := stored_quality(store, spec)) is not None]
    if format_ == "json":
        write_json({"rankers": [quality.record() for quality in found]})
        return
    if not found:
        write_line("None of them gives something up for speed." if specs else "No evaluation of a faster tier is stored.")
    rows = [
        (
            quality.ranker,
            quality.reference,
            f"{100 * cost.difference.difference:+.2f}",
            f"{100 * cost.difference.interval.low:+.2f} to {100 * cost.difference.interval.high:+.2f}",
            f"{cost.difference.queries:,}",
            f"{cost.dataset} ({cost.split})",
            cost.candidates,
            cost.device,
            cost.date,
        )
        for quality in found
        for cost in quality.costs
    ]
    if rows:
        head = ("ranker", "against", f"points of {MEASURE}", "95 % interval", "queries", "collection", "candidates", "device")
        write_table((*head, "date"), rows)
    for quality in found:
        if not quality.costs:
            write_line(quality.in_words())
