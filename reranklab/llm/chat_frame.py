"""A model's chat template, rendered once and filled in afterwards: no text of a query or a document ever passes through it."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reranklab.errors import ModelRefusedError
from reranklab.models.loaded import LoadedModel
from reranklab.progress import CancelSignal, check_cancel

_PROGRAM = Path(__file__).with_name("template_process.py")
_CONTENT = "\x00content\x00"
_POLL_SECONDS = 0.05
_DETAIL = 160
_MOST_KNOWN = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateLimits:
    """What rendering a template may take. The longest in use render in milliseconds to a few thousand characters."""

    seconds: float = 10.0
    memory: int = 1_000_000_000
    """Bytes of address space, most of it Python's own."""

    characters: int = 100_000


LIMITS = TemplateLimits()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatFrame:
    """What stands around a user's content in the model's chat template: up to where the model's answer begins. Both are empty
    for a model without a template."""

    before: str = ""
    after: str = ""

    def around(self, *, head: str, tail: str) -> tuple[str, str]:
        """The prompt before and behind the passages; `head` and `tail` are the content before and behind them."""
        return self.before + head, tail + self.after


def chat_frame(model: LoadedModel, *, cancel: CancelSignal | None = None, limits: TemplateLimits = LIMITS) -> ChatFrame:
    """The frame of a model's template. The first call for a template runs it in a process of its own, so hold no device's lock.

    Raises ModelRefusedError where the template fails, takes too long or does not hold the content once, as it is.
    """
    tokenizer = model.tokenizer
    if not tokenizer.chat_template:
        return ChatFrame()
    try:
        template = tokenizer.get_chat_template()
    except ValueError as error:
        raise _refused(model, "it has several and none is the default") from error
    variables = {
        **{name: str(value) for name, value in tokenizer.special_tokens_map.items() if isinstance(value, str)},
        "messages": [{"role": "user", "content": _CONTENT}],
        "tools": None,
        "documents": None,
        "add_generation_prompt": True,
        "enable_thinking": False,
    }
    answer = _rendered(json.dumps({"template": template, "variables": variables}), cancel=cancel, limits=limits)
    if "text" not in answer:
        raise _refused(model, answer["error"])
    before, *rest = answer["text"].split(_CONTENT)
    if len(rest) != 1:
        raise _refused(model, f"it holds what the user says {len(rest)} times instead of once, as it is")
    return ChatFrame(before=before, after=rest[0])


_known: dict[str, dict[str, str]] = {}
_guard = threading.Lock()


def _rendered(asked: str, *, cancel: CancelSignal | None, limits: TemplateLimits) -> dict[str, str]:
    """The text or the error of a template, from memory where it was rendered before. What was stopped is tried again."""
    with _guard:
        if asked in _known:
            return _known[asked]
    answer = _run(asked, cancel=cancel, limits=limits)
    with _guard:
        if "text" in answer:
            _known[asked] = answer
        while len(_known) > _MOST_KNOWN:
            _known.pop(next(iter(_known)))
    return answer


def _run(asked: str, *, cancel: CancelSignal | None, limits: TemplateLimits) -> dict[str, str]:
    own = {"seconds": int(limits.seconds) + 1, "memory": limits.memory, "characters": limits.characters}
    unsent: str | None = json.dumps({**json.loads(asked), **own})
    latest = time.monotonic() + limits.seconds
    command = [sys.executable, "-P", str(_PROGRAM)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8"
    ) as process:
        try:
            while True:
                try:
                    output, _ = process.communicate(unsent, timeout=_POLL_SECONDS)
                    break
                except subprocess.TimeoutExpired:
                    unsent = None
                    check_cancel(cancel)
                    if time.monotonic() > latest:
                        return {"error": f"it was stopped after {limits.seconds:g} seconds"}
        finally:
            process.kill()
    if process.returncode != 0:
        return {"error": "it takes too much memory or time"}
    answer: dict[str, str] = json.loads(output)
    return answer


def _refused(model: LoadedModel, why: Any) -> ModelRefusedError:
    words = " ".join("".join(character if character.isprintable() else " " for character in str(why)).split())
    return ModelRefusedError(
        f"The chat template of {model.entry.id} cannot be used: {words[:_DETAIL].rstrip('.')}. Mend it in the model's folder, "
        "or use another model."
    )
