"""The folder that a training leaves: a model that loads everywhere, its card, and where it comes from."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from reranklab.models.trained import RECORD as RECORD
from reranklab.models.trained import checked_model_name as checked_model_name
from reranklab.models.trained import trained_folder as trained_folder
from reranklab.models.versions import library_versions
from reranklab.train.card import card
from reranklab.train.checkpoints import whole_folder
from reranklab.train.history import Course
from reranklab.train.prepare import Prepared
from reranklab.train.sets.examples import digest_of_set

RECORD_FORMAT = 1
_PACKAGES = ("torch", "transformers", "sentence-transformers", "datasets", "peft", "accelerate")


def save_model(
    prepared: Prepared, course: Course, *, name: str, memory: float | None, foretold: float | None, notes: tuple[str, ...]
) -> Path:
    """Write the model with its card and record. Raises StorageError."""
    folder = trained_folder(name)
    record = model_record(prepared, course, name=name, memory=memory, foretold=foretold, notes=notes)
    prepared.learner.widen(prepared.model, prepared.window)
    with whole_folder(folder, what="The trained model") as work:
        prepared.model.save_pretrained(str(work), create_model_card=False, safe_serialization=True)
        if prepared.learner.export is not None:
            prepared.learner.export(prepared.model, work)
        (work / RECORD).write_text(json.dumps(record, indent=1, allow_nan=False) + "\n", encoding="utf-8")
        (work / "README.md").write_text(card(record), encoding="utf-8")
    return folder


def model_record(
    prepared: Prepared, course: Course, *, name: str, memory: float | None, foretold: float | None, notes: tuple[str, ...]
) -> dict[str, Any]:
    """All that is known of a trained model, as JSON has it."""
    entry, training_set, settings = prepared.stored.entry, prepared.training_set, prepared.settings
    best = course.best
    return {
        "format": RECORD_FORMAT,
        "name": name,
        "family": prepared.spec.family.id,
        "kind": entry.kind,
        "base": {
            "ranker": prepared.spec.id,
            "model": entry.id,
            "revision": prepared.stored.revision,
            "licence": entry.licence,
            "sha256": prepared.stored.sha256(prepared.stored.files.names),
        },
        "data": {
            "name": training_set.name,
            "licence": training_set.licence,
            "labels": str(training_set.labels),
            "lists": len(training_set.lists),
            "held_back": len(training_set.held_back),
            "queries": [each.query.id for each in (*training_set.lists, *training_set.held_back)],
            "sha256": digest_of_set(training_set),
            "provenance": dict(training_set.provenance),
        },
        "loss": {"id": prepared.loss.id, "why": prepared.loss.why},
        "settings": {**asdict(settings), "learning_rate": settings.learning_rate or prepared.learner.learning_rate},
        "window": {"trained": settings.window, "reads": prepared.window},
        "reads": {"query_prefix": entry.query_prefix, "document_prefix": entry.document_prefix, "scale": entry.scale},
        "parts": asdict(prepared.parts),
        "steps": {"planned": prepared.steps, "done": course.losses[-1].step, "best": best.step if best else None},
        "history": course.to_json(),
        "minutes": course.seconds / 60,
        "minutes_foretold": foretold,
        "megabytes": memory,
        "device": prepared.device.name,
        "versions": library_versions(*_PACKAGES),
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "notes": list(notes),
    }
