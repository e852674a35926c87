"""The trained models of the data folder, and the trainings that are not complete."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reranklab.data.paths import data_dir, is_folder
from reranklab.data.storage import OTHER_DATA, remove, storing
from reranklab.errors import InputError
from reranklab.models.trained import TrainedModel, checked_model_name, find_trained, trained_folder
from reranklab.train.checkpoints import read_about, training_folder, unfinished_trainings
from reranklab.train.distil.begun import beginning_folder, find_begun, forget_begun
from reranklab.train.history import Course, course_from_json

_STEP = re.compile(r"step-(\d{7})")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedRanker:
    """A trained model as what it came from. `before` is the id of what it is compared with: its teacher, or else the ranker
    whose weights it began with. `collection` is where the training set is from, `created_at` when it was complete."""

    model: TrainedModel
    before: str
    collection: str
    course: Course
    created_at: str

    @property
    def name(self) -> str:
        return self.model.name

    @property
    def ranker(self) -> str:
        """Its id as a ranker."""
        return self.model.ranker

    @property
    def record(self) -> Mapping[str, Any]:
        return self.model.record

    @property
    def card(self) -> str:
        """The model card's Markdown; "" where there is none."""
        try:
            return (self.model.folder / "README.md").read_text(encoding="utf-8")
        except (OSError, ValueError):
            return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BegunTraining:
    """A training that did not come to its end, of the model of `ranker`; where `is_student`, of a student of that one. `step`
    is that of its last checkpoint, 0 for none; `steps` are all, 0 where that is not known."""

    name: str
    ranker: str
    is_student: bool
    step: int
    steps: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRankers:
    """The newest first. `damaged` is a sentence for each folder that cannot be read."""

    rankers: tuple[TrainedRanker, ...]
    damaged: tuple[str, ...]


def trained_rankers() -> KeptRankers:
    """All of the data folder."""
    rankers, damaged = [], []
    for name in _names():
        try:
            rankers.append(_trained(find_trained(name)))
        except InputError as error:
            damaged.append(str(error))
    rankers.sort(key=lambda each: each.created_at, reverse=True)
    return KeptRankers(rankers=tuple(rankers), damaged=tuple(damaged))


def trained_ranker(name: str) -> TrainedRanker:
    """The one of that name. Raises InputError where there is none, and where its record is damaged."""
    return _trained(find_trained(name))


def begun_trainings() -> tuple[BegunTraining, ...]:
    """All of the data folder, those at work among them. A folder that says nothing of itself is left out."""
    return tuple(found for name in unfinished_trainings() if (found := _begun(name)) is not None)


def delete_trained(name: str) -> None:
    """Delete a trained model. Raises InputError for what is no name, and StorageError."""
    _delete(trained_folder(checked_model_name(name)))


def delete_training(name: str) -> None:
    """Give up a training that is not complete. Raises InputError for what is no name, and StorageError."""
    _delete(training_folder(checked_model_name(name)))
    with storing("What is left of it", data_dir(), instead=OTHER_DATA):
        remove(beginning_folder(name))
        forget_begun(name)


def _delete(folder: Path) -> None:
    with storing("What is left of it", folder, instead=OTHER_DATA):
        remove(folder)


def _names() -> list[str]:
    folder = data_dir() / "trained"
    return sorted(each.name for each in folder.iterdir() if _is_named(each)) if is_folder(folder) else []


def _is_named(folder: Path) -> bool:
    try:
        return checked_model_name(folder.name) == folder.name and is_folder(folder)
    except InputError:
        return False


def _trained(model: TrainedModel) -> TrainedRanker:
    record = model.record
    try:
        teacher, data = record.get("teacher"), record["data"]
        return TrainedRanker(
            model=model,
            before=str(teacher["ranker"] if teacher else record["base"]["ranker"]),
            collection=str(data["provenance"].get("collection", data["name"])),
            course=course_from_json(record["history"]),
            created_at=str(record["created_at"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"The record of the trained model {model.name} is damaged. Train it anew.") from error


def _begun(name: str) -> BegunTraining | None:
    folder = training_folder(name)
    try:
        about = read_about(folder)
        steps = [int(match[1]) for path in folder.iterdir() if (match := _STEP.fullmatch(path.name))]
        student = find_begun(name)
        return BegunTraining(
            name=name,
            ranker=str(about.get("ranker", "")) if student is None else student.teacher,
            is_student=student is not None,
            step=max(steps, default=0),
            steps=int(about.get("steps") or 0),
        )
    except (InputError, OSError, TypeError, ValueError):
        return None
