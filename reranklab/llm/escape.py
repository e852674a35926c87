"""Document text is data: what would act as a control token or a passage label is escaped before it enters a model."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

import regex

from reranklab.data.blank import UNSEEN

_CHAT_MARKUP = re.compile(
    r"<(?=\||｜|<SYS>>|/?think>|/?s>|start_of_turn>|end_of_turn>)|\[(?=/?INST\])",
    re.IGNORECASE,
)
_LABEL = regex.compile(
    r"[\[［【〔〖⟦⟬〚❲⦋⁅﹇︹︻](?:[UNSEEN\p{M}]*+(?<label>[\p{Nd}⁰¹²³⁴-⁹₀-₉]|[A-TＡ-Ｔ𝐀-𝐓🄰-🅃]))++[UNSEEN\p{M}]*+"
    r"[\]］】〕〗⟧⟭〛❳⦌⁆﹈︺︼]".replace("UNSEEN", UNSEEN)
)
"""A number or a letter in square brackets of any kind, whatever invisible characters and marks stand between."""
_MOST_DIGITS = 3
_CIRCLED = re.compile(r"[①-⒇⓪-⓿❶-➓㉑-㉟㊱-㊿]")
"""Numbers in a circle or in parentheses, which replies may use as labels too."""


def control_tokens(tokenizer: Any) -> tuple[str, ...]:
    """The strings that the tokenizer turns into special tokens wherever they stand in a text."""
    added = [str(token) for token in getattr(tokenizer, "added_tokens_decoder", {}).values() if token.special]
    return tuple(sorted({*tokenizer.all_special_tokens, *added}, key=len, reverse=True))


def escape_control_tokens(text: str, tokens: Iterable[str]) -> str:
    """The text with a space behind the first character of each control token, so that it is read as plain characters."""
    for token in tokens:
        if token in text and len(token) > 1:
            text = text.replace(token, f"{token[0]} {token[1:]}")
    return text


def escape_prompt_text(text: str, tokens: Iterable[str]) -> str:
    """For text inside a chat prompt: also chat markup of other models, and labels such as [3] that name another passage."""
    text = escape_control_tokens(text, tokens)
    text = _CHAT_MARKUP.sub(lambda match: f"{match.group()} ", text)
    text = _CIRCLED.sub(lambda match: f"({unicodedata.numeric(match.group()):.0f})", text)
    escaped: str = _LABEL.sub(_without_brackets, text)
    return escaped


def _without_brackets(match: regex.Match[str]) -> str:
    """The label in round brackets; what is too long to be one, such as [1234], as it is. Leading zeros do not count."""
    label: str = "".join(match.captures("label"))
    plain = unicodedata.normalize("NFKC", label)
    digits = "".join(str(unicodedata.decimal(character, "")) for character in plain)
    is_number = len(digits) == len(plain) and len(digits.lstrip("0")) <= _MOST_DIGITS
    return f"({label})" if is_number or len(plain) == 1 else str(match.group())


def escaped_warning(changed: int) -> tuple[str, ...]:
    """A warning for the ranking where texts held control tokens."""
    if not changed:
        return ()
    return (f"{changed} texts hold control tokens of this model, such as [SEP]. They were read as plain characters.",)


def escaped_prompt_warning(changed: int) -> tuple[str, ...]:
    """A warning for the ranking where documents held chat markup or passage labels."""
    if not changed:
        return ()
    return (f"{changed} documents hold chat markup or labels such as [3]. These were escaped before the prompt was built.",)
