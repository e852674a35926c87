"""`tune`: the best configuration of rankers within a budget of time."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reranklab.api.figures import check_figure
from reranklab.api.inputs import AnyRanker, as_specs
from reranklab.api.show import Cell, Shown
from reranklab.api.sources import Source, as_source
from reranklab.evaluate.candidates import DEFAULT_RULE
from reranklab.evaluate.task_set import TaskSet, prepare_tasks
from reranklab.extras import TABLES
from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.named import save_named
from reranklab.tune.record import named_ranker, to_json
from reranklab.tune.tuner import DEFAULT_MEASURE, Finalist, Tuning, check_budget
from reranklab.tune.tuner import tune as tuned
from reranklab.tune.words import result_in_words

if TYPE_CHECKING:
    import pandas

    from reranklab.plots.drawing import Drawing
    from reranklab.services.endpoint import Endpoint

_FIGURES = ("pareto",)

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class TuningResult(Shown):
    """What a search chose, and what that is worth on queries that did not choose it. Iterating gives the finalists, fastest
    first."""

    task_set: TaskSet
    tuning: Tuning
    remarks: tuple[str, ...] = ()

    @property
    def ranker(self) -> str:
        """The id of the chosen configuration."""
        return self.tuning.chosen

    @property
    def notes(self) -> tuple[str, ...]:
        """How the collection was read, what was left out of the search, and why the times may be those of a busy machine."""
        return (*self.tuning.notes, *self.remarks)

    @property
    def figures(self) -> tuple[str, ...]:
        """The names that `figure` takes."""
        return _FIGURES

    def __iter__(self) -> Iterator[Finalist]:
        return iter(self.tuning.finalists)

    def __len__(self) -> int:
        return len(self.tuning.finalists)

    def figure(self, name: str) -> Drawing:
        """A figure with its text alternative. Raises InputError, naming the figures, for an unknown name."""
        check_figure(name, _FIGURES)
        from reranklab.plots.tuning import draw_tuning

        return draw_tuning(self.tuning)

    def save_as(self, name: str) -> str:
        """Save the chosen configuration under a name, in place of what was there, and give the id tuned:NAME.

        Raises InputError for what cannot be a name, and StorageError.
        """
        named = named_ranker(self.tuning, self.task_set, name)
        save_named(named)
        return named.id

    def to_pandas(self) -> pandas.DataFrame:
        """A row for each finalist; times in ms. Needs pandas."""
        TABLES.check("A data frame")
        import pandas

        return pandas.DataFrame(
            {
                "ranker": each.ranker,
                "mean": each.mean.mean,
                "low": each.mean.low,
                "high": each.mean.high,
                "p50_ms": each.median,
                "p95_ms": each.p95.value,
                "front": each.ranker in self.tuning.front,
            }
            for each in self
        )

    def to_dict(self) -> dict[str, Any]:
        """What `reranklab tune` gives as JSON, as plain values."""
        return to_json(self.tuning, self.task_set)

    def _table(self) -> tuple[str, list[str], list[list[Cell]], list[str]]:
        head, *more = result_in_words(self.tuning)
        rows: list[list[Cell]] = [
            [each.ranker, each.mean.short, each.median, each.p95.short, "yes" if each.ranker in self.tuning.front else ""]
            for each in self
        ]
        return head, ["configuration", f"{self.tuning.measure}, tuned", "p50", "p95", "front"], rows, [*more, *self.notes]


def tune(
    dataset: Source,
    rankers: AnyRanker | Sequence[AnyRanker] | None = None,
    *,
    budget_ms: float,
    candidates: str = DEFAULT_RULE,
    queries: int | None = None,
    folds: int = 5,
    seed: int = 0,
    measure: str = DEFAULT_MEASURE,
    split: str | None = None,
    device: str = "cpu",
    endpoints: Sequence[Endpoint] = (),
    progress: Progress | None = None,
    cancel: CancelSignal | None = None,
) -> TuningResult:
    """Search depth, pruning, precision or tier, and passages of `rankers` for the best mean whose p95 is within `budget_ms`.

    The figure to quote is `tuning.held_out`: each query is ranked by what a search without it picked. The other arguments are
    those of `evaluate`. Raises InputError for what cannot be used, and what `load_dataset` raises.
    """
    check_budget(budget_ms)
    specs, remarks = as_specs(rankers)
    task_set = prepare_tasks(
        as_source(dataset),
        split=split,
        candidates=candidates,
        queries=queries,
        seed=seed,
        device=device,
        cancel=cancel,
        progress=progress,
    )
    tuning = tuned(
        task_set,
        specs,
        budget=budget_ms,
        folds=folds,
        measure=measure,
        seed=seed,
        device=device,
        endpoints=endpoints,
        warn=_logger.warning,
        cancel=cancel,
        progress=progress,
    )
    return TuningResult(task_set=task_set, tuning=tuning, remarks=remarks)
