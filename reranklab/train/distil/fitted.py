"""The students that are fitted without their network: what is read of the texts, the fit, and the folder's weights."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reranklab.data.paths import data_dir
from reranklab.data.storage import OTHER_DATA, storing
from reranklab.llm.escape import control_tokens, escape_control_tokens
from reranklab.models.loaded import Loaded
from reranklab.models.store import StoredModel
from reranklab.progress import CancelSignal, Progress
from reranklab.train.distil.fit import FitSettings, Numbered, Student, fit, numbered
from reranklab.train.distil.projection import ProjectedMaxSim, longest_directions, projection_student, put_matrix
from reranklab.train.distil.static_table import WeightedTable, token_numbers, write_table
from reranklab.train.distil.student import StudentPlan
from reranklab.train.distil.token_vectors import read_token_vectors
from reranklab.train.history import Course
from reranklab.train.sets.examples import TrainingSet


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """`trained` of the `weights` were fitted. `about` is told in the folder's record."""

    course: Course
    learning_rate: float
    weights: int
    trained: int
    about: Mapping[str, Any]


def fit_student(
    soft: TrainingSet,
    plan: StudentPlan,
    loaded: Loaded,
    stored: StoredModel,
    work: Path,
    settings: FitSettings,
    *,
    cancel: CancelSignal | None,
    progress: Progress | None,
) -> Made:
    """A student of the loaded model, written into the empty folder `work`."""
    if plan.kind == "projection":
        return _project(soft, plan.dimensions, loaded, stored, work, settings, cancel=cancel, progress=progress)
    return _weigh(soft, plan.vectors, loaded, stored, work, settings, cancel=cancel, progress=progress)


def _project(
    soft: TrainingSet,
    dimensions: int,
    loaded: Loaded,
    stored: StoredModel,
    work: Path,
    settings: FitSettings,
    *,
    cancel: CancelSignal | None,
    progress: Progress | None,
) -> Made:
    import torch

    prompts = {"query": stored.entry.query_prefix, "document": stored.entry.document_prefix}
    model = projection_student(loaded.network, dimensions=dimensions, prompts=prompts)
    texts = _escaped(numbered(soft.lists, soft.held_back), loaded)
    with _scratch() as folder:
        queries = read_token_vectors(model, texts.queries, "query", folder / "queries", cancel=cancel, progress=progress)
        documents = read_token_vectors(
            model, texts.documents, "document", folder / "documents", cancel=cancel, progress=progress
        )
        matrix = longest_directions(documents, dimensions=dimensions, seed=settings.seed)
        student = ProjectedMaxSim(queries, documents, matrix, factor=1.0)
        student.set_factor(_factor(student, texts, soft))
        course = fit(student, texts, soft.lists, soft.held_back, settings, cancel=cancel, progress=progress)
        tokens = queries.tokens + documents.tokens
        del queries, documents
    put_matrix(model, student.matrix.detach())
    with storing("The student", work, instead=OTHER_DATA):
        model.save_pretrained(str(work), create_model_card=False, safe_serialization=True)
    weights = sum(tensor.numel() for tensor in model.parameters())
    trained = int(torch.numel(student.matrix))
    return Made(
        course=course,
        learning_rate=student.learning_rate,
        weights=weights,
        trained=trained,
        about={"dimensions": dimensions, "tokens_read": tokens},
    )


def _weigh(
    soft: TrainingSet,
    vectors: bool,
    loaded: Loaded,
    stored: StoredModel,
    work: Path,
    settings: FitSettings,
    *,
    cancel: CancelSignal | None,
    progress: Progress | None,
) -> Made:
    texts = _escaped(numbered(soft.lists, soft.held_back), loaded)
    table = loaded.network[0].embedding.weight.detach().float().cpu()
    queries, documents = (token_numbers(loaded.network, each) for each in (texts.queries, texts.documents))
    student = WeightedTable(table, queries, documents, factor=1.0, vectors=vectors)
    student.set_factor(_factor(student, texts, soft))
    course = fit(student, texts, soft.lists, soft.held_back, settings, cancel=cancel, progress=progress)
    with storing("The student", work, instead=OTHER_DATA):
        write_table(stored, student.weighted(), work)
    trained = len(table) + (table.numel() if vectors else 0)
    return Made(
        course=course, learning_rate=student.learning_rate, weights=table.numel(), trained=trained, about={"vectors": vectors}
    )


def _factor(student: Student, texts: Numbered, soft: TrainingSet) -> float:
    """What brings the student's scores to the spread of the teacher's within a list: where the fit begins."""
    import numpy as np
    import torch

    with torch.inference_mode():
        ours = [float(student.scores([each]).std()) for each in texts.lists[:50]]
    theirs = [float(np.std(each.labels, ddof=1)) for each in soft.lists[:50]]
    return float(np.median(theirs) / max(np.median(ours), 1e-6))


def _escaped(texts: Numbered, loaded: Loaded) -> Numbered:
    """Texts as the ranker reads them: a control token in one is plain characters."""
    tokens = control_tokens(loaded.tokenizer)

    def read(each: Sequence[str]) -> tuple[str, ...]:
        return tuple(escape_control_tokens(text, tokens) for text in each)

    return Numbered(queries=read(texts.queries), documents=read(texts.documents), lists=texts.lists, held_back=texts.held_back)


@contextmanager
def _scratch() -> Iterator[Path]:
    room = data_dir()
    with storing("The token vectors", room, instead=OTHER_DATA):
        room.mkdir(parents=True, exist_ok=True)
        folder = tempfile.TemporaryDirectory(prefix=".building-", dir=room)
    with folder as name:
        yield Path(name)
