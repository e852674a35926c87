"""Queries of a collection with the documents that a search finds for them, to be timed as they are."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from reranklab.data.collection import Collection
from reranklab.errors import InputError
from reranklab.evaluate.candidates import WORDS
from reranklab.evaluate.task_set import prepare_tasks
from reranklab.latency.measured import Tasks
from reranklab.progress import CancelSignal, Progress


def collection_tasks(
    dataset: str | os.PathLike[str] | Collection,
    *,
    candidates: Sequence[int],
    queries: int,
    seed: int = 0,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> Tasks:
    """A seeded sample of `queries`, each with as many documents of a BM25 search as the largest number of `candidates` says.

    Raises InputError, and what loading a dataset raises.
    """
    if not candidates:
        raise InputError("There is nothing to measure. Give at least one number of candidates.")
    task_set = prepare_tasks(
        dataset if isinstance(dataset, Collection | str) else Path(dataset),
        candidates=f"{WORDS}:{max(candidates)}",
        queries=queries,
        seed=seed,
        cancel=cancel,
        progress=progress,
    )
    return [(task.query, task.documents) for task in task_set.tasks]
