"""Bi-encoders: one vector a text, compared by cosine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reranklab.train.examples import Labels
from reranklab.train.learner import Learner, Texts
from reranklab.train.learners.apart import CONTRASTIVE, LISTWISE, MARGINS, TEXTS_AT_ONCE, opener, score_vectors, widen
from reranklab.train.losses import Loss, Rows

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


def _score(model: Any, texts: Sequence[Texts]) -> list[list[float]]:
    return score_vectors(model, texts, _encode)


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
)
