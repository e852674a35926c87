"""A program of its own that renders one chat template: reads JSON on stdin, writes JSON on stdout.

A template comes with a checkpoint and is code. Loops in it are endless, and one expression can ask for all memory; a thread
could not be stopped, so the process is. It imports nothing of RerankLab, and starts in a tenth of a second.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime
from typing import Any, NoReturn

from jinja2 import TemplateError, nodes
from jinja2.ext import Extension, loopcontrols
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment


class Generation(Extension):
    """{% generation %} marks what the model said, and renders as what it holds."""

    tags = {"generation"}  # noqa: RUF012 - as jinja2 declares it

    def parse(self, parser: Parser) -> nodes.Node:
        line = next(parser.stream).lineno
        body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
        return nodes.CallBlock(self.call_method("_content"), [], [], body).set_lineno(line)

    def _content(self, caller: Any) -> str:
        return str(caller())


def render(template: str, variables: dict[str, Any], *, characters: int) -> str:
    """The text, as transformers renders it. Raises TemplateError, and OverflowError beyond that many characters."""
    environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[Generation, loopcontrols])
    environment.filters["tojson"] = _to_json
    environment.globals["raise_exception"] = _raise_exception
    environment.globals["strftime_now"] = lambda form: datetime.now().strftime(form)
    parts: list[str] = []
    size = 0
    for part in environment.from_string(template).generate(**variables):
        parts.append(part)
        size += len(part)
        if size > characters:
            raise OverflowError
    return "".join(parts)


def _to_json(value: Any, **options: Any) -> str:
    """Without the escapes for HTML that jinja2's own adds."""
    return json.dumps(value, **{"ensure_ascii": False, **options})


def _raise_exception(message: str) -> NoReturn:
    raise TemplateError(message)


def _limit(seconds: int, memory: int) -> None:
    """Where the system can: memory, processor time even if nobody is left to stop this process, and no file written."""
    try:
        import resource
    except ImportError:
        return
    for what, most in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, seconds), (resource.RLIMIT_FSIZE, 0)):
        resource.setrlimit(what, (most, most))


def answer(asked: dict[str, Any]) -> dict[str, str]:
    """The text of a template under "text", or under "error" why there is none."""
    try:
        return {"text": render(asked["template"], asked["variables"], characters=asked["characters"])}
    except OverflowError:
        return {"error": "it makes too much text"}
    except MemoryError:
        return {"error": "it takes too much memory"}
    except Exception as error:  # noqa: BLE001 - a template may raise anything, and the answer says what
        return {"error": f"{type(error).__name__}: {str(error)[:200]}"}


def main() -> None:
    asked = json.load(sys.stdin)
    _limit(asked["seconds"], asked["memory"])
    sys.stdout.write(json.dumps(answer(asked)))


if __name__ == "__main__":
    main()
