"""What a student whose training is not complete is made of, beside its training: so it goes on by its name alone."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from reranklab.data.paths import data_dir, is_file
from reranklab.data.storage import OTHER_DATA, remove, storing
from reranklab.errors import InputError
from reranklab.train.distil.student import StudentPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class BegunStudent:
    """`teacher` and `base` are ids of rankers, `foretold` the minutes that were estimated."""

    teacher: str
    base: str
    plan: StudentPlan
    foretold: float | None


def keep_begun(name: str, begun: BegunStudent) -> None:
    """Raises StorageError."""
    path = _file(name)
    with storing("The student", path.parent, instead=OTHER_DATA):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(begun)) + "\n", encoding="utf-8")


def find_begun(name: str) -> BegunStudent | None:
    """None where the training of that name is no student's. Raises InputError where what was kept is damaged."""
    if not is_file(_file(name)):
        return None
    try:
        kept = json.loads(_file(name).read_text(encoding="utf-8"))
        layers = kept["plan"]["layers"]
        plan = StudentPlan(**{**kept["plan"], "layers": tuple(layers) if isinstance(layers, list) else layers})
        return BegunStudent(**{**kept, "plan": plan})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"What the student {name} is made of cannot be read. Begin it anew.") from error


def forget_begun(name: str) -> None:
    """Nothing where there is none."""
    remove(_file(name))


def beginning_folder(name: str) -> Path:
    """Where the model is that a student of fewer layers begins with, until its training is complete."""
    return data_dir() / "students" / name


def _file(name: str) -> Path:
    return data_dir() / "students" / f"{name}.json"
