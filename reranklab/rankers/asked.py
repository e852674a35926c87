"""What a ranking asked of models, counted, in words."""

from __future__ import annotations

from reranklab.types import Ranking


def asked_in_words(ranking: Ranking) -> str:
    """Calls with their tokens, and votes with their circles; "" where each document was read once at most."""
    details = ranking.details
    parts = []
    pairs, triples, circles = details.get("voted_pairs"), details.get("triples"), details.get("intransitive")
    if isinstance(pairs, int):
        parts.append(f"votes on {pairs:,} of {details['pairs']:,} pairs")
    if isinstance(triples, int) and isinstance(circles, float):
        parts.append(f"{circles:.1%} of {triples:,} triples go round in a circle")
    calls = details.get("calls")
    if isinstance(calls, int) and calls > 1:
        parts.append(f"{calls:,} calls, {ranking.timing.tokens:,} tokens")
    return ", ".join(parts)
