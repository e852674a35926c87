"""Learned sparse encoders: weights of vocabulary terms, compared by their product."""

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

_SPARSE = " A second term of the loss keeps most weights at zero."
_QUERIES, _DOCUMENTS = 5e-5, 3e-5
"""Weights of the regularisers, as Formal et al. 2022 have them for SPLADE."""


def _kind() -> Any:
    from sentence_transformers import SparseEncoder

    return SparseEncoder


def _trainer() -> tuple[type[Any], type[Any]]:
    from sentence_transformers.sparse_encoder import SparseEncoderTrainer, SparseEncoderTrainingArguments

    return SparseEncoderTrainer, SparseEncoderTrainingArguments


def _encode(model: Any, texts: list[str], task: str) -> Any:
    encode = model.encode_query if task == "query" else model.encode_document
    return encode(texts, batch_size=TEXTS_AT_ONCE, show_progress_bar=False, convert_to_sparse_tensor=False)


def _score(model: Any, texts: Sequence[Texts]) -> list[list[float]]:
    return score_vectors(model, texts, _encode)


def _sparse(model: Any, loss: Any) -> Any:
    from sentence_transformers.sparse_encoder.losses import SpladeLoss

    return SpladeLoss(model, loss, document_regularizer_weight=_DOCUMENTS, query_regularizer_weight=_QUERIES)


def _contrastive(model: Any, negatives: float) -> Any:
    from sentence_transformers.sparse_encoder.losses import SparseMultipleNegativesRankingLoss

    return _sparse(model, SparseMultipleNegativesRankingLoss(model))


def _listwise(model: Any, negatives: float) -> Any:
    from sentence_transformers.sparse_encoder.losses import SparseDistillKLDivLoss

    return _sparse(model, SparseDistillKLDivLoss(model, temperature=1.0))


def _margins(model: Any, negatives: float) -> Any:
    from sentence_transformers.sparse_encoder.losses import SparseMarginMSELoss

    return _sparse(model, SparseMarginMSELoss(model))


LEARNER = Learner(
    losses=(
        Loss(
            id="contrastive",
            labels=frozenset({Labels.BINARY, Labels.GRADED}),
            rows=Rows.POSITIVES,
            why=CONTRASTIVE + _SPARSE,
            make=_contrastive,
        ),
        Loss(
            id="listwise-kl",
            labels=frozenset({Labels.SOFT, Labels.GRADED}),
            rows=Rows.COLUMNS,
            why=LISTWISE + _SPARSE,
            make=_listwise,
        ),
        Loss(id="margin-mse", labels=frozenset({Labels.SOFT}), rows=Rows.COLUMNS, why=MARGINS + _SPARSE, make=_margins),
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
