"""One training from its first step to a model folder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from reranklab.data.storage import remove
from reranklab.errors import Cancelled, InputError
from reranklab.latency.memory import PeakMemory
from reranklab.models.device import resolve_device
from reranklab.models.trained import checked_model_name, find_trained, trained_folder
from reranklab.progress import CancelSignal, Progress, check_cancel, report
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.rankers.family import RankerSpec
from reranklab.train.checkpoints import (
    DATA,
    begin_folder,
    best_folder,
    last_checkpoint,
    read_about,
    read_weights,
    training_folder,
)
from reranklab.train.estimate import TrainingEstimate
from reranklab.train.folder import save_model
from reranklab.train.history import Course
from reranklab.train.parts import merge_adapters
from reranklab.train.prepare import Prepared, prepare
from reranklab.train.quiet import quietly
from reranklab.train.sets.examples import TrainingSet
from reranklab.train.sets.set_files import load_training_set
from reranklab.train.settings import TrainingSettings
from reranklab.train.trainers import Work, make_trainer, one_at_a_time

_FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """A model that was trained. `ranker` is its id, wherever one stands; `minutes` what steps and scores took together, before
    an interruption too; `foretold` what an estimate said of them, None without one; `memory` the most megabytes that the
    process took, None where the system does not tell."""

    name: str
    folder: Path
    ranker: str
    base: str
    prepared: Prepared
    course: Course
    memory: float | None
    foretold: float | None
    notes: tuple[str, ...]

    @property
    def minutes(self) -> float:
        return self.course.seconds / 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Began:
    """What a training that is not complete began with."""

    ranker: str
    training_set: TrainingSet
    settings: TrainingSettings
    device: str
    estimate: TrainingEstimate | None


def train(
    spec: RankerSpec,
    training_set: TrainingSet,
    *,
    name: str,
    settings: TrainingSettings | None = None,
    device: str = "cpu",
    resume: bool = False,
    replace: bool = False,
    estimate: TrainingEstimate | None = None,
    seen: Callable[[Course], None] | None = None,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> Trained:
    """Train the model of a spec on a training set, and keep it as `trained/NAME` in the data folder.

    The same set, settings and seed give the same weights on a processor. With `resume` a training of that name that was
    stopped or killed goes on at its last checkpoint; with `replace` a model or training of that name is given up. How far off
    an `estimate` was is kept with the model. `seen` is given
    the course so far after each step and score. Raises
    InputError for what cannot be trained, Cancelled between two steps (the last one is kept as a checkpoint), ModelError
    where the loss is no number any more, StorageError, and what the model's loader raises.
    """
    name = checked_model_name(name)
    check_free(name, resume=resume, replace=replace)
    folder = training_folder(name)
    with one_at_a_time.hold(cancel), quietly():
        prepared = prepare(
            spec, training_set, settings or TrainingSettings(), device=resolve_device(device), cancel=cancel, progress=progress
        )
        course, checkpoint = Course(), None
        if resume:
            _check_same(folder, prepared)
            if found := last_checkpoint(folder):
                checkpoint, course = found
        else:
            about = {
                "format": _FORMAT,
                "name": name,
                "digest": prepared.digest,
                "ranker": spec.id,
                "steps": prepared.steps,
                "device": device,
                "replace": replace,
                "settings": asdict(settings or TrainingSettings()),
                "estimate": asdict(estimate) if estimate is not None else None,
            }
            begin_folder(folder, about, training_set)
        memory = PeakMemory(prepared.device.id)
        notes = _run(
            prepared, course, folder, checkpoint, seen=seen, cancel=cancel, progress=progress, label=f"training {name}"
        )
        merge_adapters(prepared.model)
        used = memory.most()
        report(progress, done=prepared.steps, total=prepared.steps, unit="step", label=f"training {name}")
        foretold = estimate.foretold(course) if estimate is not None else None
        made = save_model(prepared, course, name=name, memory=used, foretold=foretold, notes=notes)
    remove(folder)
    return Trained(
        name=name,
        folder=made,
        ranker=find_trained(name).ranker,
        base=spec.id,
        prepared=prepared,
        course=course,
        memory=used,
        foretold=foretold,
        notes=notes,
    )


def resume_training(
    name: str,
    *,
    seen: Callable[[Course], None] | None = None,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> Trained:
    """Go on with a training that was stopped or killed, with the data, settings and device that it began with.

    Raises InputError where there is none of that name, and as `train` does.
    """
    began = what_began(name)
    return train(
        parse_ranker_id(began.ranker),
        began.training_set,
        name=name,
        settings=began.settings,
        device=began.device,
        resume=True,
        estimate=began.estimate,
        seen=seen,
        cancel=cancel,
        progress=progress,
    )


def what_began(name: str) -> Began:
    """Raises InputError where there is no training of that name that could go on."""
    folder = training_folder(checked_model_name(name))
    about = read_about(folder)
    try:
        return Began(
            ranker=str(about["ranker"]),
            device=str(about["device"]),
            settings=TrainingSettings(**about["settings"]),
            estimate=TrainingEstimate(**about["estimate"]) if about["estimate"] is not None else None,
            training_set=load_training_set(folder / DATA),
        )
    except (KeyError, TypeError) as error:
        raise InputError(f"The training {folder.name} is damaged and cannot go on. Begin it anew (--replace).") from error


def check_free(name: str, *, resume: bool = False, replace: bool = False) -> None:
    """Raise InputError where a model or a training of the name is there, and is not to be replaced or go on."""
    if replace or (resume and read_about(training_folder(name)).get("replace") is True):
        return
    if trained_folder(name).exists():
        raise InputError(f"There is a trained model {name} already. Take another name, or replace it (--replace).")
    if not resume and training_folder(name).exists():
        raise InputError(f"A training {name} was stopped before its end. Go on with it (--resume), or begin anew (--replace).")


def _check_same(folder: Path, prepared: Prepared) -> None:
    if read_about(folder).get("digest") != prepared.digest:
        raise InputError(
            f"The training {folder.name} was begun with another model, other data or other settings. Give the same again, or "
            "begin anew (--replace)."
        )


def _run(
    prepared: Prepared,
    course: Course,
    folder: Path,
    checkpoint: Path | None,
    *,
    seen: Callable[[Course], None] | None,
    cancel: CancelSignal | None,
    progress: Progress | None,
    label: str,
) -> tuple[str, ...]:
    """Train to the end, and leave the best weights in the model. Returns notes."""
    work = Work(prepared, folder, course, seen=seen, cancel=cancel, progress=progress, label=label)
    if checkpoint is not None:
        read_weights(prepared.model, checkpoint)
        work.catch_up()
    ended = checkpoint is not None and _is_over(course, prepared)
    if not ended:
        trainer = make_trainer(prepared, work, folder)
        try:
            if checkpoint is None:
                work.score(0)
            check_cancel(cancel)
            trainer.train(resume_from_checkpoint=None if checkpoint is None else str(checkpoint))
            work.check_cancelled()
        except Cancelled as error:
            if not course.losses:
                raise Cancelled("Stopped before the first step.") from error
            if not work.is_saved:
                trainer.save_checkpoint()
            raise Cancelled(
                f"Stopped after step {course.losses[-1].step} of {prepared.steps}. The training can go on there."
            ) from error
        finally:
            work.leave_turn()
        del trainer
    best = course.best
    if best is not None:
        read_weights(prepared.model, best_folder(folder, best.step))
    return (*prepared.notes, *_notes(course, prepared))


def _is_over(course: Course, prepared: Prepared) -> bool:
    last = course.losses[-1].step if course.losses else 0
    return last >= prepared.steps or course.without_rise >= prepared.settings.patience


def _notes(course: Course, prepared: Prepared) -> tuple[str, ...]:
    notes = []
    last = course.losses[-1].step
    if last < prepared.steps:
        notes.append(f"Stopped early, after step {last} of {prepared.steps}: the held-back score rose no more.")
    if course.best and course.before and course.best.score.mean <= course.before.score.mean:
        notes.append(
            f"No checkpoint is better than the untrained model on the held-back lists ({course.best.score.mean:.4f} against "
            f"{course.before.score.mean:.4f}): use that one, or more data, another loss, a lower learning rate."
        )
    if not prepared.held_back:
        notes.append("No list was held back, so the last step's weights were kept, unseen how good they are.")
    return tuple(notes)
