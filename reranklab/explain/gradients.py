"""Integrated gradients: a score taken apart over the document's tokens, on the way from a masked document to the real one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from reranklab.data.spans import Unit
from reranklab.errors import InputError
from reranklab.explain.attribution import Attribution
from reranklab.extras import GRADIENTS
from reranklab.models.device import device_lock
from reranklab.models.failures import compute_failures
from reranklab.models.loaded import LoadedModel
from reranklab.progress import CancelSignal, Progress, check_cancel, report
from reranklab.rankers.explainable import Differentiable, GradientProblem, ask
from reranklab.rankers.family import Capability, Ranker
from reranklab.rankers.provenance import model_provenance
from reranklab.rankers.traces import group_tokens
from reranklab.types import Document, Query

if TYPE_CHECKING:
    import torch

    Score = Callable[[torch.Tensor], torch.Tensor]

STEPS = 64
LARGEST_GAP = 0.05
_ROWS = 8
"""Steps in one forward and backward pass."""


def integrated_gradients(
    ranker: Ranker,
    query: Query,
    document: Document,
    *,
    steps: int = STEPS,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> Attribution:
    """What each word that the model reads adds to the score, against the same document with every token masked.

    (Sundararajan et al. 2017, arXiv 1703.01365; by captum, Gauss-Legendre.) The values add up to the difference of the two
    scores but for the completeness gap; above LARGEST_GAP a warning says so. Raises InputError for a ranker without
    gradients, and Cancelled within one pass after `cancel` is set.
    """
    differentiable = ask(ranker, Capability.GRADIENTS, Differentiable)  # type: ignore[type-abstract]
    if not 8 <= steps <= 1024:
        raise InputError(f"{steps} steps do not work for integrated gradients. Give a number from 8 to 1024.")
    problem = differentiable.gradient_problem(query, document, cancel=cancel, progress=progress)
    model = problem.model
    with device_lock(model.device.id).hold(), compute_failures(model):
        values, base, change = _integrate(model, problem, steps=steps, cancel=cancel, progress=progress)
    words = group_tokens(problem.tokens, part="document", text=problem.text)
    if not words:
        raise InputError(f"Document {document.id!r} has no words, so there is nothing to attribute.")
    gap = abs(sum(values) - change) / max(abs(change), 1e-9)
    return Attribution(
        ranker=ranker.id,
        method="integrated-gradients",
        document_id=document.id,
        text=problem.text,
        units=tuple(Unit(label=word.label, spans=(word.span,)) for word in words),
        values=tuple(sum(values[position] for position in word.tokens) for word in words),
        base=base,
        scale=problem.scale,
        provenance=model_provenance(model, ranker.spec, parameters={"steps": steps, "baseline": _mask(model)[1]}),
        calls=steps,
        possible=len(words),
        gap=gap,
        warnings=_warnings(gap, steps),
    )


def _integrate(
    model: LoadedModel, problem: GradientProblem, *, steps: int, cancel: CancelSignal | None, progress: Progress | None
) -> tuple[list[float], float, float]:
    """Values along the tokens, the score, and the score less that of the baseline."""
    GRADIENTS.check("Integrated gradients")
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
        attributions = IntegratedGradients(watched).attribute(
            real, baselines=baseline, n_steps=steps, method="gausslegendre", internal_batch_size=_ROWS
        )
    values = [float(value) for value in attributions[0].sum(dim=-1).float().cpu()]
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
