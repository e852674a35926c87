"""Integrated gradients: a score taken apart over the document's tokens, on the way from a masked document to the real one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reranklab.errors import InputError
from reranklab.explain.attribution import Attribution
from reranklab.explain.spans import Unit
from reranklab.explain.tokens import Token, group_tokens, trace_pair, trace_text
from reranklab.llm.neutral import control_tokens, neutralise
from reranklab.models.clock import RunClock
from reranklab.models.device import device_lock, resolve_device
from reranklab.models.loaders import LoadedModel
from reranklab.models.memory import memory_errors
from reranklab.progress import CancelSignal, Progress, check_cancel, report
from reranklab.rankers.choice import choose_model
from reranklab.rankers.crossencoder import network_scores, score_scale
from reranklab.rankers.embeddings import embed, text_lengths
from reranklab.rankers.provenance import model_provenance
from reranklab.rankers.registry import RankerSpec
from reranklab.types import COSINE, Document, Query, ScoreScale

if TYPE_CHECKING:
    import torch

    Score = Callable[[torch.Tensor], torch.Tensor]

STEPS = 64
LARGEST_GAP = 0.05
FAMILIES_WITH_GRADIENTS = ("cross-encoder", "bi-encoder")
_ROWS = 8
"""Steps in one forward and backward pass."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Problem:
    """A score as a function of input embeddings (rows, tokens, size), and the tokens that are masked in the baseline."""

    ids: tuple[int, ...]
    tokens: tuple[Token, ...]
    text: str
    embeddings: Any
    score: Score
    scale: ScoreScale


