"""Trainings in the background. They belong to the process: the page may be closed, and any session finds them again."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import streamlit as st

from reranklab.errors import InputError
from reranklab.progress import CancelSignal
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.store.store import Store
from reranklab.train.distil.run import distil, resume_student
from reranklab.train.distil.student import parse_student
from reranklab.train.estimate import TrainingEstimate
from reranklab.train.history import Course
from reranklab.train.kept import BegunTraining
from reranklab.train.recipe import Recipe
from reranklab.train.run import resume_training, train
from reranklab.train.sets.examples import TrainingSet
from reranklab.train.sets.soft import label_softly
from reranklab.ui.jobs import Emit, Job
from reranklab.ui.train.state import CheckedStudent

_KEPT = 20


class Live:
    """The latest course of a training, written by its thread and read by pages."""

    def __init__(self) -> None:
        self.course = Course()

    def see(self, course: Course) -> None:
        self.course = course


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """A training of this process. `number` tells them apart; `steps` are all, 0 where that is not known. The job gives the
    trained model's name."""

    number: int
    name: str
    steps: int
    live: Live
    job: Job[str]


Work = Callable[[CancelSignal, Emit, Callable[[Course], None]], str]
"""Trains, tells its steps and its course, and gives the model's name."""


@dataclass(slots=True)
class Trainings:
    """Those at work, and the last that ended."""

    _guard: threading.Lock = field(default_factory=threading.Lock)
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    _known: dict[int, Training] = field(default_factory=dict)

    def start(self, name: str, work: Work, *, steps: int = 0) -> Training:
        """Begin `work` on a model of that name. Raises InputError while another training is at work."""
        with self._guard:
            busy = next((each for each in self._known.values() if each.job.running), None)
            if busy is not None:
                raise InputError(f"{busy.name} is being trained, and one is trained at a time. Wait for its end, or cancel it.")
            live = Live()
            job = Job(lambda cancel, emit: work(cancel, emit, live.see), detached=True)
            begun = Training(number=next(self._numbers), name=name, steps=steps, live=live, job=job)
            self._known[begun.number] = begun
            for old in list(self._known)[:-_KEPT]:
                del self._known[old]
        return begun

    def get(self, number: int) -> Training | None:
        return self._known.get(number)

    def at_work(self) -> Training | None:
        """The one that is being trained."""
        with self._guard:
            return next((each for each in self._known.values() if each.job.running), None)


@st.cache_resource(show_spinner=False)
def trainings() -> Trainings:
    """Those of this process."""
    return Trainings()


def start_training(recipe: Recipe, training_set: TrainingSet, estimate: TrainingEstimate) -> Training:
    """Begin what a recipe says, with the set that it gave."""

    def work(cancel: CancelSignal, emit: Emit, seen: Callable[[Course], None]) -> str:
        return train(
            parse_ranker_id(recipe.ranker), training_set, name=recipe.name, settings=recipe.settings, device=recipe.device,
            estimate=estimate, seen=seen, cancel=cancel, progress=emit,
        ).name  # fmt: skip

    return trainings().start(recipe.name, work, steps=estimate.steps)


def start_student(checked: CheckedStudent, store: Store) -> Training:
    """Let the teacher score the lists that were checked, and train the student."""
    recipe, task, foretold = checked.recipe, checked.task, checked.estimate.student_minutes

    def work(cancel: CancelSignal, emit: Emit, seen: Callable[[Course], None]) -> str:
        labelled = label_softly(
            task, held_back=recipe.held_back, device=recipe.device, store=store, cancel=cancel, progress=emit
        )
        return distil(
            parse_ranker_id(recipe.teacher), labelled.training_set, parse_student(recipe.student), name=recipe.name,
            training=recipe.training, fitting=recipe.fitting, device=recipe.device, foretold=foretold, seen=seen, cancel=cancel,
            progress=emit,
        ).name  # fmt: skip

    return trainings().start(recipe.name, work)


def resume(begun: BegunTraining) -> Training:
    """Go on with a training that was stopped or killed."""
    name, is_student = begun.name, begun.is_student

    def work(cancel: CancelSignal, emit: Emit, seen: Callable[[Course], None]) -> str:
        if is_student:
            return resume_student(name, seen=seen, cancel=cancel, progress=emit).name
        return resume_training(name, seen=seen, cancel=cancel, progress=emit).name

    return trainings().start(name, work, steps=begun.steps)
