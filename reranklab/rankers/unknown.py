"""What a tokenizer does not know: text that reaches the model as unknown tokens, so that it reads nothing of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from reranklab.llm.escape import control_tokens, escape_control_tokens
from reranklab.models.device import device_lock
from reranklab.models.loaded import LoadedModel
from reranklab.progress import CancelSignal, check_cancel
from reranklab.types import RankedDocument

_WORTH_A_WARNING = 0.1


def unknown_share(tokenizer: Any, text: str) -> float:
    """The share, 0 to 1, of the text's visible characters that stand in unknown tokens. Hold the device's lock."""
    unknown = tokenizer.unk_token_id
    visible = sum(not character.isspace() for character in text)
    if unknown is None or not visible:
        return 0.0
    encoded = tokenizer(text, add_special_tokens=False, truncation=False, verbose=False, return_offsets_mapping=True)
    places = zip(encoded["input_ids"], encoded["offset_mapping"], strict=True)
    lost = sum(not character.isspace() for number, (start, end) in places if number == unknown for character in text[start:end])
    return lost / visible


def unknown_in_words(share: float) -> str:
    """Such as "100% unknown"; empty where everything is known."""
    if not share:
        return ""
    return f"{share:.0%} unknown" if share >= 0.01 else "under 1% unknown"


def mark_unknown(
    model: LoadedModel,
    items: Sequence[RankedDocument],
    *,
    query: str,
    texts: Sequence[str],
    suspects: Sequence[int],
    cancel: CancelSignal | None = None,
) -> tuple[tuple[RankedDocument, ...], tuple[str, ...]]:
    """The items with their unknown shares, and a warning where these matter.

    `texts` run along the candidates, `suspects` are the positions of those with an unknown token. A text that spells out the
    unknown token is known. Takes the device's lock.
    """
    with device_lock(model.device.id).hold(cancel):
        control = control_tokens(model.tokenizer)
        in_query = unknown_share(model.tokenizer, escape_control_tokens(query, control))
        shares = {}
        for position in suspects:
            check_cancel(cancel)
            shares[position] = unknown_share(model.tokenizer, escape_control_tokens(texts[position], control))
    marked = tuple(
        replace(item, unknown_share=shares[item.candidate]) if shares.get(item.candidate) else item for item in items
    )
    return marked, _warnings(model.entry.id, in_query, list(shares.values()))


def _warnings(model: str, in_query: float, shares: Sequence[float]) -> tuple[str, ...]:
    warnings = []
    if in_query >= _WORTH_A_WARNING:
        warnings.append(f"The tokenizer of {model} does not know {in_query:.0%} of the query: the model does not read it.")
    many = [share for share in shares if share >= _WORTH_A_WARNING]
    if many:
        what = "1 document has" if len(many) == 1 else f"{len(many):,} documents have"
        warnings.append(
            f"{what} text that the tokenizer of {model} does not know, up to {max(many):.0%} of its characters: the model does "
            "not read it. Use a multilingual model."
        )
    return tuple(warnings)
