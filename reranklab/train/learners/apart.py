"""What the learners share whose models read queries and documents apart: texts in, vectors of some kind out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from reranklab.train.learner import Learner, Texts, no_prompts
from reranklab.train.losses import Loss, Rows
from reranklab.train.sets.examples import Labels

TEXTS_AT_ONCE = 32

_CONTRASTIVE = (
    "The relevant document of a query has to beat its negatives and the documents of every other query in the same piece, so a "
    "few lists give many comparisons."
)
_LISTWISE = (
    "The model's scores of a list, as shares of one, are drawn to the teacher's: what the teacher holds for the best counts "
    "most."
)
_MARGINS = "The distances between the teacher's best document and the others are copied, whatever the level of its scores."


Encode = Callable[[Any, list[str], str], Any]
"""Model, texts and what they are ("query" or "document") to their vectors."""
MakeLoss = Callable[[Any, float], Any]


def learner_apart(
    *,
    kind: Callable[[], Any],
    trainer: Callable[[], tuple[type[Any], type[Any]]],
    encode: Encode,
    contrastive: MakeLoss,
    listwise: MakeLoss,
    margins: MakeLoss,
    prompts: Callable[[Any], Mapping[str, str]] = no_prompts,
    remark: str = "",
) -> Learner:
    """The learner of a class of sentence-transformers, `kind`. `remark` stands behind each loss's reason."""
    return Learner(
        losses=(
            Loss(
                id="contrastive",
                labels=frozenset({Labels.BINARY, Labels.GRADED}),
                rows=Rows.POSITIVES,
                why=_CONTRASTIVE + remark,
                make=contrastive,
            ),
            Loss(
                id="listwise-kl",
                labels=frozenset({Labels.SOFT, Labels.GRADED}),
                rows=Rows.COLUMNS,
                why=_LISTWISE + remark,
                make=listwise,
            ),
            Loss(id="margin-mse", labels=frozenset({Labels.SOFT}), rows=Rows.COLUMNS, why=_MARGINS + remark, make=margins),
        ),
        learning_rate=2e-5,
        at_once=0,
        together=False,
        open=_opener(kind),
        trainer=trainer,
        score=lambda model, texts: _score(model, texts, encode),
        widen=_widen,
        prompts=prompts,
    )


def _opener(kind: Callable[[], Any]) -> Callable[[Path, int, str], Any]:
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


def _widen(model: Any, window: int) -> None:
    model.max_seq_length = window


def _score(model: Any, texts: Sequence[Texts], encode: Encode) -> list[list[float]]:
    """The model's own likeness of each query and its documents."""
    queries = encode(model, [each.query for each in texts], "query")
    documents = encode(model, [document for each in texts for document in each.documents], "document")
    found, first = [], 0
    for place, each in enumerate(texts):
        behind = first + len(each.documents)
        found.append([float(score) for score in model.similarity(queries[place : place + 1], documents[first:behind])[0]])
        first = behind
    return found


def encode_each(model: Any, texts: list[str], task: str, **settings: Any) -> Any:
    """Vectors by the way that the model has for each task."""
    encode = model.encode_query if task == "query" else model.encode_document
    return encode(texts, batch_size=TEXTS_AT_ONCE, show_progress_bar=False, **settings)


def own_prompts(model: Any) -> dict[str, str]:
    """What the checkpoint puts before a query and a document."""
    prompts = getattr(model, "prompts", None) or {}
    return {task: str(prompts[task]) for task in ("query", "document") if prompts.get(task)}
