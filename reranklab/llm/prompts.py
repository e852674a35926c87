"""The prompts as data, read once."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

LETTERS = "ABCDEFGHIJKLMNOPQRST"
"""Labels of passages in a local model's prompt: single tokens, and as many as the largest window."""

_FIELD = re.compile(r"\{query\}|\{instruction\}")


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
    return Prompt(**_parts()[method])


def instructed_query(query: str, instruction: str) -> str:
    """What stands in a prompt's place for the query: the query itself where there is no instruction. Neither is read as a
    template."""
    if not instruction:
        return query
    parts = {"{query}": query, "{instruction}": instruction}
    return _FIELD.sub(lambda match: parts[match.group()], _parts()["instruction"]["query"])


@cache
def _parts() -> dict[str, dict[str, str]]:
    text = files("reranklab.llm").joinpath("prompts.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
