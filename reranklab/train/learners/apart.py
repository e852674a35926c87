"""What the learners share whose models read queries and documents apart: texts in, vectors of some kind out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from reranklab.train.learner import Texts

TEXTS_AT_ONCE = 32

CONTRASTIVE = (
    "The relevant document of a query has to beat its negatives and the documents of every other query in the same piece, so a "
    "few lists give many comparisons."
)
LISTWISE = (
    "The model's scores of a list, as shares of one, are drawn to the teacher's: what the teacher holds for the best counts "
    "most."
)
MARGINS = "The distances between the teacher's best document and the others are copied, whatever the level of its scores."


def opener(kind: Callable[[], Any]) -> Callable[[Path, int, str], Any]:
    """`Learner.open` of a class of sentence-transformers."""

    def open_model(folder: Path, window: int, device: str) -> Any:
        import torch

        model = kind()(
            str(folder),
            device=device,
            local_files_only=True,
            model_kwargs={"dtype": torch.float32, "use_safetensors": True},
        )
        model.max_seq_length = window
        return model

    return open_model


def widen(model: Any, window: int) -> None:
    model.max_seq_length = window


def score_vectors(model: Any, texts: Sequence[Texts], encode: Callable[[Any, list[str], str], Any]) -> list[list[float]]:
    """The model's own likeness of each query and its documents. `encode` takes texts and what they are."""
    queries = encode(model, [each.query for each in texts], "query")
    documents = encode(model, [document for each in texts for document in each.documents], "document")
    found, first = [], 0
    for place, each in enumerate(texts):
        behind = first + len(each.documents)
        found.append([float(score) for score in model.similarity(queries[place : place + 1], documents[first:behind])[0]])
        first = behind
    return found


def own_prompts(model: Any) -> dict[str, str]:
    """What the checkpoint puts before a query and a document."""
    prompts = getattr(model, "prompts", None) or {}
    return {task: str(prompts[task]) for task in ("query", "document") if prompts.get(task)}
