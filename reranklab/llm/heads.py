"""From attention to passage scores: the plain sum over heads, or non-negative weights of heads fitted on labelled queries."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from importlib.resources import files
from typing import TYPE_CHECKING

from reranklab.errors import ModelRefusedError

if TYPE_CHECKING:
    import torch

    from reranklab.llm.passage_attention import PassageAttention

_FLOOR = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadWeights:
    """Weights (layers x heads, 0 or more) for one feature of one model's heads, and where they come from.

    `feature` is a key of FEATURES. `length` is what one standard deviation of the logarithm of a passage's tokens adds, where
    one of the weighted heads adds 1. `fitted_on` names the queries and their collections. Of the `measured_on` collections,
    each measured with weights fitted without it, `below_bm25` and `below_random` had a lower mean nDCG@10 than BM25 and than
    a random order of the same candidates.
    """

    model: str
    feature: str
    weights: tuple[tuple[float, ...], ...]
    length: float
    fitted_on: str
    measured_on: int = 0
    below_bm25: tuple[str, ...] = ()
    below_random: tuple[str, ...] = ()


@cache
def load_heads(name: str) -> HeadWeights:
    """The shipped weights of a data file."""
    data = json.loads(files("reranklab.llm").joinpath("head_weights", name).read_text(encoding="utf-8"))
    measured = data["held_out"]
    return HeadWeights(
        model=data["model"],
        feature=data["feature"],
        weights=tuple(map(tuple, data["weights"])),
        length=data["length"],
        fitted_on=data["fitted_on"],
        measured_on=len(measured),
        below_bm25=tuple(row["collection"] for row in measured if row["fitted"] < row["bm25"]),
        below_random=tuple(row["collection"] for row in measured if row["fitted"] < row["random"]),
    )


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


def log_ratio(attention: PassageAttention, *, strongest: int) -> torch.Tensor:
    """The mean over a passage's `strongest` highest tokens of the logarithm of the attention for the query over that for
    "N/A": (passages, layers x heads)."""
    import torch

    ratio = torch.log((attention.query + _FLOOR) / (attention.no_query + _FLOOR)).flatten(0, 1)
    columns = []
    for start, end in attention.spans:
        highest = ratio[:, start:end].topk(min(strongest, end - start), dim=1).values
        columns.append(highest.sum(dim=1) / max(highest.shape[1], 1))
    return torch.stack(columns)


def summed_difference(attention: PassageAttention) -> torch.Tensor:
    """Attention for the query less attention for "N/A", summed over a passage's tokens: (passages, layers x heads)."""
    import torch

    tokens = (attention.query - attention.no_query).flatten(0, 1)
    return torch.stack([tokens[:, start:end].sum(dim=1) for start, end in attention.spans])


def mean_difference(attention: PassageAttention) -> torch.Tensor:
    """summed_difference over a passage's number of tokens: (passages, layers x heads)."""
    return summed_difference(attention) / token_counts(attention).clamp_min(1)[:, None]


FEATURES: Mapping[str, Callable[[PassageAttention], torch.Tensor]] = {
    "log-ratio-top10": partial(log_ratio, strongest=10),
    "log-ratio-top30": partial(log_ratio, strongest=30),
    "difference-sum": summed_difference,
    "difference-mean": mean_difference,
}
"""What each head says of each passage, by name. An empty passage has 0, no evidence."""


def token_counts(attention: PassageAttention) -> torch.Tensor:
    """Tokens of each passage in the prompt: (passages,)."""
    import torch

    return torch.tensor([float(end - start) for start, end in attention.spans])


def standardised(values: torch.Tensor) -> torch.Tensor:
    """Each column, over the passages of the window, with mean 0 and standard deviation 1; a constant column is 0."""
    spread = values.std(dim=0, unbiased=False)
    return (values - values.mean(dim=0)) / spread.clamp_min(1e-12)


def fitted_scores(attention: PassageAttention, heads: HeadWeights) -> list[float]:
    """The weighted sum of the standardised feature, itself standardised, and the length term; one score a passage.

    Raises ModelRefusedError where the weights belong to another architecture.
    """
    import torch

    weights = torch.tensor(heads.weights)
    if weights.shape != attention.query.shape[:2]:
        raise ModelRefusedError(f"The fitted head weights are for {heads.model}, not for this model. Use heads=all.")
    weighted = standardised(standardised(FEATURES[heads.feature](attention)) @ weights.flatten())
    length = standardised(token_counts(attention).clamp_min(1).log())
    return [float(score) for score in weighted + heads.length * length]
