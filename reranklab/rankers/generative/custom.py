"""Listwise rerankers that bring their own code: all candidates in one call of the checkpoint's rerank()."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from reranklab.errors import Cancelled, ModelError, QueryTooLongError
from reranklab.llm.escape import control_tokens, escape_control_tokens, escaped_warning
from reranklab.models.clock import RunClock
from reranklab.models.failures import compute_failures
from reranklab.models.interrupt import interruptible
from reranklab.models.loaded import LoadedModel
from reranklab.progress import CancelSignal, Progress, check_cancel, report
from reranklab.rankers.base import SpecRanker, check_input, rank_by_score
from reranklab.rankers.batching import text_parts
from reranklab.rankers.family import RankerSpec
from reranklab.rankers.no_number import why_no_number
from reranklab.rankers.provenance import model_provenance
from reranklab.rankers.reference import ModelReference
from reranklab.types import COSINE, Document, Query, Ranking

_UNCOUNTED = "This checkpoint brings no tokenizer, so how much of each document it reads is not known."


class CustomCodeRanker(SpecRanker):
    """Query and all documents in one call, scored by cosine; a score depends on the other candidates.

    The checkpoint's code cuts long documents itself. What it keeps of each is read from the max_doc_length of its rerank(),
    where it has one. Loading raises ModelRefusedError unless the reference allows code.
    """

    def __init__(self, spec: RankerSpec, reference: ModelReference) -> None:
        self.spec = spec
        self.reference = reference

    def load(self, *, cancel: CancelSignal | None = None, progress: Progress | None = None) -> None:
        self.reference.get(cancel=cancel, progress=progress)

    def rank(
        self,
        query: Query,
        documents: Sequence[Document],
        *,
        cancel: CancelSignal | None = None,
        progress: Progress | None = None,
    ) -> Ranking:
        check_input(query, documents)
        model = self.reference.get(cancel=cancel, progress=progress)
        clock = RunClock(self.reference.device, cancel=cancel)
        with clock.turn(), clock.stage("tokenise"), compute_failures(model):
            texts = _prepare(model, query, documents, cancel)
        check_cancel(cancel)
        report(progress, done=0, total=1, unit="call")
        read = texts.query_tokens + sum(texts.used) or sum(map(len, texts.documents))
        with clock.turn(), interruptible(model, cancel, tokens=read), clock.stage("compute"):
            scores = self._scores(model, texts)
        report(progress, done=1, total=1, unit="call")
        with clock.stage("postprocess"):
            why = partial(why_no_number, model)
            items = rank_by_score(documents, scores, used=texts.used, total=texts.total, ranker=self.id, why=why)
        return Ranking(
            ranker=self.id,
            query=query,
            items=items,
            scale=COSINE,
            timing=clock.stop(
                documents=len(documents),
                tokens=texts.query_tokens + sum(texts.used),
                precision=model.precision,
                load=model.load,
            ),
            provenance=model_provenance(model, self.spec, parameters={"method": "rerank()", "max_doc_tokens": texts.limit}),
            warnings=texts.warnings,
            details={"calls": 1},
        )

    def _scores(self, model: LoadedModel, texts: _Texts) -> list[float]:
        """Scores along the input order. Raises ModelError where the model's code fails or does not answer for each document."""
        import torch

        try:
            with torch.inference_mode():
                results = model.network.rerank(texts.query, list(texts.documents), top_n=None)
        except Cancelled:
            raise
        except Exception as error:
            message = (str(error).splitlines() or [""])[0]
            raise ModelError(
                f"The code of {self.reference.entry.id} failed while ranking ({type(error).__name__}: {message}). "
                "Rank fewer or shorter documents, or use another model."
            ) from error
        return _along_input(results, count=len(texts.documents), model=self.reference.entry.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Texts:
    """What goes into rerank(), and how many tokens of it the model reads (0 where it brings no tokenizer)."""

    query: str
    documents: tuple[str, ...]
    query_tokens: int
    used: tuple[int, ...]
    total: tuple[int, ...]
    limit: int
    warnings: tuple[str, ...]


def _prepare(model: LoadedModel, query: Query, documents: Sequence[Document], cancel: CancelSignal | None) -> _Texts:
    limit = _document_limit(model)
    contents = [document.content for document in documents]
    if model.tokenizer is None:
        nothing = (0,) * len(documents)
        return _Texts(
            query=query.text,
            documents=tuple(contents),
            query_tokens=0,
            used=nothing,
            total=nothing,
            limit=limit,
            warnings=(_UNCOUNTED,),
        )
    tokens = control_tokens(model.tokenizer)
    texts = [escape_control_tokens(text, tokens) for text in (query.text, *contents)]
    counted: list[int] = []
    for part in text_parts(texts):
        check_cancel(cancel)
        encoded = model.tokenizer(list(part), add_special_tokens=False, truncation=False, verbose=False)["input_ids"]
        counted += [len(ids) for ids in encoded]
    query_length, *lengths = counted
    if query_length >= model.max_tokens:
        raise QueryTooLongError(
            f"The query takes {query_length:,} tokens and {model.entry.id} reads {model.max_tokens:,} in all, so no document "
            "would be seen. Shorten the query."
        )
    changed = sum(text != original for text, original in zip(texts, (query.text, *contents), strict=True))
    return _Texts(
        query=texts[0],
        documents=tuple(texts[1:]),
        query_tokens=query_length,
        used=tuple(min(length, limit) for length in lengths),
        total=tuple(lengths),
        limit=limit,
        warnings=escaped_warning(changed),
    )


def _document_limit(model: LoadedModel) -> int:
    """Tokens of one document that the model reads: its rerank()'s own default, else its whole window."""
    parameter = inspect.signature(model.network.rerank).parameters.get("max_doc_length")
    own = parameter.default if parameter is not None else None
    return min(own, model.max_tokens) if isinstance(own, int) else model.max_tokens


def _along_input(results: Any, *, count: int, model: str) -> list[float]:
    try:
        found = {int(result["index"]): float(result["relevance_score"]) for result in results}
        given = len(results)
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(
            f"rerank() of {model} did not answer with an index and a relevance_score for each document. Use another model."
        ) from error
    if given != count or set(found) != set(range(count)):
        raise ModelError(f"rerank() of {model} scored {given} documents of {count}, or some twice. Use another model.")
    return [found[position] for position in range(count)]
