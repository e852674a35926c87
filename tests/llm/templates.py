"""A model that is nothing but its chat template."""

from types import SimpleNamespace
from typing import Any


def model_with(template: Any, **tokens: Any) -> Any:
    """`template` is a text, a dictionary without a default, or None."""

    def get_chat_template() -> Any:
        if isinstance(template, dict):
            raise ValueError("This model has multiple chat templates with no default specified")
        return template

    tokenizer = SimpleNamespace(chat_template=template, get_chat_template=get_chat_template, special_tokens_map=tokens)
    return SimpleNamespace(tokenizer=tokenizer, entry=SimpleNamespace(id="owner/model"))
