"""Streamlit's elements for plain text: the only way from this room to those that read Markdown.

They take what Streamlit's own take, and show labels, options and help literally. Text that is to be read as Markdown is of the
type that `escape` makes. What a callback raises is a sentence on the page.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

import streamlit as st

from reranklab.ui.boundary import followed
from reranklab.ui.escape import Markdown
from reranklab.ui.escape import markdown as escaped

_F = TypeVar("_F", bound=Callable[..., Any])
_CALLBACKS = ("on_change", "on_click", "on_select")


def _plain(element: _F, *texts: str, has_options: bool = False) -> _F:
    """`element` with the parameters named in `texts` escaped, and where it `has_options` the names of those."""
    signature = inspect.signature(element)

    @wraps(element)
    def shown(*arguments: Any, **named: Any) -> Any:
        given = signature.bind(*arguments, **named).arguments
        for name in texts:
            if given.get(name) is not None:
                given[name] = _literal(given[name])
        for name in _CALLBACKS:
            if callable(given.get(name)):
                given[name] = followed("What was asked for")(given[name])
        if has_options:
            name_of = given.get("format_func", str)
            given["format_func"] = lambda option: _literal(str(name_of(option)))
        return element(**given)

    shown.texts = texts  # type: ignore[attr-defined]
    return cast(_F, shown)


def _literal(text: Any) -> Any:
    if isinstance(text, str):
        return text if isinstance(text, Markdown) else escaped(text)
    return [_literal(each) for each in text]


button = _plain(st.button, "label", "help")
caption = _plain(st.caption, "body", "help")
checkbox = _plain(st.checkbox, "label", "help")
download_button = _plain(st.download_button, "label", "help")
expander = _plain(st.expander, "label")
file_uploader = _plain(st.file_uploader, "label", "help")
header = _plain(st.header, "body", "help")
markdown = _plain(st.markdown, "body", "help")
multiselect = _plain(st.multiselect, "label", "help")
number_input = _plain(st.number_input, "label", "help")
page_link = _plain(st.page_link, "label", "help")
plotly_chart = _plain(st.plotly_chart)
popover = _plain(st.popover, "label", "help")
progress = _plain(st.progress, "text")
segmented_control = _plain(st.segmented_control, "label", "help", has_options=True)
selectbox = _plain(st.selectbox, "label", "help")
spinner = _plain(st.spinner, "text")
subheader = _plain(st.subheader, "body", "help")
tabs = _plain(st.tabs, "tabs")
text_area = _plain(st.text_area, "label", "help")
text_input = _plain(st.text_input, "label", "help")
title = _plain(st.title, "body", "help")
toggle = _plain(st.toggle, "label", "help")
