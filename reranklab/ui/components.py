"""Streamlit components without a build step: a folder with a script and a style sheet of its own name."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any

import streamlit as st


@cache
def component(name: str) -> Callable[..., Any]:
    """The component of the folder `name` of this package."""
    folder = files("reranklab.ui") / name
    css, js = (folder.joinpath(f"{name}.{suffix}").read_text(encoding="utf-8") for suffix in ("css", "js"))
    made: Callable[..., Any] = st.components.v2.component(f"reranklab.{name}", css=css, js=js)
    return made
