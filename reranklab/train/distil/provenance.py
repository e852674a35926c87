"""Where a student comes from: its teacher with every licence that binds it, in the record and the card of its folder."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from reranklab.data.storage import OTHER_DATA, storing
from reranklab.rankers.family import Capability, RankerSpec
from reranklab.rankers.reference import model_entry
from reranklab.train.card import card
from reranklab.train.distil.student import StudentPlan
from reranklab.train.folder import RECORD

_DATA = "## Data\n"


def teacher_record(teacher: RankerSpec) -> dict[str, Any]:
    """The teacher with the licence of each model in it. The terms of a service are not known here."""
    return {"ranker": teacher.id, "models": list(_models(teacher))}


def student_record(plan: StudentPlan, teacher: RankerSpec, *, begins_with: Mapping[str, Any]) -> dict[str, Any]:
    """What a folder's record holds beside that of any trained model. `begins_with` tells what it was made of."""
    return {"teacher": teacher_record(teacher), "student": {"kind": plan.kind, "what": plan.words, **begins_with}}


def student_card(record: Mapping[str, Any]) -> str:
    """README.md of a student's folder: the card of a trained model, with what it learned from."""
    lines = [
        "## Teacher",
        "",
        f"It is {record['student']['what']}, trained on the scores of `{record['teacher']['ranker']}`.",
        "",
    ]
    lines += [f"- `{each['model']}`: `{each['licence']}`." for each in record["teacher"]["models"]]
    lines += [
        "",
        "A student holds what its teacher and its data gave: their licences bind whoever uses or passes it on. Some services "
        "forbid training on their answers.",
        "",
    ]
    return card(record).replace(_DATA, "\n".join([*lines, _DATA]), 1)


def tell_of_teacher(folder: Path, told: Mapping[str, Any]) -> dict[str, Any]:
    """Add to the record of a trained folder, and write its card anew. Raises StorageError."""
    record = {**json.loads((folder / RECORD).read_text(encoding="utf-8")), **told}
    write_record(folder, record)
    return record


def write_record(folder: Path, record: Mapping[str, Any]) -> None:
    """The record and the card. Raises StorageError."""
    with storing("The student's record", folder, instead=OTHER_DATA):
        (folder / RECORD).write_text(json.dumps(record, indent=1, allow_nan=False) + "\n", encoding="utf-8")
        (folder / "README.md").write_text(student_card(record), encoding="utf-8")


def _code(text: str) -> str:
    """Text of others, so that none is read as markup."""
    return f"`{' '.join(text.split()).replace('`', chr(39)).replace('<', '&lt;')}`"


def _models(spec: RankerSpec) -> Iterator[dict[str, str]]:
    if spec.can(Capability.HOSTED):
        yield {"model": spec.model, "licence": "the terms of its service"}
    elif spec.family.kinds:
        entry = model_entry(spec)
        yield {"model": entry.id, "licence": entry.licence}
    for stage in spec.stages:
        yield from _models(stage)
