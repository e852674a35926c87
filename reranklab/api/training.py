"""`train`, `distil` and `before_after`: rankers for a domain of one's own, and what they learned and forgot."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reranklab.api.figures import check_figure
from reranklab.api.inputs import AnyRanker, as_spec
from reranklab.api.show import Cell, Shown
from reranklab.api.sources import Source, as_source
from reranklab.data.collection import Collection
from reranklab.errors import InputError
from reranklab.evaluate.candidates import DEFAULT_RULE
from reranklab.evaluate.differences import DEFAULT_MARGIN
from reranklab.evaluate.drift import DEFAULT_MEASURE
from reranklab.evaluate.probes.sources import load_source
from reranklab.evaluate.thresholds import check_criterion
from reranklab.extras import TABLES
from reranklab.models.trained import checked_model_name
from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.catalogue import DEFAULT_RANKER
from reranklab.train.catalogue import learner_of
from reranklab.train.change.before_after import BeforeAfter, CollectionChange, before_and_after
from reranklab.train.change.before_after_record import before_after_record
from reranklab.train.history import HeldBackScore
from reranklab.train.kept import TrainedRanker, trained_ranker
from reranklab.train.sets.evaluations import Leaks
from reranklab.train.sets.judged_set import judged_training_set
from reranklab.train.sets.mining import Mining
from reranklab.train.sets.query_split import HELD_BACK
from reranklab.train.sets.soft import CANDIDATES, label_softly, soft_task
from reranklab.train.settings import TrainingSettings

if TYPE_CHECKING:
    import pandas

    from reranklab.plots.drawing import Drawing
    from reranklab.services.endpoint import Endpoint
    from reranklab.train.distil.fit import FitSettings

_TRAINING_FIGURES = ("training",)
_CHANGE_FIGURES = ("learned", "times", "scores")

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class TrainingResult(Shown):
    """A model that was trained here, with how that went. Iterating gives the scores of the held-back lists."""

    trained: TrainedRanker

    @property
    def ranker(self) -> str:
        """Its id, for every function that takes a ranker."""
        return self.trained.ranker

    @property
    def folder(self) -> Path:
        """Where its files are."""
        return self.trained.model.folder

    @property
    def notes(self) -> tuple[str, ...]:
        """What was left out of the data, and what stopped the training early."""
        return tuple(map(str, self.trained.record["notes"]))

    @property
    def figures(self) -> tuple[str, ...]:
        """The names that `figure` takes."""
        return _TRAINING_FIGURES

    def __iter__(self) -> Iterator[HeldBackScore]:
        return iter(self.trained.course.scores)

    def __len__(self) -> int:
        return len(self.trained.course.scores)

    def figure(self, name: str) -> Drawing:
        """A figure with its text alternative. Raises InputError, naming the figures, for an unknown name."""
        check_figure(name, _TRAINING_FIGURES)
        from reranklab.plots.training import draw_training

        return draw_training(self.trained.course, steps=self.trained.record["steps"]["planned"])

    def to_pandas(self) -> pandas.DataFrame:
        """A row for each step, with nDCG@10 of the held-back lists after those that were scored. Needs pandas."""
        TABLES.check("A data frame")
        import pandas

        scores = {each.step: each.score for each in self}
        losses = {each.step: each.loss for each in self.trained.course.losses}
        return pandas.DataFrame(
            {
                "step": step,
                "loss": losses.get(step),
                "held_back": score.mean if (score := scores.get(step)) else None,
                "low": score.low if score else None,
                "high": score.high if score else None,
            }
            for step in sorted({*losses, *scores})
        )

    def to_dict(self) -> dict[str, Any]:
        """What `reranklab train` gives as JSON, as plain values."""
        return self.trained.model.to_json()

    def _table(self) -> tuple[str, list[str], list[list[Cell]], list[str]]:
        record, best = self.trained.record, self.trained.course.best
        lists, minutes = record["data"]["lists"], record["minutes"]
        head = f"{self.ranker}, from {self.trained.before}, on {lists:,} lists in {minutes:.1f} minutes"
        rows: list[list[Cell]] = [[each.step, each.score.short, "yes" if each == best else ""] for each in self]
        return head, ["after step", "nDCG@10 of the held-back lists", "kept"], rows, list(self.notes)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class BeforeAfterResult(Shown):
    """A ranker before and after training. Iterating gives a change for each collection, those trained for first."""

    change: BeforeAfter

    @property
    def notes(self) -> tuple[str, ...]:
        """How the collections were read, and what was left out."""
        return (*self.change.notes, *(f"{each.name}: {note}" for each in self for note in each.notes))

    @property
    def figures(self) -> tuple[str, ...]:
        """The names that `figure` takes."""
        return _CHANGE_FIGURES

    def __iter__(self) -> Iterator[CollectionChange]:
        return iter((*self.change.learned, *self.change.elsewhere))

    def __len__(self) -> int:
        return len(self.change.collections)

    def figure(self, name: str, *, collection: str | None = None) -> Drawing:
        """A figure with its text alternative: the differences, or times or scores of one collection, the first unless named.

        Raises InputError, naming what there is, for an unknown figure or collection.
        """
        check_figure(name, _CHANGE_FIGURES)
        from reranklab.plots.before_after import draw_learned, draw_quality_time, draw_score_change

        if name == "learned":
            return draw_learned(self.change)
        each = self[collection] if collection is not None else next(iter(self))
        return draw_quality_time(each) if name == "times" else draw_score_change(each)

    def __getitem__(self, collection: str) -> CollectionChange:
        """The change on a collection by its name. Raises InputError for another."""
        found = next((each for each in self if each.name == collection), None)
        if found is None:
            raise InputError(f"There is no collection {collection!r}. Choose one of: {', '.join(each.name for each in self)}.")
        return found

    def to_pandas(self) -> pandas.DataFrame:
        """A row for each collection: means, difference, interval, corrected p-value, verdict. Needs pandas."""
        TABLES.check("A data frame")
        import pandas

        return pandas.DataFrame(
            {
                "collection": each.name,
                "trained_for": each.own,
                "queries": each.difference.queries,
                "before": each.before.mean.mean,
                "after": each.after.mean.mean,
                "difference": each.difference.difference,
                "low": each.difference.interval.low,
                "high": each.difference.interval.high,
                "p_holm": each.difference.p_holm,
                "verdict": each.difference.verdict,
            }
            for each in self
        )

    def to_dict(self) -> dict[str, Any]:
        """What `reranklab before-after` gives as JSON, as plain values."""
        return before_after_record(self.change)

    def _table(self) -> tuple[str, list[str], list[list[Cell]], list[str]]:
        measure = self.change.table.measure
        rows: list[list[Cell]] = [
            [
                each.name,
                "yes" if each.own else "no",
                each.before.mean.short,
                each.after.mean.short,
                each.difference.short,
                each.difference.verdict,
            ]
            for each in self
        ]
        columns = ["collection", "trained for", f"{measure} before", "after", "change", "verdict"]
        return f"{self.change.after} beside {self.change.before}", columns, rows, [*self.change.sentences, *self.notes]


def train(
    dataset: Source,
    ranker: AnyRanker | None = None,
    *,
    name: str,
    split: str | None = None,
    evaluate_on: Sequence[Source] = (),
    leaks: Leaks = "refuse",
    mining: Mining | None = None,
    held_back: float = HELD_BACK,
    settings: TrainingSettings | None = None,
    device: str = "cpu",
    resume: bool = False,
    replace: bool = False,
    progress: Progress | None = None,
    cancel: CancelSignal | None = None,
) -> TrainingResult:
    """Fine-tune the model of `ranker`, the embedded cross-encoder unless given, on a judged collection.

    `evaluate_on` are the collections that the model will be judged by: queries that they ask too are an error, or left out
    with `leaks="leave-out"`. `mining` says how negatives are found, `settings` how the model is trained. A training that was
    stopped goes on at its last checkpoint with `resume` and the same arguments; `replace` gives up a model of that name. Raises
    InputError for what cannot be trained, Cancelled between two steps, and what `load_dataset` raises.
    """
    from reranklab.train.run import check_free
    from reranklab.train.run import train as trained

    spec, settings, name = as_spec(ranker or DEFAULT_RANKER), settings or TrainingSettings(), checked_model_name(name)
    learner_of(spec)
    check_free(name, resume=resume, replace=replace)
    training_set = judged_training_set(
        as_source(dataset),
        split=split,
        mining=mining,
        evaluate_on=[as_source(each) for each in evaluate_on],
        leaks=leaks,
        held_back=held_back,
        seed=settings.seed,
        device=device,
        cancel=cancel,
        progress=progress,
    )
    for note in training_set.notes:
        _logger.warning(note)
    trained(
        spec,
        training_set,
        name=name,
        settings=settings,
        device=device,
        resume=resume,
        replace=replace,
        cancel=cancel,
        progress=progress,
    )
    return TrainingResult(trained=trained_ranker(name))


def distil(
    dataset: Source,
    teacher: AnyRanker,
    student: str,
    *,
    name: str,
    base: AnyRanker | None = None,
    corpus: Source | None = None,
    split: str | None = None,
    candidates: str = CANDIDATES,
    queries: int | None = None,
    evaluate_on: Sequence[Source] = (),
    leaks: Leaks = "refuse",
    held_back: float = HELD_BACK,
    settings: TrainingSettings | FitSettings | None = None,
    device: str = "cpu",
    endpoints: Sequence[Endpoint] = (),
    resume: bool = False,
    replace: bool = False,
    progress: Progress | None = None,
    cancel: CancelSignal | None = None,
) -> TrainingResult:
    """Train a smaller ranker on a teacher's scores of lists that nobody needs to have judged.

    `student` is `layers=N`, `projection=D`, `static`, `static=vectors` or `whole`; `base` names the ranker whose weights it
    begins with. `settings` are TrainingSettings for `layers` and `whole`, FitSettings for the others. The other arguments are
    those of `train` and `evaluate`. Raises InputError for what does not go together, and as `train` does.
    """
    from reranklab.store.store import store_or_none
    from reranklab.train.distil.fit import FitSettings
    from reranklab.train.distil.run import distil as distilled
    from reranklab.train.distil.student import parse_student, student_base
    from reranklab.train.run import check_free

    plan, spec, name = parse_student(student), as_spec(teacher), checked_model_name(name)
    begin = student_base(plan, spec, as_spec(base) if base is not None else None)
    kind = TrainingSettings if plan.by_network else FitSettings
    settings = settings or (plan.training if plan.by_network else FitSettings())
    if not isinstance(settings, kind):
        raise InputError(f"The settings of {student} are {kind.__name__}, not {type(settings).__name__}.")
    check_free(name, resume=resume, replace=replace)
    store = store_or_none(_logger.warning)
    task = soft_task(
        as_source(dataset),
        teacher=spec.id,
        corpus=as_source(corpus) if corpus is not None else None,
        split=split,
        candidates=candidates,
        queries=queries,
        evaluate_on=[as_source(each) for each in evaluate_on],
        leaks=leaks,
        seed=settings.seed,
        device=device,
        cancel=cancel,
        progress=progress,
    )
    labelled = label_softly(
        task,
        held_back=held_back,
        device=device,
        endpoints=endpoints,
        store=store,
        warn=_logger.warning,
        cancel=cancel,
        progress=progress,
    )
    distilled(
        spec,
        labelled.training_set,
        plan,
        name=name,
        base=begin,
        training=settings if isinstance(settings, TrainingSettings) else None,
        fitting=settings if isinstance(settings, FitSettings) else None,
        device=device,
        resume=resume,
        replace=replace,
        cancel=cancel,
        progress=progress,
    )
    return TrainingResult(trained=trained_ranker(name))


def before_after(
    before: AnyRanker,
    after: AnyRanker,
    datasets: Source | Sequence[Source],
    *,
    own: Sequence[str] = (),
    candidates: str = DEFAULT_RULE,
    queries: int | None = None,
    seed: int = 0,
    measure: str = DEFAULT_MEASURE,
    margin: float = DEFAULT_MARGIN,
    criterion: str = "F1",
    probes: Sequence[str] = (),
    device: str = "cpu",
    endpoints: Sequence[Endpoint] = (),
    progress: Progress | None = None,
    cancel: CancelSignal | None = None,
) -> BeforeAfterResult:
    """What a ranker learned and what it forgot: the same queries and candidates ranked before and after training.

    Give collections that it was trained for and others. `own` names those that its folder does not tell. `probes` are sources
    as `reranklab probe` takes them. Queries that it was trained on are left out. Raises InputError for a ranker compared with
    itself and for what cannot be used, and what `load_dataset` raises.
    """
    sources = [datasets] if isinstance(datasets, str | os.PathLike | Collection) else list(datasets)
    change = before_and_after(
        as_spec(before),
        as_spec(after),
        [as_source(each) for each in sources],
        own=own,
        measure=measure,
        margin=margin,
        criterion=check_criterion(criterion),
        candidates=candidates,
        queries=queries,
        seed=seed,
        probes=[load_source(each, queries=queries, seed=seed, cancel=cancel, progress=progress) for each in probes],
        device=device,
        endpoints=endpoints,
        warn=_logger.warning,
        cancel=cancel,
        progress=progress,
    )
    return BeforeAfterResult(change=change)
