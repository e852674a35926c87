"""One student from a teacher's scores to a model folder."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from reranklab.data.storage import remove
from reranklab.errors import InputError
from reranklab.extras import TRAIN
from reranklab.latency.memory import PeakMemory
from reranklab.models.device import resolve_device
from reranklab.models.store import StoredModel, ensure
from reranklab.models.trained import find_trained
from reranklab.models.versions import library_versions
from reranklab.operator import Lock, check_unlocked
from reranklab.progress import CancelSignal, Progress, check_cancel
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.rankers.family import RankerSpec
from reranklab.rankers.reference import model_entry
from reranklab.rankers.vectors.late_models import KIND as TOKEN_VECTORS
from reranklab.train.checkpoints import whole_folder
from reranklab.train.distil.begun import BegunStudent, beginning_folder, find_begun, forget_begun, keep_begun
from reranklab.train.distil.fewer_layers import cut_layers
from reranklab.train.distil.fit import FitSettings
from reranklab.train.distil.fitted import fit_student
from reranklab.train.distil.provenance import student_record, tell_of_teacher, write_record
from reranklab.train.distil.student import StudentPlan, student_base, student_family
from reranklab.train.folder import RECORD_FORMAT, checked_model_name, trained_folder
from reranklab.train.history import Course
from reranklab.train.run import check_free, train, what_began
from reranklab.train.sets.examples import Labels, TrainingSet, check_set, digest_of_set
from reranklab.train.settings import TrainingSettings
from reranklab.types import MAXSIM

_PACKAGES = ("torch", "transformers", "sentence-transformers")


@dataclass(frozen=True, slots=True, kw_only=True)
class Distilled:
    """A student that was trained. `ranker` is its id, wherever one stands. `record` is what its folder tells of it."""

    name: str
    folder: Path
    ranker: str
    teacher: str
    course: Course
    record: Mapping[str, Any]

    @property
    def notes(self) -> tuple[str, ...]:
        return tuple(self.record["notes"])


def distil(
    teacher: RankerSpec,
    soft: TrainingSet,
    plan: StudentPlan,
    *,
    name: str,
    base: RankerSpec | None = None,
    training: TrainingSettings | None = None,
    fitting: FitSettings | None = None,
    device: str = "cpu",
    resume: bool = False,
    replace: bool = False,
    foretold: float | None = None,
    seen: Callable[[Course], None] | None = None,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> Distilled:
    """Train a student on a teacher's scores, and keep it as `trained/NAME` in the data folder.

    `base` names the ranker whose weights it begins with (see `student_base`). A student of fewer layers, or a whole one, is
    trained as any model is, with `training`, checkpoints and `resume`; the others are fitted in one go, with `fitting`.
    `foretold` are the minutes that were estimated, for the record; `seen` is given the course of a network so far. Raises
    InputError for labels that are no teacher's, and what does not go together, and as `train` and `fit` do.
    """
    check_unlocked(Lock.TRAINING, "Distilling a student", "Train on a machine of your own.")
    TRAIN.check("Distilling a student")
    name = checked_model_name(name)
    if resume and not plan.by_network:
        raise InputError(f"A student of the kind {plan.kind} is fitted in one go: there is nothing to resume. Begin anew.")
    check_free(name, resume=resume, replace=replace)
    check_set(soft)
    if soft.labels is not Labels.SOFT:
        raise InputError(f"The labels of {soft.name} are judgements, not a teacher's scores. Let a teacher score it.")
    begin = student_base(plan, teacher, base)
    if plan.by_network:
        return _trained(
            teacher, soft, plan, begin, name=name, settings=training or plan.training, device=device, resume=resume,
            replace=replace, foretold=foretold, seen=seen, cancel=cancel, progress=progress,
        )  # fmt: skip
    return _fitted(
        teacher, soft, plan, begin, name=name, settings=fitting or FitSettings(), device=device, foretold=foretold,
        cancel=cancel, progress=progress,
    )  # fmt: skip


def resume_student(
    name: str,
    *,
    seen: Callable[[Course], None] | None = None,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> Distilled:
    """Go on with a student that was stopped or killed, with what it began with. Raises InputError where there is none of that
    name, and as `distil` does."""
    begun = find_begun(checked_model_name(name))
    if begun is None:
        raise InputError(f"The training {name} is no student's. Go on with it as it was begun.")
    about = what_began(name)
    return distil(
        parse_ranker_id(begun.teacher), about.training_set, begun.plan, name=name, base=parse_ranker_id(begun.base),
        training=about.settings, device=about.device, resume=True, foretold=begun.foretold, seen=seen, cancel=cancel,
        progress=progress,
    )  # fmt: skip


def _trained(
    teacher: RankerSpec,
    soft: TrainingSet,
    plan: StudentPlan,
    base: RankerSpec,
    *,
    name: str,
    settings: TrainingSettings,
    device: str,
    resume: bool,
    replace: bool,
    foretold: float | None,
    seen: Callable[[Course], None] | None,
    cancel: CancelSignal | None,
    progress: Progress | None,
) -> Distilled:
    stored = ensure(model_entry(base), cancel=cancel, progress=progress)
    keep_begun(name, BegunStudent(teacher=teacher.id, base=base.id, plan=plan, foretold=foretold))
    beginning, begins, about = beginning_folder(name), base, {}
    if plan.kind == "layers":
        if stored.entry.kind != next(iter(base.family.kinds)):
            raise InputError(f"{stored.entry.id} is a {stored.entry.kind}, of which one of fewer layers cannot be loaded.")
        with whole_folder(beginning, what="The student") as work:
            about = {"layers": list(cut_layers(stored, work, layers=plan.layers))}
        begins = RankerSpec(family=base.family, model=str(beginning))
    trained = train(
        begins,
        soft,
        name=name,
        settings=settings,
        device=device,
        resume=resume,
        replace=replace,
        seen=seen,
        cancel=cancel,
        progress=progress,
    )
    told = student_record(plan, teacher, begins_with=about)
    record = tell_of_teacher(trained.folder, {**told, "base": _base(base, stored), "minutes_foretold": foretold})
    remove(beginning)
    forget_begun(name)
    return Distilled(
        name=name, folder=trained.folder, ranker=trained.ranker, teacher=teacher.id, course=trained.course, record=record
    )


def _fitted(
    teacher: RankerSpec,
    soft: TrainingSet,
    plan: StudentPlan,
    base: RankerSpec,
    *,
    name: str,
    settings: FitSettings,
    device: str,
    foretold: float | None,
    cancel: CancelSignal | None,
    progress: Progress | None,
) -> Distilled:
    stored = ensure(model_entry(base), cancel=cancel, progress=progress)
    resolved = resolve_device(device)
    loaded = base.family.kinds[stored.entry.kind].load(stored, device=resolved, precision="fp32", allow_code=False)
    memory, began = PeakMemory(resolved.id), time.perf_counter()
    with whole_folder(trained_folder(name), what="The student") as work:
        check_cancel(cancel, "Stopped before the student was begun.")
        made = fit_student(soft, plan, loaded, stored, work, settings, cancel=cancel, progress=progress)
        used = memory.most()
        record = {
            "format": RECORD_FORMAT,
            "name": name,
            "family": student_family(plan, base).id,
            "kind": TOKEN_VECTORS if plan.kind == "projection" else stored.entry.kind,
            "base": _base(base, stored),
            "data": _data(soft),
            "loss": {"id": settings.loss, "why": _WHY[settings.loss]},
            "settings": {**asdict(settings), "learning_rate": settings.learning_rate or made.learning_rate},
            "window": {"trained": loaded.max_tokens, "reads": loaded.max_tokens},
            "parts": {"weights": made.weights, "trained": made.trained, "layers": 0, "trained_layers": 0},
            "steps": _rounds(made.course, settings),
            "history": made.course.to_json(),
            "reads": {
                "query_prefix": "",  # a projection's prompts are in its own files
                "document_prefix": "",
                "scale": MAXSIM.name if plan.kind == "projection" else stored.entry.scale,
            },
            "minutes": (time.perf_counter() - began) / 60,
            "minutes_foretold": foretold,
            "megabytes": used,
            "device": resolved.name,
            "versions": library_versions(*_PACKAGES),
            "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "notes": [*soft.notes, *_notes(made.course, settings)],
            **student_record(plan, teacher, begins_with=made.about),
        }
        write_record(work, record)
    folder = trained_folder(name)
    return Distilled(
        name=name,
        folder=folder,
        ranker=find_trained(name).ranker,
        teacher=teacher.id,
        course=made.course,
        record=record,
    )


_WHY = {
    "listwise-kl": "The student's scores of a list, as shares of one, are drawn to the teacher's.",
    "margin-mse": "The distance between the teacher's best document and each other one is copied.",
}


def _base(spec: RankerSpec, stored: StoredModel) -> dict[str, str]:
    return {
        "ranker": spec.id,
        "model": stored.entry.id,
        "revision": stored.revision,
        "licence": stored.entry.licence,
        "sha256": stored.sha256(stored.files.names),
    }


def _data(soft: TrainingSet) -> dict[str, Any]:
    return {
        "name": soft.name,
        "licence": soft.licence,
        "labels": str(soft.labels),
        "lists": len(soft.lists),
        "held_back": len(soft.held_back),
        "queries": [each.query.id for each in (*soft.lists, *soft.held_back)],
        "sha256": digest_of_set(soft),
        "provenance": dict(soft.provenance),
    }


def _rounds(course: Course, settings: FitSettings) -> dict[str, int | None]:
    """`best` is the round whose parameters were kept; None where they are those of the beginning, or of the last round."""
    best, before = course.best, course.before
    kept = best.step if best and before and best.score.mean > before.score.mean else None
    return {"planned": settings.epochs, "done": course.losses[-1].step, "best": kept}


def _notes(course: Course, settings: FitSettings) -> Iterator[str]:
    if course.losses[-1].step < settings.epochs:
        yield f"Stopped early, after round {course.losses[-1].step} of {settings.epochs}: the held-back score rose no more."
    if course.best and course.before and course.best.score.mean <= course.before.score.mean:
        yield (
            f"No round is better than the untrained student on the held-back lists ({course.best.score.mean:.4f} against "
            f"{course.before.score.mean:.4f}), so its weights are as they were."
        )
    if not course.scores:
        yield "No list was held back, so the last round's weights were kept, unseen how good they are."
