"""What a student will take, before its teacher begins: from a few lists that are scored, and a few steps that are made."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from reranklab.engine.build import build_ranker
from reranklab.latency.memory import PeakMemory
from reranklab.models.device import resolve_device
from reranklab.models.store import ensure
from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.rankers.family import RankerSpec
from reranklab.rankers.reference import model_entry
from reranklab.train.distil.fewer_layers import cut_layers
from reranklab.train.distil.fit import FitSettings
from reranklab.train.distil.fitted import fit_student
from reranklab.train.distil.student import StudentPlan, student_base
from reranklab.train.estimate import estimate_training
from reranklab.train.sets.examples import TrainingList, TrainingSet
from reranklab.train.sets.query_split import HELD_BACK
from reranklab.train.sets.soft import SoftTask, label_softly
from reranklab.train.settings import TrainingSettings

if TYPE_CHECKING:
    from reranklab.store.store import Store

_FEW = 6
"""Lists that are scored and trained on to see what one takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DistilEstimate:
    """Minutes for all `lists`, each of up to `documents` documents. What of the teacher's is stored already takes none.
    `teacher` says what it reads and costs. `gigabytes` is the most that the process took while it was measured, all else that
    it holds included; None where the system does not tell."""

    lists: int
    documents: int
    teacher_minutes: float
    student_minutes: float
    teacher: str
    gigabytes: float | None = None

    @property
    def minutes(self) -> float:
        return self.teacher_minutes + self.student_minutes

    @property
    def words(self) -> str:
        memory = f" Memory: {self.gigabytes:.1f} GB in all in the steps measured." if self.gigabytes is not None else ""
        return (
            f"about {self.minutes:,.1f} minutes: {self.teacher_minutes:,.1f} for the teacher ({self.teacher}), less what is "
            f"stored, and {self.student_minutes:,.1f} for the student, without an early end.{memory}"
        )


def estimate_distilling(
    task: SoftTask,
    plan: StudentPlan,
    *,
    base: RankerSpec | None = None,
    held_back: float = HELD_BACK,
    training: TrainingSettings | None = None,
    fitting: FitSettings | None = None,
    device: str = "cpu",
    store: Store | None = None,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> DistilEstimate:
    """Let the teacher score 6 of the task's lists, which the `store` keeps, and make a few steps of a student that is given up.

    Raises as `label_softly` and `distil` do, before their work.
    """
    teacher, asked = parse_ranker_id(task.teacher), [each for each in task.tasks.tasks if each.documents]
    chosen = tuple(asked[place * len(asked) // _FEW] for place in range(_FEW)) if len(asked) > _FEW else tuple(asked)
    part = replace(task, tasks=replace(task.tasks, tasks=chosen))
    memory = PeakMemory(resolve_device(device).id)
    few = label_softly(part, held_back=0.3, device=device, store=store, cancel=cancel, progress=progress).training_set
    lists = (*few.lists, *few.held_back)
    number, held = len(asked), round(held_back * len(asked))
    whole = replace(few, lists=_repeated(few.lists or lists, number - held), held_back=_repeated(few.held_back, held))
    begin = student_base(plan, teacher, base)
    seconds = _seconds_a_list(teacher, lists, device=device, cancel=cancel, progress=progress)
    taken = memory.most()
    if plan.by_network:
        settings = training or plan.training
        student, peak = _training_cost(whole, plan, begin, settings, device=device, cancel=cancel, progress=progress)
    else:
        documents = len({document.id for each in asked for document in each.documents})
        fit = fitting or FitSettings()
        memory = PeakMemory(resolve_device(device).id)
        student = _fit_minutes(few, plan, begin, fit, lists=number, documents=documents, device=device, cancel=cancel)
        used = memory.most()
        peak = None if used is None else used / 1000
    return DistilEstimate(
        lists=number,
        documents=max(len(each.documents) for each in lists),
        teacher_minutes=number * seconds / 60,
        student_minutes=student,
        teacher=task.cost.words,
        gigabytes=None if taken is None or peak is None else max(taken / 1000, peak),
    )


def _seconds_a_list(
    teacher: RankerSpec,
    lists: Sequence[TrainingList],
    *,
    device: str,
    cancel: CancelSignal | None,
    progress: Progress | None,
) -> float:
    """The first of three lists warms up and does not count."""
    ranker = build_ranker(teacher, device=device)
    ranker.load(cancel=cancel, progress=progress)
    spent = []
    for each in lists[:3]:
        began = time.perf_counter()
        ranker.rank(each.query, each.documents, cancel=cancel)
        spent.append(time.perf_counter() - began)
    return sum(spent[1:]) / len(spent[1:]) if spent[1:] else spent[0]


def _repeated(lists: Sequence[TrainingList], number: int) -> tuple[TrainingList, ...]:
    """The lists again and again, with other ids, until there are so many."""
    if not lists:
        return ()
    chosen = [lists[place % len(lists)] for place in range(number)]
    return tuple(replace(each, query=replace(each.query, id=f"{each.query.id} {place}")) for place, each in enumerate(chosen))


def _training_cost(
    whole: TrainingSet,
    plan: StudentPlan,
    base: RankerSpec,
    settings: TrainingSettings,
    *,
    device: str,
    cancel: CancelSignal | None,
    progress: Progress | None,
) -> tuple[float, float | None]:
    """Minutes, and gigabytes in all."""
    stored = ensure(model_entry(base), cancel=cancel, progress=progress)
    with tempfile.TemporaryDirectory(prefix="reranklab-") as folder:
        spec, student = base, Path(folder) / "student"
        if plan.kind == "layers":
            cut_layers(stored, student, layers=plan.layers)
            spec = RankerSpec(family=base.family, model=str(student))
        found = estimate_training(spec, whole, settings=settings, device=device, cancel=cancel, progress=progress)
    return found.minutes, found.peak


def _fit_minutes(
    few: TrainingSet,
    plan: StudentPlan,
    base: RankerSpec,
    settings: FitSettings,
    *,
    lists: int,
    documents: int,
    device: str,
    cancel: CancelSignal | None,
) -> float:
    stored = ensure(model_entry(base), cancel=cancel)
    load = base.family.kinds[stored.entry.kind].load
    loaded = load(stored, device=resolve_device(device), precision="fp32", allow_code=False)
    with tempfile.TemporaryDirectory(prefix="reranklab-") as folder:
        began = time.perf_counter()
        short = replace(settings, epochs=1)
        made = fit_student(few, plan, loaded, stored, Path(folder), short, cancel=cancel, progress=None)
        whole = time.perf_counter() - began
    texts = {document.content for each in (*few.lists, *few.held_back) for document in each.documents}
    reading = (whole - made.course.seconds) / len(texts)
    a_round = made.course.seconds / max(len(few.lists) + len(few.held_back), 1) * lists
    return (reading * documents + settings.epochs * a_round) / 60
