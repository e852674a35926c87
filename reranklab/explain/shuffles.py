"""How far a ranker's order depends on the order it was given and on its windows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderTrial:
    """One run over a shuffled list. `start` and `end` are document id to position before and rank after, both from 1."""

    seed: int
    window: int
    step: int
    start: Mapping[str, int]
    end: Mapping[str, int]
    repairs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderStability:
    """Several trials on the same candidates."""

    ranker: str
    trials: tuple[OrderTrial, ...]

    def spread(self) -> dict[str, tuple[int, float, int]]:
        """Document id to its lowest, mean and highest rank over the trials."""
        ids = self.trials[0].end
        ranks = {id_: [trial.end[id_] for trial in self.trials] for id_ in ids}
        return {id_: (min(values), sum(values) / len(values), max(values)) for id_, values in ranks.items()}

    def position_bias(self) -> dict[int, float]:
        """Start position to the mean of (rank after - the document's mean rank over all trials): below 0 is favoured."""
        means = {id_: mean for id_, (_, mean, _) in self.spread().items()}
        found: dict[int, list[float]] = {}
        for trial in self.trials:
            for id_, position in trial.start.items():
                found.setdefault(position, []).append(trial.end[id_] - means[id_])
        return {position: sum(values) / len(values) for position, values in sorted(found.items())}
