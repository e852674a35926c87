"""A cross-encoder's input token by token: which text each token comes from, and how tokens make up words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from reranklab.data.spans import Span, word_spans
from reranklab.llm.escape import control_tokens, escape_control_tokens
from reranklab.models.device import device_lock
from reranklab.models.loaded import LoadedModel
from reranklab.rankers.pairs import EncodedPair, encode_pairs, prompt_around_document
from reranklab.types import Document, Query

if TYPE_CHECKING:
    import torch

Part = Literal["query", "document", "frame"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """One token of the input. `span` counts characters of the text of its part; frame tokens (special tokens, separators,
    a prompt's own words) have an empty span."""

    piece: str
    part: Part
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One or more tokens shown as one. `tokens` are positions in the input."""

    label: str
    part: Part
    span: Span
    tokens: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedPair:
    """What the model reads for one pair. `query` and `document` are the texts as read, control tokens in them escaped."""

    pair: EncodedPair
    tokens: tuple[Token, ...]
    query: str
    document: str

    def positions(self, part: Part) -> list[int]:
        return [position for position, token in enumerate(self.tokens) if token.part == part]

    def words(self, part: Part | None = None) -> tuple[Word, ...]:
        """The tokens as words, in the order of the input; every token belongs to exactly one."""
        texts = {"query": self.query, "document": self.document, "frame": ""}
        found: list[Word] = []
        for name, text in texts.items():
            if part in (None, name):
                found += group_tokens(self.tokens, part=name, text=text)  # type: ignore[arg-type]
        return tuple(sorted(found, key=lambda word: word.tokens[0]))


def trace_pair(model: LoadedModel, query: Query, document: Document, *, instruction: str = "") -> TracedPair:
    """The input that the ranker builds for the pair, with where each token comes from. Raises QueryTooLongError as it does.

    Takes the device's lock, which guards the shared tokenizer: do not call it while holding that.
    """
    with device_lock(model.device.id).hold():
        (pair,), _ = encode_pairs(model, query, [document], instruction=instruction)
        control = control_tokens(model.tokenizer)
        query_text, text = escape_control_tokens(query.text, control), escape_control_tokens(document.content, control)
        if model.entry.kind == "causal-reranker":
            tokens = _trace_prompt(model, query_text, text, instruction)
        else:
            tokens = _trace_segments(model, query_text, text)
    last = [position for position, token in enumerate(tokens) if token.part == "document"][pair.used :]
    kept = [token for position, token in enumerate(tokens) if position not in set(last)]
    return TracedPair(pair=pair, tokens=tuple(kept), query=query_text, document=text)


def trace_text(model: LoadedModel, text: str, *, prefix: str = "") -> tuple[tuple[int, ...], tuple[Token, ...]]:
    """The ids and tokens that an embedding model reads of a document: cut to its window, the prefix counted as frame."""
    encoded = model.tokenizer(
        prefix + text, truncation=True, max_length=model.max_tokens, verbose=False, return_offsets_mapping=True
    )
    ids = encoded["input_ids"]
    tokens = [
        Token(piece=piece, part="frame", span=Span(start=0, end=0))
        if part is None or end <= len(prefix)
        else Token(piece=piece, part="document", span=Span(start=max(start - len(prefix), 0), end=end - len(prefix)))
        for piece, part, (start, end) in zip(
            model.tokenizer.convert_ids_to_tokens(ids), encoded.sequence_ids(0), encoded["offset_mapping"], strict=True
        )
    ]
    return tuple(ids), tuple(tokens)


def text_ends(model: LoadedModel, text: str) -> tuple[int, ...]:
    """Where each of the text's own tokens ends, in characters. Hold the device's lock."""
    encoded = model.tokenizer(text, add_special_tokens=False, truncation=False, verbose=False, return_offsets_mapping=True)
    return tuple(end for start, end in encoded["offset_mapping"] if end > start)


def embedded_rows(model: LoadedModel, embeddings: torch.Tensor, *, types: Sequence[int]) -> Mapping[str, torch.Tensor]:
    """Input embeddings (rows, tokens, size) as the network takes them, all tokens visible; `types` are segment ids, or none."""
    import torch

    rows, length = embeddings.shape[:2]
    tensors = {
        "inputs_embeds": embeddings,
        "attention_mask": torch.ones((rows, length), dtype=torch.long, device=model.device.id),
    }
    if types:
        tensors["token_type_ids"] = torch.tensor([list(types)] * rows, device=model.device.id)
    return tensors


def group_tokens(tokens: Sequence[Token], *, part: Part, text: str) -> list[Word]:
    """The tokens of a part by the word of `text` that their first visible character stands in. Punctuation and frame tokens
    stand alone."""
    words = word_spans(text)
    groups: list[tuple[Span | None, list[int]]] = []
    index = 0
    for position, token in enumerate(tokens):
        if token.part != part:
            continue
        span = _visible(token.span, text)
        while index < len(words) and words[index].end <= span.start:
            index += 1
        word = words[index] if index < len(words) and words[index].start < span.end and span.start < span.end else None
        if word is not None and groups and groups[-1][0] == word:
            groups[-1][1].append(position)
        else:
            groups.append((word, [position]))
    return [
        Word(
            label=word.of(text) if word else _label(tokens[positions[0]], text),
            part=part,
            span=word or _visible(tokens[positions[0]].span, text),
            tokens=tuple(positions),
        )
        for word, positions in groups
    ]


def _trace_segments(model: LoadedModel, query: str, text: str) -> list[Token]:
    encoded = model.tokenizer([query], [text], truncation=False, padding=False, verbose=False, return_offsets_mapping=True)
    parts = encoded.sequence_ids(0)
    pieces = model.tokenizer.convert_ids_to_tokens(encoded["input_ids"][0])
    return [
        Token(
            piece=piece,
            part="frame" if part is None else "document" if part == 1 else "query",
            span=Span(start=start, end=end) if part is not None else Span(start=0, end=0),
        )
        for piece, part, (start, end) in zip(pieces, parts, encoded["offset_mapping"][0], strict=True)
    ]


def _trace_prompt(model: LoadedModel, query: str, text: str, instruction: str) -> list[Token]:
    before, after = prompt_around_document(model, query, instruction)
    encoded = model.tokenizer(
        before + text + after,
        add_special_tokens=False,
        truncation=False,
        verbose=False,
        return_offsets_mapping=True,
    )
    pieces = model.tokenizer.convert_ids_to_tokens(encoded["input_ids"])
    places: dict[Part, int] = {"query": before.rfind(query), "document": len(before)}
    lengths: dict[Part, int] = {"query": len(query), "document": len(text)}
    tokens = []
    for piece, (start, end) in zip(pieces, encoded["offset_mapping"], strict=True):
        token = Token(piece=piece, part="frame", span=Span(start=0, end=0))
        for part, place in places.items():
            if place < end <= place + lengths[part]:
                token = Token(piece=piece, part=part, span=Span(start=max(start - place, 0), end=end - place))
        tokens.append(token)
    return tokens


def _visible(span: Span, text: str) -> Span:
    """The span without the white space that some tokenizers count to the token behind it."""
    piece = span.of(text)
    return Span(start=span.start + len(piece) - len(piece.lstrip()), end=span.end) if piece.strip() else span


def _label(token: Token, text: str) -> str:
    return _visible(token.span, text).of(text) or token.piece
