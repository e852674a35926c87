"""The prompts as data, read once."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

LETTERS = "ABCDEFGHIJKLMNOPQRST"
"""Labels of passages in a local model's prompt: single tokens, and as many as the largest window."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """The parts of one method's prompt. `answer` is the start of the reply that the model is given."""

    head: str
    passage: str
    tail: str
    answer: str = ""
    separator: str = ""
    system: str = ""


@cache
def load_prompt(method: str) -> Prompt:
    """The prompt of a listwise method."""
    text = files("reranklab.llm").joinpath("prompts.toml").read_text(encoding="utf-8")
    return Prompt(**tomllib.loads(text)[method])
