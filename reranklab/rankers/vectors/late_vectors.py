"""Texts as one vector a token, and MaxSim: each query token with the document token nearest to it (arXiv 2004.12832)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from reranklab.data.spans import Span
from reranklab.errors import QueryTooLongError
from reranklab.models.clock import RunClock
from reranklab.models.device import device_lock
from reranklab.models.failures import compute_failures
from reranklab.models.loaded import LoadedModel
from reranklab.progress import CancelSignal, Progress, check_cancel
from reranklab.rankers.traces import Token
from reranklab.rankers.vectors.apart import QueryReading
from reranklab.rankers.vectors.embeddings import TextLength, on_device, read_batches, text_lengths
from reranklab.rankers.vectors.late_models import KIND, query_window
from reranklab.types import Scalar

if TYPE_CHECKING:
    import torch

    from reranklab.rankers.vectors.apart import Packed

Task = Literal["query", "document"]
_GRID = 2.0**36
_ROWS = 1 << 15
"""Document tokens that are compared at once."""
_NOTHING = -1.0
"""The match of a query token with a document of which no token counts: the lowest cosine there is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRows:
    """The tokens of one text that count, each with its unit vector (tokens, dimensions). One that does not stand in the text is
    of the frame: a special token, a marker, or one that the checkpoint appends to queries."""

    tokens: tuple[Token, ...]
    vectors: Packed


def is_trained(model: LoadedModel) -> bool:
    """Whether the checkpoint was trained for late interaction. Of another the token vectors are taken as they are."""
    return model.entry.kind == KIND


def best_matches(query: Packed, documents: Sequence[Packed], *, cancel: CancelSignal | None = None) -> NDArray[np.float64]:
    """For each document (rows) and query token (columns) the highest cosine with a token of the document."""
    rows = [document.reshape(-1, query.shape[1]) for document in documents]
    best = np.full((len(rows), len(query)), _NOTHING)
    part: list[int] = []
    for place, row in enumerate([*rows, None]):
        if part and (row is None or sum(len(rows[each]) for each in part) + len(row) > _ROWS):
            check_cancel(cancel)
            starts = np.cumsum([0, *(len(rows[each]) for each in part[:-1])])
            cosines = query @ np.concatenate([rows[each] for each in part]).T
            best[part] = np.maximum.reduceat(cosines, starts, axis=1).T
            part = []
        if row is not None and len(row):
            part.append(place)
    return best


def contributions(best: NDArray[np.float64], *, mean: bool) -> NDArray[np.float64]:
    """What each query token adds to a score, rounded to a multiple of 2**-36 (1.5e-11), so that sums are exact in any order."""
    tokens = max(best.shape[-1], 1) if mean else 1
    return np.rint(best / tokens * _GRID) / _GRID


class LateReader:
    """Reads texts token by token in batches of `batch_tokens`.

    Of a checkpoint that was trained for it, those tokens count that it says: markers, special tokens and tokens appended to
    queries do, punctuation in documents mostly not. Of another, every token of the text counts and nothing around it does.
    """

    def __init__(self, *, batch_tokens: int, mean: bool) -> None:
        self._batch_tokens = batch_tokens
        self._mean = mean

    def key(self, model: LoadedModel) -> str:
        return f"tokens {_prompt(model, 'document')}"

    def parameters(self, model: LoadedModel) -> dict[str, Scalar]:
        return {"score": "mean" if self._mean else "sum", "trained_for_it": is_trained(model)}

    def read_query(self, model: LoadedModel, text: str, *, clock: RunClock, cancel: CancelSignal | None = None) -> QueryReading:
        """A query that the model's window does not hold is an error; of one that is longer than the checkpoint reads, the rest
        is noted."""
        with clock.turn(), clock.stage("tokenise"), compute_failures(model):
            (length,) = text_lengths(model, [text], prefix=_prompt(model, "query"))
            frame = len(model.tokenizer(_prompt(model, "query"), truncation=False, verbose=False)["input_ids"])
        total = length.total
        window = int(model.network[0].max_seq_length) - frame
        if total > window:
            raise QueryTooLongError(
                f"The query has {total:,} tokens and {model.entry.id} reads {max(window, 0):,} of them. Shorten the query."
            )
        used = min(total, query_window(model) - frame) if is_trained(model) else total
        note = f"The query has {total:,} tokens, and {model.entry.id} reads {used:,} of a query: the rest does not count."
        (vectors,) = self._read(model, [text], [TextLength(used=used, total=total)], task="query", clock=clock, cancel=cancel)
        return QueryReading(vectors=vectors, tokens=used, notes=(note,) if used < total else ())

    def lengths(self, model: LoadedModel, texts: Sequence[str], *, cancel: CancelSignal | None = None) -> list[TextLength]:
        return text_lengths(model, texts, prefix=_prompt(model, "document"), cancel=cancel)

    def read_documents(
        self,
        model: LoadedModel,
        texts: Sequence[str],
        lengths: Sequence[TextLength],
        *,
        clock: RunClock,
        cancel: CancelSignal | None = None,
        progress: Progress | None = None,
    ) -> list[Packed]:
        return self._read(model, texts, lengths, task="document", clock=clock, cancel=cancel, progress=progress)

    def scores(self, query: QueryReading, documents: Sequence[Packed]) -> list[float]:
        """MaxSim, the sum or the mean over the query's tokens."""
        found: list[float] = contributions(best_matches(query.vectors, documents), mean=self._mean).sum(axis=1).tolist()
        return found

    def _read(
        self,
        model: LoadedModel,
        texts: Sequence[str],
        lengths: Sequence[TextLength],
        *,
        task: Task,
        clock: RunClock,
        cancel: CancelSignal | None = None,
        progress: Progress | None = None,
    ) -> list[Packed]:
        def rows(features: dict[str, Any]) -> list[Packed]:
            vectors, counted = _vectors(model, features, task)
            return [row[mask].cpu().numpy() for row, mask in zip(vectors, counted, strict=True)]

        return read_batches(
            model,
            texts,
            lengths,
            features=lambda part: _features(model, part, task),
            rows=rows,
            batch_tokens=self._batch_tokens,
            clock=clock,
            cancel=cancel,
            progress=progress,
        )


