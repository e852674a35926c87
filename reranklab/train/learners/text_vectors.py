"""Bi-encoders: one vector a text, compared by cosine."""

from __future__ import annotations

from typing import Any

from reranklab.train.learners.apart import TEXTS_AT_ONCE, learner_apart

SHARPNESS = 20.0
"""What a cosine is multiplied by before a softmax, and to stand beside a teacher's scores."""


def _kind() -> Any:
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer


def _trainer() -> tuple[type[Any], type[Any]]:
    from sentence_transformers import SentenceTransformerTrainer, SentenceTransformerTrainingArguments

    return SentenceTransformerTrainer, SentenceTransformerTrainingArguments


def _encode(model: Any, texts: list[str], task: str) -> Any:
    import torch

    vectors = model.encode(texts, prompt="", batch_size=TEXTS_AT_ONCE, show_progress_bar=False, convert_to_tensor=True)
    return torch.nn.functional.normalize(vectors.float(), dim=1)


def _sharp(left: Any, right: Any) -> Any:
    from sentence_transformers.util import pairwise_cos_sim

    return SHARPNESS * pairwise_cos_sim(left, right)


def _contrastive(model: Any, negatives: float) -> Any:
    from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss

    return MultipleNegativesRankingLoss(model, scale=SHARPNESS)


def _listwise(model: Any, negatives: float) -> Any:
    from sentence_transformers.sentence_transformer.losses import DistillKLDivLoss

    return DistillKLDivLoss(model, similarity_fct=_sharp)


def _margins(model: Any, negatives: float) -> Any:
    from sentence_transformers.sentence_transformer.losses import MarginMSELoss

    return MarginMSELoss(model, similarity_fct=_sharp)


LEARNER = learner_apart(
    kind=_kind,
    trainer=_trainer,
    encode=_encode,
    contrastive=_contrastive,
    listwise=_listwise,
    margins=_margins,
)
