"""`evaluate` and `load_dataset`: rankers over the judged queries of a collection."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reranklab.api.figures import check_figure
from reranklab.api.inputs import AnyRanker, as_specs
from reranklab.api.show import Cell, Shown
from reranklab.api.sources import Source, as_source
from reranklab.data import beir
from reranklab.data.collection import Collection
from reranklab.errors import InputError
from reranklab.evaluate.candidates import DEFAULT_RULE
from reranklab.evaluate.differences import DEFAULT_MARGIN, Difference, check_margin, compare_results
from reranklab.evaluate.evaluated import Evaluated, evaluated
from reranklab.evaluate.experiment import RankerResult
from reranklab.evaluate.metrics import DEFAULT_MEASURES, parse_measure
from reranklab.evaluate.task_set import TaskSet, prepare_tasks
from reranklab.export import to_trec_run
from reranklab.extras import TABLES
from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.titles import ranker_titles
from reranklab.report.files import save_evaluations

if TYPE_CHECKING:
    import pandas

    from reranklab.plots.drawing import Drawing
    from reranklab.services.endpoint import Endpoint

_FIGURES = ("measures",)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class EvaluationResult(Shown):
    """Mean effectiveness and time of rankers on a collection. Iterating gives the results, in the order of the rankers.

    `differences` are the pairs of rankers in each measure, with verdicts.
    """

    task_set: TaskSet
    results: tuple[RankerResult, ...]
    measures: tuple[str, ...]
    differences: tuple[Difference, ...] = ()
    remarks: tuple[str, ...] = ()
    device: str = "cpu"
    repeats: int = 1
    margin: float = DEFAULT_MARGIN
    baseline: str | None = None

    @property
    def collection(self) -> Collection:
        return self.task_set.collection

    @property
    def notes(self) -> tuple[str, ...]:
        """How the collection was read, what a reader of the means must know, and rankers that were left out."""
        return (*self.task_set.notes, *self.remarks)

    @property
    def titles(self) -> dict[str, str]:
        """Ranker id to what it is called, no two alike."""
        return ranker_titles(result.ranker for result in self.results)

    @property
    def figures(self) -> tuple[str, ...]:
        """The names that `figure` takes."""
        return _FIGURES

    def __iter__(self) -> Iterator[RankerResult]:
        return iter(self.results)

    def __len__(self) -> int:
        return len(self.results)

    def __getitem__(self, ranker: str) -> RankerResult:
        """The result of a ranker id. Raises InputError where there is none."""
        for result in self.results:
            if result.ranker == ranker:
                return result
        known = ", ".join(result.ranker for result in self.results)
        raise InputError(f"There is no result of {ranker!r}. Choose one of: {known}.")

    def figure(self, name: str) -> Drawing:
        """A figure with its text alternative. Raises InputError, naming the figures, for an unknown name."""
        check_figure(name, _FIGURES)
        from reranklab.plots.measures import draw_measures

        return draw_measures({result.ranker: result.intervals for result in self.results}, titles=self.titles)

    def to_pandas(self) -> pandas.DataFrame:
        """A row for each ranker and query, with a column for each measure. Needs pandas."""
        TABLES.check("A data frame")
        import pandas

        rows = [
            {"ranker": result.ranker, "query_id": query, **values}
            for result in self.results
            for query, values in result.per_query.items()
        ]
        return pandas.DataFrame(rows, columns=["ranker", "query_id", *self.measures])

    def to_trec(self) -> dict[str, str]:
        """Ranker id to its TREC run over all queries. Raises InputError for ids that hold whitespace."""
        return {result.ranker: to_trec_run(result.rankings) for result in self.results}

    def to_dict(self) -> dict[str, Any]:
        """What `reranklab evaluate` gives as JSON, as plain values."""
        return self.task_set.record(self.results, notes=self.remarks, differences=self.differences)

    def save(self, path: str | os.PathLike[str]) -> tuple[Path, ...]:
        """Write a report (.html) or an export (.json, .csv, .parquet, .trec), as the end of `path` says, with a manifest.

        The paths of what was written: some formats are several files. Raises InputError for another end, MissingPackageError,
        naming the extra, and StorageError.
        """
        return save_evaluations([self._evaluated()], path)

    def _evaluated(self) -> Evaluated:
        return evaluated(
            self.task_set,
            self.results,
            measures=self.measures,
            differences=self.differences,
            notes=self.remarks,
            device=self.device,
            repeats=self.repeats,
            margin=self.margin,
            baseline=self.baseline,
        )

    def _table(self) -> tuple[str, list[str], list[list[Cell]], list[str]]:
        head = (
            f"{self.collection.name} ({self.collection.split}), {len(self.task_set.tasks):,} queries, "
            f"candidates {self.task_set.rule}. [95 % bootstrap interval]"
        )
        titles = self.titles
        rows: list[list[Cell]] = []
        notes = []
        for result in self.results:
            part = "" if result.complete else f" ({result.queries:,} of {result.asked:,} queries)"
            time = "" if result.ms_per_query is None else result.ms_per_query
            rows.append([titles[result.ranker] + part, *(_metric(result, measure) for measure in self.measures), time])
            notes += [f"{titles[result.ranker]} failed: {error.message}" for error in result.errors[:1]]
        return head, ["ranker", *self.measures, "ms/query"], rows, [*notes, *self.notes]


def load_dataset(
    name_or_path: str | os.PathLike[str],
    *,
    split: str | None = None,
    progress: Progress | None = None,
    cancel: CancelSignal | None = None,
) -> Collection:
    """A sample by name, a BEIR dataset that was downloaded, or a folder or zip in BEIR layout.

    `split` None is the one that published results use. Raises InputError for what is no dataset, and DataUnavailableError for a
    BEIR dataset that is not here.
    """
    return beir.load_dataset(
        name_or_path if isinstance(name_or_path, str) else Path(name_or_path), split=split, cancel=cancel, progress=progress
    )


def evaluate(
    dataset: Source,
    rankers: AnyRanker | Sequence[AnyRanker] | None = None,
    *,
    candidates: str = DEFAULT_RULE,
    queries: int | None = None,
    seed: int = 0,
    measures: str | Sequence[str] = DEFAULT_MEASURES,
    split: str | None = None,
    baseline: AnyRanker | None = None,
    margin: float = DEFAULT_MARGIN,
    device: str = "cpu",
    repeats: int = 1,
    endpoints: Sequence[Endpoint] = (),
    progress: Progress | None = None,
    cancel: CancelSignal | None = None,
) -> EvaluationResult:
    """Rank the judged queries of a dataset with each ranker, and score the rankings.

    `candidates` is "bm25:DEPTH", "judged", "ID:DEPTH" of a ranker that searches, or "run:FILE". `queries` draws a sample of
    that many with `seed`; None takes all. `measures` are names that ir-measures knows, such as "nDCG@10". Without `rankers`
    the default ones run whose packages are installed.
    Every pair of rankers is compared, or each with `baseline`; differences within `margin` count as none.
    A query that a ranker fails on is named in its result. Raises InputError for what cannot be used, and what
    `load_dataset` raises.
    """
    names = (measures,) if isinstance(measures, str) else tuple(dict.fromkeys(measures))
    for name in names:
        parse_measure(name)
    check_margin(margin)
    specs, remarks = as_specs(rankers)
    against = None if baseline is None else as_specs(baseline)[0][0].id
    if against is not None and against not in [spec.id for spec in specs]:
        raise InputError(f"The baseline {against} is not among the rankers. Add it to them.")
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
    results = task_set.evaluate(
        specs,
        measures=names,
        device=device,
        repeats=repeats,
        endpoints=endpoints,
        cancel=cancel,
        progress=progress,
    )
    differences = compare_results(results, names, margin=margin, baseline=against)
    return EvaluationResult(
        task_set=task_set,
        results=results,
        measures=names,
        differences=differences,
        remarks=remarks,
        device=device,
        repeats=repeats,
        margin=margin,
        baseline=against,
    )


def _metric(result: RankerResult, measure: str) -> str:
    interval = result.intervals.get(measure)
    return "-" if interval is None else interval.short