def read_rows(model: LoadedModel, text: str, task: Task, *, cancel: CancelSignal | None = None) -> TokenRows:
    """One text as the reader reads it, with where each token that counts comes from. Takes the device's lock."""
    import torch

    with device_lock(model.device.id).hold(cancel), compute_failures(model), torch.inference_mode():
        features = _features(model, [text], task)
        tokens = _tokens(model, text, task, features["input_ids"][0].tolist())
        vectors, counted = _vectors(model, on_device(model, features), task)
        mask = counted[0].tolist()
        found = vectors[0][counted[0]].cpu().numpy()
    return TokenRows(tokens=tuple(token for token, counts in zip(tokens, mask, strict=True) if counts), vectors=found)


def _prompt(model: LoadedModel, task: Task) -> str:
    """What stands before a query or a document."""
    if is_trained(model):
        return str(model.network.prompts.get(task) or "")
    return model.entry.query_prefix if task == "query" else model.entry.document_prefix


def _features(model: LoadedModel, texts: Sequence[str], task: Task) -> dict[str, Any]:
    prompt = _prompt(model, task)
    if is_trained(model):
        features: dict[str, Any] = model.network.preprocess(list(texts), prompt=prompt or None, task=task)
    else:
        features = model.network.preprocess([prompt + text for text in texts])
    return features


def _vectors(model: LoadedModel, features: dict[str, Any], task: Task) -> tuple[torch.Tensor, torch.Tensor]:
    """Unit vectors (texts, tokens, dimensions), and which of them count (texts, tokens)."""
    import torch

    if is_trained(model):
        output = model.network(features, task=task)
        return output["token_embeddings"].float(), output["attention_mask"].bool()
    ids, mask = features["input_ids"], features["attention_mask"].bool()
    vectors = model.network[0](features)["token_embeddings"].float()
    tokenizer = model.tokenizer
    frame = {tokenizer.cls_token_id, tokenizer.sep_token_id, tokenizer.bos_token_id, tokenizer.eos_token_id} - {None}
    special = torch.isin(ids, torch.tensor(sorted(frame), device=ids.device, dtype=ids.dtype)) & mask
    text = mask & ~special
    prefix = len(tokenizer(_prompt(model, task), add_special_tokens=False, verbose=False)["input_ids"])
    behind = text.cumsum(dim=1) > prefix
    return torch.nn.functional.normalize(vectors, dim=-1), text & behind


def _tokens(model: LoadedModel, text: str, task: Task, ids: Sequence[int]) -> list[Token]:
    """Each token of the input with its place in the text. Hold the device's lock."""
    prompt = _prompt(model, task)
    window = query_window(model) if task == "query" and is_trained(model) else model.max_tokens
    encoded = model.tokenizer(prompt + text, truncation=True, max_length=window, verbose=False, return_offsets_mapping=True)
    own = encoded["input_ids"]
    start = 0 if list(ids[: len(own)]) == own else len(ids) - len(own)  # padding may stand before the text
    pieces = model.tokenizer.convert_ids_to_tokens(list(ids))
    tokens = [Token(piece=piece, part="frame", span=Span(start=0, end=0)) for piece in pieces]
    parts = encoded.sequence_ids(0)
    for place, (part, (begin, end)) in enumerate(zip(parts, encoded["offset_mapping"], strict=True)):
        if part is not None and end > max(begin, len(prompt)):
            span = Span(start=max(begin - len(prompt), 0), end=end - len(prompt))
            tokens[start + place] = Token(piece=pieces[start + place], part="document", span=span)
    return tokens
