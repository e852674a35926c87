"""Learned sparse encoders: weights of vocabulary terms, compared by their product."""

from __future__ import annotations

from typing import Any

from reranklab.train.learners.apart import encode_each, learner_apart, own_prompts

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
    return encode_each(model, texts, task, convert_to_sparse_tensor=False)


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


LEARNER = learner_apart(
    kind=_kind,
    trainer=_trainer,
    encode=_encode,
    contrastive=_contrastive,
    listwise=_listwise,
    margins=_margins,
    prompts=own_prompts,
    remark=_SPARSE,
)
