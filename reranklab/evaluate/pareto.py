"""What no other one beats in both quality and time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reranklab.evaluate.confidence import Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a ranker gives and costs: its mean, and the time of a query in ms."""

    quality: Interval
    ms: float


def pareto_front(offers: Mapping[str, Offer]) -> tuple[str, ...]:
    """The rankers that no other one equals in both mean and time and beats in one, fastest first."""
    return front_of({name: (offer.ms, offer.quality.mean) for name, offer in offers.items()})


def front_of(points: Mapping[str, tuple[float, float]]) -> tuple[str, ...]:
    """`pareto_front` of time and mean by name."""
    front: list[str] = []
    best = float("-inf")
    for name, (_, mean) in sorted(points.items(), key=lambda each: (each[1][0], -each[1][1])):
        if mean > best:
            front.append(name)
            best = mean
    return tuple(front)
