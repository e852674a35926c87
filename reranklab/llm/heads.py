"""From attention to passage scores: the plain sum over heads, or non-negative weights of heads fitted on labelled queries."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from reranklab.errors import ModelRefusedError

if TYPE_CHECKING:
    import torch

    from reranklab.llm.passage_attention import PassageAttention

STRONGEST = 10
_FLOOR = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadWeights:
    """Weights (layers x heads, 0 or more) for one model's head features, and where they come from."""

    model: str
    weights: tuple[tuple[float, ...], ...]
    fitted_on: str


@cache
def load_heads(name: str) -> HeadWeights:
    """The shipped weights of a data file."""
    data = json.loads(files("reranklab.llm").joinpath("head_weights", name).read_text(encoding="utf-8"))
    return HeadWeights(model=data["model"], weights=tuple(map(tuple, data["weights"])), fitted_on=data["fitted_on"])


def summed_scores(attention: PassageAttention) -> list[float]:
    """Attention for the query less attention for "N/A", summed over layers and heads, one score a passage.

    Of each passage, tokens at or below the mean less two standard deviations are dropped (arXiv 2410.02642).
    """
    tokens = (attention.query - attention.no_query).sum(dim=(0, 1))
    scores = []
    for start, end in attention.spans:
        passage = tokens[start:end]
        if len(passage) > 1:
            passage = passage[passage > passage.mean() - 2 * passage.std()]
        scores.append(float(passage.sum()))
    return scores


def head_features(attention: PassageAttention) -> torch.Tensor:
    """What each head says of each passage, standardised over the window: (passages, layers x heads).

    A token's value is the logarithm of its attention for the query over that for "N/A"; a passage's is the mean of its
    STRONGEST highest tokens, so that long passages gain nothing by length; an empty passage has 0, no evidence.
    """
    import torch

    ratio = torch.log((attention.query + _FLOOR) / (attention.no_query + _FLOOR)).flatten(0, 1)
    columns = []
    for start, end in attention.spans:
        passage = ratio[:, start:end]
        strongest = passage.topk(min(STRONGEST, passage.shape[1]), dim=1).values
        columns.append(strongest.sum(dim=1) / max(strongest.shape[1], 1))
    values = torch.stack(columns)
    spread = values.std(dim=0, unbiased=False)
    return (values - values.mean(dim=0)) / spread.clamp_min(1e-12)


def fitted_scores(attention: PassageAttention, heads: HeadWeights) -> list[float]:
    """The weighted sum of the head features. Raises ModelRefusedError where the weights belong to another architecture."""
    import torch

    weights = torch.tensor(heads.weights)
    if weights.shape != attention.query.shape[:2]:
        raise ModelRefusedError(f"The fitted head weights are for {heads.model}, not for this model. Use heads=all.")
    return [float(score) for score in head_features(attention) @ weights.flatten()]
