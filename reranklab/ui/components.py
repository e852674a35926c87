"""Streamlit components without a build step: a folder with a script, and where it draws a style sheet, of its own name."""

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
    style, script = folder / f"{name}.css", folder / f"{name}.js"
    css = style.read_text(encoding="utf-8") if style.is_file() else None
    made: Callable[..., Any] = st.components.v2.component(f"reranklab.{name}", css=css, js=script.read_text(encoding="utf-8"))
    return made
