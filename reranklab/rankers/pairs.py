"""Query-document pairs as token ids: the document is cut to what the window leaves, and both lengths are kept."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from reranklab.errors import QueryTooLongError
from reranklab.llm.escape import control_tokens, escape_control_tokens
from reranklab.models.loaded import LoadedModel
from reranklab.progress import CancelSignal, check_cancel
from reranklab.rankers.batching import text_parts
from reranklab.types import Document, Query

_FIELD = re.compile(r"\{query\}|\{instruction\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodedPair:
    """One input of a cross-encoder: `used` of `total` document tokens are in `ids`. `types` are segment ids, or empty."""

    ids: list[int]
    types: list[int]
    used: int
    total: int


def encode_pairs(
    model: LoadedModel,
    query: Query,
    documents: Sequence[Document],
    *,
    instruction: str = "",
    cancel: CancelSignal | None = None,
) -> tuple[list[EncodedPair], int]:
    """Encode every pair as the model's kind wants it, and count the texts in which control tokens were escaped.

    Raises QueryTooLongError where the query leaves no token for a document.
    """
    tokens = control_tokens(model.tokenizer)
    query_text = escape_control_tokens(query.text, tokens)
    texts = [escape_control_tokens(document.content, tokens) for document in documents]
    changed = sum(text != document.content for text, document in zip(texts, documents, strict=True))
    changed += query_text != query.text
    changed += model.entry.instructable and escape_control_tokens(instruction, tokens) != instruction
    pairs: list[EncodedPair] = []
    for part in text_parts(texts):
        check_cancel(cancel)
        if model.entry.kind == "causal-reranker":
            pairs += _encode_prompts(model, query_text, part, instruction)
        else:
            pairs += _encode_segments(model, query_text, part)
    return pairs, changed


def _encode_segments(model: LoadedModel, query: str, texts: Sequence[str]) -> list[EncodedPair]:
    encoded = model.tokenizer([query] * len(texts), list(texts), truncation=False, padding=False, verbose=False)
    types = encoded.get("token_type_ids")
    return [
        _cut(
            model,
            encoded["input_ids"][index],
            types[index] if types is not None else [],
            [position for position, part in enumerate(encoded.sequence_ids(index)) if part == 1],
        )
        for index in range(len(texts))
    ]


def _encode_prompts(model: LoadedModel, query: str, texts: Sequence[str], instruction: str) -> list[EncodedPair]:
    """A token that reaches from the document into the frame behind it, such as ".\\n", counts as frame: it is never cut."""
    before, after = prompt_around_document(model, query, instruction)
    prompts = [before + text + after for text in texts]
    encoded = model.tokenizer(
        prompts, add_special_tokens=False, truncation=False, padding=False, return_offsets_mapping=True, verbose=False
    )
    start = len(before)
    return [
        _cut(
            model,
            encoded["input_ids"][index],
            [],
            [
                position
                for position, (_, end) in enumerate(encoded["offset_mapping"][index])
                if start < end <= start + len(text)
            ],
        )
        for index, text in enumerate(texts)
    ]


def prompt_around_document(model: LoadedModel, query: str, instruction: str) -> tuple[str, str]:
    """The catalogue's template up to the document and behind it, with query and instruction in place. Control tokens of the
    instruction are escaped; the query comes escaped. Neither is read as a template."""
    entry = model.entry
    instruction = escape_control_tokens(instruction, control_tokens(model.tokenizer)) or entry.instruction
    line = entry.instruction_line if instruction else ""
    before, after = entry.template.split("{document}")
    parts = {"{query}": query, "{instruction}": instruction}
    filled = _FIELD.sub(lambda match: parts[match.group()], before.replace("{instruction_line}", line))
    return filled, after


def _cut(model: LoadedModel, ids: list[int], types: list[int], document: list[int]) -> EncodedPair:
    excess = max(len(ids) - model.max_tokens, 0)
    total = len(document)
    if len(ids) - total >= model.max_tokens:
        raise QueryTooLongError(
            f"The query with its frame takes {len(ids) - total:,} tokens and {model.entry.id} reads {model.max_tokens:,} in "
            "all, so no document would be seen. Shorten the query."
        )
    if excess:
        dropped = set(document[total - excess :])
        ids = [token for position, token in enumerate(ids) if position not in dropped]
        types = [part for position, part in enumerate(types) if position not in dropped]
    return EncodedPair(ids=ids, types=types, used=total - excess, total=total)
