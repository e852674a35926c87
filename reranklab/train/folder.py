"""The folder that a training leaves: a model that loads everywhere, its card, and where it comes from."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from reranklab.data.paths import data_dir, shown
from reranklab.errors import InputError
from reranklab.models.versions import library_versions
from reranklab.train.card import card
from reranklab.train.checkpoints import whole_folder
from reranklab.train.history import Course
from reranklab.train.prepare import Prepared, digest_of_set

RECORD = "training.json"
RECORD_FORMAT = 1
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,38}[A-Za-z0-9])?")
_PACKAGES = ("torch", "transformers", "sentence-transformers", "datasets", "peft", "accelerate")


def checked_model_name(text: str) -> str:
    """A name as it stands in ids and folders. Raises InputError for one that cannot."""
    name = unicodedata.normalize("NFC", text.strip())
    if not _NAME.fullmatch(name):
        raise InputError(
            f"A model cannot be called {shown(text)}. Take up to 40 of the letters a to z, digits, - and _, beginning and "
            "ending with a letter or digit."
        )
    return name


def trained_folder(name: str) -> Path:
    """Where the trained model of that name is, or will be."""
    return data_dir() / "trained" / name


def save_model(
    prepared: Prepared, course: Course, *, name: str, memory: float | None, foretold: float | None, notes: tuple[str, ...]
) -> Path:
    """Write the model with its card and record. Raises StorageError."""
    place = trained_folder(name)
    record = model_record(prepared, course, name=name, memory=memory, foretold=foretold, notes=notes)
    prepared.learner.widen(prepared.model, prepared.window)
    with whole_folder(place, what="The trained model") as work:
        prepared.model.save_pretrained(str(work), create_model_card=False, safe_serialization=True)
        (work / RECORD).write_text(json.dumps(record, indent=1, allow_nan=False) + "\n", encoding="utf-8")
        (work / "README.md").write_text(card(record), encoding="utf-8")
    return place


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
            "sha256": digest_of_set(training_set),
            "provenance": dict(training_set.provenance),
        },
        "loss": {"id": prepared.loss.id, "why": prepared.loss.why},
        "settings": {**asdict(settings), "learning_rate": settings.learning_rate or prepared.learner.learning_rate},
        "window": {"trained": settings.window, "reads": prepared.window},
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
