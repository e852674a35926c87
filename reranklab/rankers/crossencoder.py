"""Pointwise cross-encoders: one score for each query-document pair, read together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from reranklab.errors import ModelRefusedError
from reranklab.models.catalogue import CatalogueEntry
from reranklab.models.clock import RunClock
from reranklab.models.device import Device
from reranklab.models.loaders import LoadedModel
from reranklab.models.memory import memory_errors
from reranklab.progress import CancelSignal, Progress, check_cancel, report
from reranklab.rankers.base import check_input, rank_by_score
from reranklab.rankers.batching import share_scores, token_batches
from reranklab.rankers.choice import ModelChoice, choose_model
from reranklab.rankers.pairs import EncodedPair, encode_pairs
from reranklab.rankers.provenance import model_provenance
from reranklab.rankers.registry import RankerSpec
from reranklab.types import LOG_ODDS, LOGIT, TOKEN_LOGIT, Document, Query, Ranking, Scalar, ScoreScale

if TYPE_CHECKING:
    import torch

_SCALES = {scale.name: scale for scale in (LOGIT, LOG_ODDS, TOKEN_LOGIT)}


def build_cross_encoder(*, spec: RankerSpec, device: Device) -> CrossEncoderRanker:
    """The ranker of a spec. Raises InputError for a model of another kind or options out of range."""
    return CrossEncoderRanker(
        id=spec.id,
        choice=choose_model(spec, device=device),
        batch_tokens=spec.integer("batch_tokens", low=1, high=1 << 20),
        instruction=spec.option("instruction"),
    )


class CrossEncoderRanker:
    """Scores every pair; scores are raw logits, never squashed.

    Pairs are sorted by length and batched under `batch_tokens`. int8 runs one pair at a time: dynamic quantisation takes its
    range over the whole batch, so in a shared batch a score would depend on the neighbours.
    """

    family = "cross-encoder"

    def __init__(
        self,
        *,
        id: str,  # noqa: A002
        choice: ModelChoice,
        batch_tokens: int,
        instruction: str,
    ) -> None:
        self.id = id
        self._choice = choice
        self._batch_tokens = batch_tokens if choice.precision != "int8" else 1
        self._instruction = instruction

    def load(self, *, cancel: CancelSignal | None = None, progress: Progress | None = None) -> None:
        self._choice.get(cancel=cancel, progress=progress)

    def rank(
        self,
        query: Query,
        documents: Sequence[Document],
        *,
        cancel: CancelSignal | None = None,
        progress: Progress | None = None,
    ) -> Ranking:
        check_input(query, documents)
        model = self._choice.get(cancel=cancel, progress=progress)
        clock = RunClock(self._choice.device)
        with clock.turn(), clock.stage("tokenise"):
            pairs, changed = encode_pairs(model, query, documents, instruction=self._instruction)
        batches = token_batches([len(pair.ids) for pair in pairs], budget=self._batch_tokens)
        scores = [0.0] * len(pairs)
        for done, batch in enumerate(batches):
            check_cancel(cancel)
            report(progress, done=done, total=len(batches), unit="batch")
            with clock.turn(), clock.stage("compute"):
                for position, score in zip(batch, score_pairs(model, [pairs[position] for position in batch]), strict=True):
                    scores[position] = score
        report(progress, done=len(batches), total=len(batches), unit="batch")
        with clock.stage("postprocess"):
            scores = share_scores(scores, [tuple(pair.ids) for pair in pairs])
            items = rank_by_score(
                documents, scores, used=[pair.used for pair in pairs], total=[pair.total for pair in pairs], ranker=self.id
            )
        timing = clock.stop(
            documents=len(documents),
            tokens=sum(len(pair.ids) for pair in pairs),
            precision=model.precision,
            load=model.load,
        )
        parameters: dict[str, Scalar] = {"batch_tokens": self._batch_tokens} if self._batch_tokens > 1 else {"batch_pairs": 1}
        if self._choice.entry.template:
            parameters["instruction"] = self._instruction or self._choice.entry.instruction
        return Ranking(
            ranker=self.id,
            query=query,
            items=items,
            scale=score_scale(self._choice.entry),
            timing=timing,
            provenance=model_provenance(model, ranker=self.id, family=self.family, parameters=parameters),
            warnings=neutralised_warning(changed),
            details={"batches": len(batches)},
        )


def score_pairs(model: LoadedModel, pairs: Sequence[EncodedPair]) -> list[float]:
    """The raw scores of one padded batch. Call while holding the device's lock."""
    if model.backend == "onnxruntime":
        return _score_onnx(model, pairs)
    import torch

    features = _pad(model, pairs, left=model.entry.kind == "causal-reranker")
    with memory_errors(model), torch.inference_mode():
        tensors = {name: torch.tensor(rows, device=model.device.id) for name, rows in features.items()}
        return [float(score) for score in network_scores(model, tensors).cpu()]


def network_scores(model: LoadedModel, tensors: Mapping[str, torch.Tensor]) -> torch.Tensor:
    """The scores (rows,) in float32 that the network gives to tensors ready for it, on its device."""
    if model.entry.kind != "causal-reranker":
        scores: torch.Tensor = model.network(**tensors).logits[:, 0].float()
        return scores
    logits = model.network(**tensors, logits_to_keep=1).logits[:, -1].float()
    scores = logits[:, _token_id(model, model.entry.true_token)]
    if model.entry.false_token:
        scores = scores - logits[:, _token_id(model, model.entry.false_token)]
    return scores


def score_scale(entry: CatalogueEntry) -> ScoreScale:
    """What the scores of a model mean."""
    return _SCALES[entry.scale or "logit"]


def neutralised_warning(changed: int) -> tuple[str, ...]:
    """A warning for the ranking where texts held control tokens."""
    if not changed:
        return ()
    return (f"{changed} texts hold control tokens of this model, such as [SEP]. They were read as plain characters.",)


def _score_onnx(model: LoadedModel, pairs: Sequence[EncodedPair]) -> list[float]:
    import numpy as np

    features = {name: np.array(rows, dtype=np.int64) for name, rows in _pad(model, pairs, left=False).items()}
    (logits,) = model.network.run(["logits"], features)
    return [float(score) for score in logits[:, 0]]


def _pad(model: LoadedModel, pairs: Sequence[EncodedPair], *, left: bool) -> dict[str, list[list[int]]]:
    length = max(len(pair.ids) for pair in pairs)
    padding = model.tokenizer.pad_token_id or 0

    def row(values: list[int], fill: int) -> list[int]:
        rest = [fill] * (length - len(values))
        return rest + values if left else values + rest

    features = {
        "input_ids": [row(pair.ids, padding) for pair in pairs],
        "attention_mask": [row([1] * len(pair.ids), 0) for pair in pairs],
    }
    if pairs[0].types:
        features["token_type_ids"] = [row(pair.types, 0) for pair in pairs]
    return features


def _token_id(model: LoadedModel, token: str) -> int:
    ids: list[Any] = model.tokenizer.encode(token, add_special_tokens=False)
    if len(ids) != 1:
        raise ModelRefusedError(
            f"{model.entry.id} is declared to answer with {token!r}, and its tokenizer has no such token. Use another model."
        )
    return int(ids[0])
