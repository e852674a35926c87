"""The boundary around a part of a page: whatever it raises is a sentence in its place, and the rest of the page is drawn."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar, overload

from reranklab.engine.boundary import contained
from reranklab.errors import RerankLabError
from reranklab.ui.say import say

_P = ParamSpec("_P")
_R = TypeVar("_R")
_D = TypeVar("_D")


@overload
def part(what: str) -> Callable[[Callable[_P, None]], Callable[_P, None]]: ...
@overload
def part(what: str, *, failed: _D) -> Callable[[Callable[_P, _R]], Callable[_P, _R | _D]]: ...
def part(what: str, *, failed: Any = None) -> Any:
    """Make a function a part of a page, or a callback of one. `what` begins the sentence on an error that nobody foresaw, whose
    traceback goes to the log; `failed` is what the function gives then.

    Streamlit ends and repeats scripts by exceptions of its own, which are no Exception and pass.
    """

    def around(draw: Callable[_P, _R]) -> Callable[_P, _R]:
        @wraps(draw)
        def drawn(*arguments: _P.args, **options: _P.kwargs) -> Any:
            try:
                with contained(what):
                    return draw(*arguments, **options)
            except RerankLabError as error:
                say("error", str(error))
                return failed

        drawn.is_part = True  # type: ignore[attr-defined]
        return drawn

    return around
