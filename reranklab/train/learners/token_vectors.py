"""Late interaction: one vector a token, and a score that adds up the best match of each query token."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reranklab.train.examples import Labels
from reranklab.train.learner import Learner, Texts
from reranklab.train.learners.apart import (
    CONTRASTIVE,
    LISTWISE,
    MARGINS,
    TEXTS_AT_ONCE,
    opener,
    own_prompts,
    score_vectors,
    widen,
)
from reranklab.train.losses import Loss, Rows


def _kind() -> Any:
    from sentence_transformers import MultiVectorEncoder

    return MultiVectorEncoder


def _trainer() -> tuple[type[Any], type[Any]]:
    from sentence_transformers.multi_vector_encoder import MultiVectorEncoderTrainer, MultiVectorEncoderTrainingArguments

    return MultiVectorEncoderTrainer, MultiVectorEncoderTrainingArguments


def _encode(model: Any, texts: list[str], task: str) -> Any:
    encode = model.encode_query if task == "query" else model.encode_document
    return encode(texts, batch_size=TEXTS_AT_ONCE, show_progress_bar=False)


def _score(model: Any, texts: Sequence[Texts]) -> list[list[float]]:
    return score_vectors(model, texts, _encode)


def _contrastive(model: Any, negatives: float) -> Any:
    from sentence_transformers.multi_vector_encoder.losses import MultiVectorMultipleNegativesRankingLoss

    return MultiVectorMultipleNegativesRankingLoss(model)


def _listwise(model: Any, negatives: float) -> Any:
    from sentence_transformers.multi_vector_encoder.losses import MultiVectorDistillKLDivLoss

    return MultiVectorDistillKLDivLoss(model)


def _margins(model: Any, negatives: float) -> Any:
    from sentence_transformers.multi_vector_encoder.losses import MultiVectorMarginMSELoss

    return MultiVectorMarginMSELoss(model)


LEARNER = Learner(
    losses=(
        Loss(
            id="contrastive",
            labels=frozenset({Labels.BINARY, Labels.GRADED}),
            rows=Rows.POSITIVES,
            why=CONTRASTIVE,
            make=_contrastive,
        ),
        Loss(
            id="listwise-kl",
            labels=frozenset({Labels.SOFT, Labels.GRADED}),
            rows=Rows.COLUMNS,
            why=LISTWISE,
            make=_listwise,
        ),
        Loss(id="margin-mse", labels=frozenset({Labels.SOFT}), rows=Rows.COLUMNS, why=MARGINS, make=_margins),
    ),
    learning_rate=2e-5,
    at_once=0,
    together=False,
    open=opener(_kind),
    trainer=_trainer,
    score=_score,
    widen=widen,
    prompts=own_prompts,
)
