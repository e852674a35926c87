"""Late interaction: one vector a token, and a score that adds up the best match of each query token."""

from __future__ import annotations

from typing import Any

from reranklab.train.learners.apart import encode_each, learner_apart, own_prompts


def _kind() -> Any:
    from sentence_transformers import MultiVectorEncoder

    return MultiVectorEncoder


def _trainer() -> tuple[type[Any], type[Any]]:
    from sentence_transformers.multi_vector_encoder import MultiVectorEncoderTrainer, MultiVectorEncoderTrainingArguments

    return MultiVectorEncoderTrainer, MultiVectorEncoderTrainingArguments


def _contrastive(model: Any, negatives: float) -> Any:
    from sentence_transformers.multi_vector_encoder.losses import MultiVectorMultipleNegativesRankingLoss

    return MultiVectorMultipleNegativesRankingLoss(model)


def _listwise(model: Any, negatives: float) -> Any:
    from sentence_transformers.multi_vector_encoder.losses import MultiVectorDistillKLDivLoss

    return MultiVectorDistillKLDivLoss(model)


def _margins(model: Any, negatives: float) -> Any:
    from sentence_transformers.multi_vector_encoder.losses import MultiVectorMarginMSELoss

    return MultiVectorMarginMSELoss(model)


LEARNER = learner_apart(
    kind=_kind,
    trainer=_trainer,
    encode=encode_each,
    contrastive=_contrastive,
    listwise=_listwise,
    margins=_margins,
    prompts=own_prompts,
)
