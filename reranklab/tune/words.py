"""What a search found, in sentences: the same on the command line and on the page."""

from __future__ import annotations

from collections.abc import Iterator

from reranklab.tune.tuner import Tuning


def result_in_words(tuning: Tuning) -> Iterator[str]:
    """What was chosen, what to quote, and what it takes."""
    within = "" if tuning.within else f" Nothing keeps to {tuning.budget:g} ms; this is the fastest of what was tried."
    yield f"Chosen: {tuning.chosen}.{within}"
    yield (
        f"{tuning.measure} on queries that did not choose: {tuning.held_out.short}. On those that chose it: "
        f"{tuning.winner.mean.short}, which is too high on average."
    )
    yield (
        f"p95 of the chosen configuration {tuning.winner.p95.short} ms over {tuning.winner.timed:,} queries; of the held-out "
        f"runs {tuning.held_out_p95.short} ms."
    )
    tried = ", then ".join(f"{number:,} on {queries:,} queries" for number, queries in tuning.rungs)
    yield f"{tuning.tried:,} configurations; within reach of the budget {tried}."
