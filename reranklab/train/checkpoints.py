"""Checkpoints of a training: written beside their place, then renamed, so that a killed process leaves whole ones only."""

from __future__ import annotations

import json
import os
import re
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from reranklab.data.paths import data_dir, is_file, is_folder
from reranklab.data.storage import OTHER_DATA, TEMPORARY, remove, storing
from reranklab.errors import InputError
from reranklab.train.history import Course, course_from_json
from reranklab.train.sets.examples import TrainingSet
from reranklab.train.sets.set_files import save_training_set

ABOUT = "about.json"
DATA = "data"
COURSE = "course.json"
WEIGHTS = "weights.safetensors"
_STEP = re.compile(r"step-(\d{7})")
_BEST = re.compile(r"best-(\d{7})")
_WHAT = "The checkpoint"


def training_folder(name: str) -> Path:
    """Where a training that is not complete keeps what it has."""
    return data_dir() / "training" / name


@contextmanager
def whole_folder(folder: Path, *, what: str = _WHAT) -> Iterator[Path]:
    """A folder that appears in its place when the block is left without an error, every byte of it on the disk. What was in the
    place goes. Raises StorageError."""
    with storing(what, folder.parent, instead=OTHER_DATA):
        folder.parent.mkdir(parents=True, exist_ok=True)
        work = folder.parent / f"{TEMPORARY[0]}{uuid.uuid4().hex}"
        work.mkdir()
    try:
        yield work
        with storing(what, folder.parent, instead=OTHER_DATA):
            for path in (*work.rglob("*"), work):
                _flush(path)
            remove(folder)
            work.rename(folder)
            _flush(folder.parent)
    finally:
        remove(work)


def unfinished_trainings() -> tuple[str, ...]:
    """The names of those that were stopped or killed, or are at work."""
    room = data_dir() / "training"
    return tuple(sorted(path.name for path in room.iterdir() if is_file(path / ABOUT))) if is_folder(room) else ()


def begin_folder(folder: Path, about: Mapping[str, Any], training_set: TrainingSet) -> None:
    """Make the folder of a training anew, with its data: it goes on with the very same, whatever becomes of the collection."""
    with whole_folder(folder, what="The training") as work:
        save_training_set(training_set, work / DATA)
        (work / ABOUT).write_text(json.dumps(about, indent=1, sort_keys=True), encoding="utf-8")


def read_about(folder: Path) -> dict[str, Any]:
    """What the training in a folder is. Raises InputError where there is none."""
    try:
        about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"There is no training {folder.name} that could go on. Begin it anew.") from error
    if not isinstance(about, dict):
        raise InputError(f"The training {folder.name} is damaged and cannot go on. Begin it anew.")
    return about


def step_folder(folder: Path, step: int) -> Path:
    return folder / f"step-{step:07d}"


def best_folder(folder: Path, step: int) -> Path:
    return folder / f"best-{step:07d}"


def last_checkpoint(folder: Path) -> tuple[Path, Course] | None:
    """The latest whole checkpoint, with the course up to it; None where there is none. What a killed process began goes."""
    for path in folder.iterdir() if is_folder(folder) else ():
        if path.name.startswith(TEMPORARY):
            remove(path)
    for path in sorted(_matching(folder, _STEP), reverse=True):
        try:
            course = course_from_json(json.loads((path / COURSE).read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError, TypeError):
            continue
        if course.best is None or is_folder(best_folder(folder, course.best.step)):
            return path, course
    return None


def forget_older(folder: Path, *, step: int, best: int | None) -> None:
    """Remove the checkpoints before `step`, and the best weights of other steps than `best`."""
    for path in _matching(folder, _STEP):
        if path != step_folder(folder, step):
            remove(path)
    for path in _matching(folder, _BEST):
        if best is None or path != best_folder(folder, best):
            remove(path)


def write_weights(model: Any, folder: Path) -> None:
    """The weights that are trained, and what the network counts beside them."""
    from safetensors.torch import save_file

    tensors = {name: tensor.detach().contiguous().clone() for name, tensor in _kept(model)}
    save_file(tensors, folder / WEIGHTS)


def read_weights(model: Any, folder: Path) -> None:
    """Put the weights of a checkpoint into the model. Raises InputError where they are of another one."""
    import torch
    from safetensors.torch import load_file

    held = load_file(folder / WEIGHTS)
    kept = dict(_kept(model))
    if held.keys() != kept.keys() or any(held[name].shape != tensor.shape for name, tensor in kept.items()):
        raise InputError("The checkpoint is of another model, or of other trained layers. Begin the training anew.")
    with torch.no_grad():
        for name, tensor in kept.items():
            tensor.copy_(held[name])


def _kept(model: Any) -> Iterator[tuple[str, Any]]:
    yield from ((name, tensor) for name, tensor in model.named_parameters() if tensor.requires_grad)
    yield from ((f"buffer.{name}", tensor) for name, tensor in model.named_buffers() if tensor.is_floating_point())


def _matching(folder: Path, pattern: re.Pattern[str]) -> list[Path]:
    return [path for path in folder.iterdir() if pattern.fullmatch(path.name)] if is_folder(folder) else []


def _flush(path: Path) -> None:
    """Have the disk hold what was written. Folders cannot be flushed on every system."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except PermissionError:
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