def integrated_gradients(
    spec: RankerSpec,
    query: Query,
    document: Document,
    *,
    device: str = "cpu",
    steps: int = STEPS,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> Attribution:
    """What each word that the model reads adds to the score, against the same document with every token masked.

    (Sundararajan et al. 2017, arXiv 1703.01365; by captum, Gauss-Legendre.) The values add up to the difference of the two
    scores but for the completeness gap; above LARGEST_GAP a warning says so. Raises InputError for a ranker without
    gradients, and Cancelled within one pass after `cancel` is set.
    """
    if spec.family not in FAMILIES_WITH_GRADIENTS:
        raise InputError(
            f"Integrated gradients need a cross-encoder or a bi-encoder, not {spec.id}. Leave-one-out works for every ranker."
        )
    if not 8 <= steps <= 1024:
        raise InputError(f"{steps} steps do not work for integrated gradients. Give a number from 8 to 1024.")
    model = choose_model(spec, device=resolve_device(device)).get(cancel=cancel, progress=progress)
    if model.backend != "torch":
        raise InputError(f"The {model.precision} weights of {model.entry.id} have no gradients. Use fp32.")
    if spec.family == "cross-encoder":
        problem = _pair_problem(model, spec, query, document)
    else:
        problem = _text_problem(model, query, document)
    with device_lock(model.device.id).hold(), memory_errors(model):
        values, base, change = _integrate(model, problem, steps=steps, cancel=cancel, progress=progress)
    words = group_tokens(problem.tokens, part="document", text=problem.text)
    if not words:
        raise InputError(f"Document {document.id!r} has no words, so there is nothing to attribute.")
    gap = abs(sum(values) - change) / max(abs(change), 1e-9)
    return Attribution(
        ranker=spec.id,
        method="integrated-gradients",
        document_id=document.id,
        text=problem.text,
        units=tuple(Unit(label=word.label, spans=(word.span,)) for word in words),
        values=tuple(sum(values[position] for position in word.tokens) for word in words),
        base=base,
        scale=problem.scale,
        provenance=model_provenance(
            model, ranker=spec.id, family=spec.family, parameters={"steps": steps, "baseline": _mask(model)[1]}
        ),
        calls=steps,
        possible=len(words),
        gap=gap,
        warnings=_warnings(gap, steps),
    )


def _pair_problem(model: LoadedModel, spec: RankerSpec, query: Query, document: Document) -> _Problem:
    traced = trace_pair(model, query, document, instruction=spec.option("instruction"))

    def score(embeddings: torch.Tensor) -> torch.Tensor:
        tensors = _rows_of(model, embeddings, types=traced.pair.types)
        return network_scores(model, tensors)

    return _Problem(
        ids=tuple(traced.pair.ids),
        tokens=traced.tokens,
        text=traced.document,
        embeddings=model.network.get_input_embeddings(),
        score=score,
        scale=score_scale(model.entry),
    )


def _text_problem(model: LoadedModel, query: Query, document: Document) -> _Problem:
    import torch

    control = control_tokens(model.tokenizer)
    text, query_text = neutralise(document.content, control), neutralise(query.text, control)
    prefix = model.entry.query_prefix
    clock = RunClock(model.device)
    with clock.turn():
        lengths = text_lengths(model, [query_text], prefix=prefix)
        ids, tokens = trace_text(model, text, prefix=model.entry.document_prefix)
    vector = embed(model, [query_text], lengths, prefix=prefix, batch_tokens=1, clock=clock)[0]
    target = torch.tensor(vector, device=model.device.id)
    first, *others = model.network

    def score(embeddings: torch.Tensor) -> torch.Tensor:
        tensors = _rows_of(model, embeddings, types=[])
        output = first.auto_model(**tensors)
        features = {"token_embeddings": output.last_hidden_state, "attention_mask": tensors["attention_mask"]}
        for module in others:
            features = module(features)
        return torch.nn.functional.normalize(features["sentence_embedding"].float(), dim=1) @ target

    return _Problem(
        ids=ids,
        tokens=tokens,
        text=text,
        embeddings=first.auto_model.get_input_embeddings(),
        score=score,
        scale=COSINE,
    )


def _rows_of(model: LoadedModel, embeddings: torch.Tensor, *, types: Sequence[int]) -> Mapping[str, torch.Tensor]:
    import torch

    rows, length = embeddings.shape[:2]
    tensors = {
        "inputs_embeds": embeddings,
        "attention_mask": torch.ones((rows, length), dtype=torch.long, device=model.device.id),
    }
    if types:
        tensors["token_type_ids"] = torch.tensor([list(types)] * rows, device=model.device.id)
    return tensors


def _integrate(
    model: LoadedModel, problem: _Problem, *, steps: int, cancel: CancelSignal | None, progress: Progress | None
) -> tuple[list[float], float, float]:
    """Values along the tokens, the score, and the score less that of the baseline."""
    import torch
    from captum.attr import IntegratedGradients

    masked = [
        _mask(model)[0] if token.part == "document" else number
        for number, token in zip(problem.ids, problem.tokens, strict=True)
    ]
    with torch.no_grad():
        real, baseline = (
            problem.embeddings(torch.tensor([list(ids)], device=model.device.id)) for ids in (problem.ids, masked)
        )
        score, without = (float(problem.score(embeddings)[0]) for embeddings in (real, baseline))
    passes = 0

    def watched(embeddings: torch.Tensor) -> torch.Tensor:
        nonlocal passes
        check_cancel(cancel)
        report(progress, done=min(passes, steps // _ROWS), total=-(-steps // _ROWS), unit="pass", label="integrated gradients")
        passes += 1
        return problem.score(embeddings)

    with torch.enable_grad():
        found = IntegratedGradients(watched).attribute(
            real, baselines=baseline, n_steps=steps, method="gausslegendre", internal_batch_size=_ROWS
        )
    values = [float(value) for value in found[0].sum(dim=-1).float().cpu()]
    return values, score, score - without


def _mask(model: LoadedModel) -> tuple[int, str]:
    """The token that stands for nothing: the mask token where the model was trained with one, else padding."""
    tokenizer = model.tokenizer
    for name in ("mask_token", "pad_token", "eos_token"):
        if getattr(tokenizer, name, None):
            return int(getattr(tokenizer, f"{name}_id")), name
    raise InputError(f"{model.entry.id} has no mask or padding token to compare with. Use leave-one-out.")


def _warnings(gap: float, steps: int) -> tuple[str, ...]:
    if gap <= LARGEST_GAP:
        return ()
    return (f"The values miss the score change by {gap:.0%} (completeness gap). Take more than {steps} steps.",)
