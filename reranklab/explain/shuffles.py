"""How far a ranker's order depends on the order it was given and on its windows."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from reranklab.errors import InputError
from reranklab.progress import CancelSignal, Progress, check_cancel, report
from reranklab.rankers.family import Capability, Ranker, RankerSpec
from reranklab.types import Document, Query

MAX_TRIALS = 50


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
        shifts: dict[int, list[float]] = {}
        for trial in self.trials:
            for id_, position in trial.start.items():
                shifts.setdefault(position, []).append(trial.end[id_] - means[id_])
        return {position: sum(values) / len(values) for position, values in sorted(shifts.items())}


def shuffled(documents: Sequence[Document], *, seed: str) -> list[Document]:
    """The documents in another order, the same for the same seed everywhere."""
    order = list(documents)
    random.Random(seed).shuffle(order)
    return order


def order_stability(
    build: Callable[[RankerSpec], Ranker],
    spec: RankerSpec,
    query: Query,
    documents: Sequence[Document],
    *,
    shuffles: int = 5,
    windows: Sequence[tuple[int, int]] = (),
    seed: int = 0,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> OrderStability:
    """Rank `shuffles` seeded shuffles of the list, each with every (window, step) of `windows`.

    An empty `windows` means the ranker's own window and step, if it has one. Raises InputError for fewer than 2 or more than
    MAX_TRIALS trials, and what the ranker raises.
    """
    has_window = spec.can(Capability.WINDOWED)
    own = [(int(spec.option("window")), int(spec.option("step")))] if has_window else [(0, 0)]
    plans = list(windows) if has_window and windows else own
    total = shuffles * len(plans)
    if not 2 <= total <= MAX_TRIALS:
        raise InputError(f"{total} runs do not work. Choose shuffles and windows that make 2 to {MAX_TRIALS} runs.")
    trials: list[OrderTrial] = []
    for number in range(shuffles):
        order = shuffled(documents, seed=f"{seed} {number}")
        for window, step in plans:
            check_cancel(cancel)
            report(progress, done=len(trials), total=total, unit="run", label="shuffled lists")
            ranker = build(spec.with_options(window=str(window), step=str(step)) if has_window else spec)
            ranking = ranker.rank(query, order, cancel=cancel)
            trials.append(
                OrderTrial(
                    seed=number,
                    window=window,
                    step=step,
                    start={document.id: position for position, document in enumerate(order, start=1)},
                    end=ranking.rank_of(),
                    repairs=int(ranking.details.get("repairs") or 0),
                )
            )
    report(progress, done=total, total=total, unit="run", label="shuffled lists")
    return OrderStability(ranker=spec.id, trials=tuple(trials))
