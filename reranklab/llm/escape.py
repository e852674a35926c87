"""Document text is data: what would act as a control token or a passage label is escaped before it enters a model."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

_CHAT_MARKUP = re.compile(
    r"<(?=\||｜|<SYS>>|/?think>|/?s>|start_of_turn>|end_of_turn>)|\[(?=/?INST\])",
    re.IGNORECASE,
)
_LABEL = re.compile(r"[\[［]\s*([0-9０-９]{1,3}|[A-T])\s*[\]］]")
_CIRCLED = re.compile(r"[①-⑳]")


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
    text = _CIRCLED.sub(lambda match: f"({ord(match.group()) - ord('①') + 1})", text)
    return _LABEL.sub(r"(\1)", text)


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
