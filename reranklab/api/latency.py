"""`latency`: how long rankers take by candidates and tokens, and what that foretells."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reranklab.api.figures import check_figure
from reranklab.api.inputs import AnyRanker, as_specs
from reranklab.api.show import Cell, Shown
from reranklab.data.collection import Collection
from reranklab.errors import InputError
from reranklab.extras import TABLES
from reranklab.latency.claims import answer_claim, published_claims
from reranklab.latency.forecast import Forecast, forecast
from reranklab.latency.measured import measure_latency
from reranklab.latency.record import QUANTILES, STAGES, sweep_record
from reranklab.latency.sweep import Sweep
from reranklab.latency.tasks import collection_tasks
from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.titles import ranker_titles

if TYPE_CHECKING:
    import pandas

    from reranklab.plots.drawing import Drawing
    from reranklab.services.endpoint import Endpoint

_FIGURES = ("times", "lengths", "residuals", "budget", "published")
SIZES, LENGTHS = (5, 10, 20, 50), (32, 64, 128, 256)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class LatencyResult(Shown):
    """The measured times of rankers. Iterating gives a sweep each, in their order."""

    sweeps: tuple[Sweep, ...]
    remarks: tuple[str, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """Why times may be those of a busy machine, and rankers that were left out."""
        return (*(f"{each.ranker}: {note}" for each in self for note in each.notes), *self.remarks)

    @property
    def figures(self) -> tuple[str, ...]:
        """The names that `figure` takes."""
        return _FIGURES

    def __iter__(self) -> Iterator[Sweep]:
        return iter(self.sweeps)

    def __len__(self) -> int:
        return len(self.sweeps)

    def __getitem__(self, ranker: str) -> Sweep:
        """The sweep of a ranker id. Raises InputError where there is none."""
        for each in self:
            if each.ranker == ranker:
                return each
        raise InputError(f"There are no times of {ranker!r}. Choose one of: {', '.join(each.ranker for each in self)}.")

    def forecast(self, ranker: str | None = None) -> Forecast:
        """What the law of a ranker, by default the first, foretells: `time(100, 256, "p95")`, `deepest(200, 256, "p95")`.

        Raises InputError for another ranker, and where its lists are too few for a law.
        """
        return forecast(self._sweep(ranker))

    def figure(self, name: str, *, ranker: str | None = None, budget_ms: float | None = None) -> Drawing:
        """A figure of one ranker, by default the first, with its text alternative; `budget_ms` is drawn into times, lengths and
        budget.

        Raises InputError, naming the figures, for an unknown name, and as `forecast` does; times are drawn without a law too.
        """
        check_figure(name, _FIGURES)
        result = self._sweep(ranker)
        title = ranker_titles(each.ranker for each in self)[result.ranker]
        if name == "times":
            from reranklab.plots.latency import draw_latency

            try:
                law = forecast(result).law
            except InputError:
                law = None
            return draw_latency(result.cells, ranker=title, law=law, budget=budget_ms)
        told = forecast(result)
        if name == "lengths":
            from reranklab.plots.latency_lengths import draw_lengths

            return draw_lengths(result.cells, told=told, ranker=title, budget=budget_ms)
        if name == "residuals":
            from reranklab.plots.latency_residuals import draw_residuals

            return draw_residuals(result.cells, told.law, ranker=title)
        if name == "budget":
            from reranklab.plots.latency_surface import draw_surface

            return draw_surface(told, result.cells, ranker=title, at=told.levels[-1], budget=budget_ms)
        from reranklab.plots.latency_claims import draw_claims

        return draw_claims([answer_claim(claim, told) for claim in published_claims()], ranker=title)

    def to_pandas(self) -> pandas.DataFrame:
        """A row for each ranker and list; times in ms, stages as medians. Needs pandas."""
        TABLES.check("A data frame")
        import pandas

        return pandas.DataFrame(
            {
                "ranker": each.ranker,
                "candidates": cell.candidates,
                "asked_tokens": cell.asked_tokens,
                "tokens": cell.tokens,
                "runs": len(cell.runs),
                **{f"{name}_ms": cell.quantile(probability).value for name, probability in QUANTILES.items()},
                **{f"{stage}_ms": cell.median(stage) for stage in STAGES},
            }
            for each in self
            for cell in each.cells
        )

    def to_dict(self, *, budget_ms: float | None = None) -> dict[str, Any]:
        """What `reranklab latency` gives as JSON, as plain values."""
        return {"rankers": [sweep_record(each, budget=budget_ms) for each in self]}

    def _sweep(self, ranker: str | None) -> Sweep:
        return self.sweeps[0] if ranker is None else self[ranker]

    def _table(self) -> tuple[str, list[str], list[list[Cell]], list[str]]:
        titles = ranker_titles(each.ranker for each in self)
        rows: list[list[Cell]] = [
            [titles[each.ranker], cell.candidates, round(cell.tokens), cell.quantile(0.5).short, cell.quantile(0.95).short]
            for each in self
            for cell in each.cells
        ]
        device = self.sweeps[0].timing.device_name
        head = f"Times on {device} in ms. [95 % interval of the quantile]"
        return head, ["ranker", "candidates", "tokens", "p50", "p95"], rows, list(self.notes)


def latency(
    rankers: AnyRanker | Sequence[AnyRanker] | None = None,
    *,
    candidates: Sequence[int] = SIZES,
    tokens: Sequence[int] = LENGTHS,
    dataset: str | os.PathLike[str] | Collection | None = None,
    queries: int = 5,
    repeats: int = 5,
    seed: int = 0,
    cold: bool = True,
    device: str = "cpu",
    endpoints: Sequence[Endpoint] = (),
    progress: Progress | None = None,
    cancel: CancelSignal | None = None,
) -> LatencyResult:
    """Time each ranker on lists of every number of `candidates` and every length in `tokens`, in random order.

    With `dataset` the documents are those of a BM25 search for a sample of its queries, as they are, in place of `tokens`. With
    `cold` a fresh process shows the ranker's start and its memory; a ranker of this process alone cannot be loaded there, and
    its sweep says so. Without `rankers` the default ones run whose packages are installed. Raises InputError for what cannot
    be used, what a ranker raises, and what `load_dataset` raises.
    """
    specs, remarks = as_specs(rankers)
    tasks = None
    if dataset is not None:
        tasks = collection_tasks(dataset, candidates=candidates, queries=queries, seed=seed, cancel=cancel, progress=progress)
    sweeps = tuple(
        measure_latency(
            spec,
            candidates=candidates,
            tokens=tokens,
            tasks=tasks,
            device=device,
            repeats=repeats,
            seed=seed,
            cold=cold,
            endpoints=endpoints,
            cancel=cancel,
            progress=progress,
        )
        for spec in specs
    )
    return LatencyResult(sweeps=sweeps, remarks=remarks)
