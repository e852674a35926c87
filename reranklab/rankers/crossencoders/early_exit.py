"""The order of a cross-encoder that stops after its embeddings, before any layer has run (early exit, SEE, SIGIR 2025).

The model's own input vectors, cosine, the best match of each query token among the document's, and their mean, so that queries
of any length have one scale. Nothing is trained, and no rule says where a word ends: it works in every language that the model
has tokens of. The marks that frame a text are no words and are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from reranklab.llm.escape import control_tokens, escape_control_tokens
from reranklab.models.clock import RunClock
from reranklab.models.device import Device, cpu
from reranklab.models.failures import compute_failures
from reranklab.models.loaded import Loaded, LoadedModel, Loader
from reranklab.models.store import StoredModel
from reranklab.progress import CancelSignal, Progress, check_cancel, report
from reranklab.rankers.base import SpecRanker, check_input, rank_by_score
from reranklab.rankers.batching import text_parts
from reranklab.rankers.family import RankerSpec
from reranklab.rankers.no_number import why_no_number
from reranklab.rankers.provenance import model_provenance
from reranklab.rankers.reference import ModelReference
from reranklab.rankers.vectors.late_vectors import best_matches, contributions
from reranklab.types import MEAN_MAXSIM, Document, Query, Ranking

if TYPE_CHECKING:
    from numpy.typing import NDArray

_INPUT_VECTORS = "input vectors"
"""In the place of a precision, so that the pool keeps them apart from the model."""
_AT_ONCE = 50  # documents


class EarlyExit(SpecRanker):
    """Orders documents by a model's input vectors alone. `spec` names it as a stage; the model is that of `reference`."""

    def __init__(self, spec: RankerSpec, reference: ModelReference) -> None:
        self.spec = spec
        self._reference = replace(reference, device=cpu(), precision=_INPUT_VECTORS, load=_input_vectors(reference.load))

    def load(self, *, cancel: CancelSignal | None = None, progress: Progress | None = None) -> None:
        self._reference.get(cancel=cancel, progress=progress)

    def rank(
        self,
        query: Query,
        documents: Sequence[Document],
        *,
        cancel: CancelSignal | None = None,
        progress: Progress | None = None,
    ) -> Ranking:
        """See Ranker.rank. Of a document the first tokens count, as many as the model's window has."""
        check_input(query, documents)
        model = self._reference.get(cancel=cancel, progress=progress)
        clock = RunClock(cpu(), cancel=cancel)
        with clock.turn(), clock.stage("tokenise"), compute_failures(model):
            marks = control_tokens(model.tokenizer)
            (asked,) = _ids(model, [escape_control_tokens(query.text, marks)])
            texts = [escape_control_tokens(document.content, marks) for document in documents]
            ids: list[list[int]] = []
            for part in text_parts(texts):
                check_cancel(cancel)
                ids += _ids(model, part)
        used = [min(len(own), model.max_tokens) for own in ids]
        question = model.network[asked]
        scores: list[float] = []
        for start in range(0, len(ids), _AT_ONCE):
            check_cancel(cancel)
            report(progress, done=start, total=len(ids), unit="document")
            with clock.turn(), clock.stage("compute"):
                read = slice(start, start + _AT_ONCE)
                scores += mean_best(
                    question, [model.network[own[:size]] for own, size in zip(ids[read], used[read], strict=True)]
                )
        report(progress, done=len(ids), total=len(ids), unit="document")
        with clock.stage("postprocess"):
            items = rank_by_score(
                documents,
                scores,
                used=used,
                total=[len(own) for own in ids],
                ranker=self.id,
                why=lambda: why_no_number(model),
            )
        timing = clock.stop(documents=len(documents), tokens=sum(used), precision=model.precision, load=model.load)
        return Ranking(
            ranker=self.id,
            query=query,
            items=items,
            scale=MEAN_MAXSIM,
            timing=timing,
            provenance=model_provenance(model, self.spec, parameters={"reads": _INPUT_VECTORS}),
        )


def mean_best(query: NDArray[np.float32], documents: Sequence[NDArray[np.float32]]) -> list[float]:
    """The mean over the query's unit vectors (tokens, size) of the highest cosine with one of a document's. Where either has
    none it is the lowest, -1."""
    if not len(query):
        return [-1.0] * len(documents)
    added = contributions(best_matches(query, documents), mean=True).sum(axis=1)
    return [float(score) if len(own) else -1.0 for score, own in zip(added, documents, strict=True)]


def _ids(model: LoadedModel, texts: Sequence[str]) -> list[list[int]]:
    encoded = model.tokenizer(list(texts), add_special_tokens=False, truncation=False, padding=False, verbose=False)
    found: list[list[int]] = encoded["input_ids"]
    return found


def _input_vectors(load: Loader) -> Loader:
    """Of the model that `load` loads, the input vectors at unit length (tokens, size) in the network's place. The rest is let
    go of."""

    def only(stored: StoredModel, *, device: Device, precision: str, allow_code: bool) -> Loaded:
        loaded = load(stored, device=device, precision="fp32", allow_code=allow_code)
        weights: Any = loaded.network.get_input_embeddings().weight
        matrix = weights.detach().numpy()
        unit = matrix / np.maximum(np.linalg.norm(matrix, axis=1, keepdims=True), np.finfo(np.float32).tiny)
        return replace(loaded, network=unit, precision="fp32", backend="numpy")

    return only
