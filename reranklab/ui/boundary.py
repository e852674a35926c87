"""The boundary around a part of a page: whatever it raises is a sentence in its place, and the rest of the page is drawn."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar, overload

import streamlit as st

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
    """Make a function a part of a page. `what` begins the sentence on an error that nobody foresaw, whose traceback goes to the
    log; `failed` is what the function gives then.

    A part draws into a box of its own, however much that is. So what comes and goes in one part moves no other, in which a
    field would forget what is being typed.
    """

    def around(draw: Callable[_P, _R]) -> Callable[_P, _R]:
        @wraps(draw)
        def drawn(*arguments: _P.args, **options: _P.kwargs) -> Any:
            with st.container():
                return _kept_in(what, draw, failed, *arguments, **options)

        drawn.is_part = True  # type: ignore[attr-defined]
        return drawn

    return around


def followed(what: str) -> Callable[[Callable[_P, None]], Callable[_P, None]]:
    """The boundary around a callback, which draws nothing unless it fails."""

    def around(follow: Callable[_P, None]) -> Callable[_P, None]:
        @wraps(follow)
        def done(*arguments: _P.args, **options: _P.kwargs) -> None:
            _kept_in(what, follow, None, *arguments, **options)

        return done

    return around


def _kept_in(what: str, do: Callable[..., Any], failed: Any, /, *arguments: Any, **options: Any) -> Any:
    """Streamlit ends and repeats scripts by exceptions of its own, which are no Exception and pass."""
    try:
        with contained(what):
            return do(*arguments, **options)
    except RerankLabError as error:
        say("error", str(error))
        return failed
