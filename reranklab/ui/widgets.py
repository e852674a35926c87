"""Widgets that show values of the session: set from it before they are drawn, stored into it when the user changes them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

import streamlit as st

from reranklab.operator import Lock, is_locked
from reranklab.ui import plain
from reranklab.ui.typed import remember

OTHER = "Another…"

Tool = TypeVar("Tool")

_ABSENT = object()
_INITIAL = {
    "text_input": "value",
    "text_area": "value",
    "number_input": "value",
    "checkbox": "value",
    "toggle": "value",
    "segmented_control": "default",
    "multiselect": "default",
}


def kept(widget: Callable[..., Any], label: str, *, key: str, value: Any, store: Callable[[Any], None], **options: Any) -> Any:
    """Draw `widget` (a Streamlit function with `key` and `on_change`) at `value`, and return what it holds.

    `store` runs before the script when the user changes it, so that a page switch cannot lose the change.
    """
    held = st.session_state.get(key, _ABSENT)
    name = widget.__name__
    if held is not _ABSENT and held != value:
        st.session_state[key] = value
    elif name in _INITIAL:
        options[_INITIAL[name]] = value
    elif name == "selectbox":
        options["index"] = _position(value, options["options"])
    elif held is _ABSENT:
        st.session_state[key] = value

    def changed() -> None:
        store(st.session_state[key])

    if name in ("text_input", "text_area"):
        remember(key, store)
    elif name == "number_input":
        remember(key, partial(_store_number, store, type(value), options.get("min_value"), options.get("max_value")))
    return widget(label, key=key, on_change=changed, **options)


def field(widget: Callable[..., Any], label: str, owner: Any, name: str, *, key: str = "", **options: Any) -> Any:
    """`kept` for the attribute `name` of `owner`."""

    def store(value: Any) -> None:
        setattr(owner, name, value)

    return kept(widget, label, key=key or f"w_{name}", value=getattr(owner, name), store=store, **options)


def kept_text_or_choice(
    label: str,
    *,
    key: str,
    value: str,
    store: Callable[[str], None],
    options: Sequence[str],
    text_label: str,
    text_help: str = "",
    format_func: Callable[[str], str] = str,
    placeholder: str = "",
) -> None:
    """`kept` for one of `options`, or for any other text in a field below it, unless that has no label: a selectbox that takes
    new options forgets what was typed into it, unless it is left with Enter."""
    typing = f"{key} is typed"

    def choose(option: str) -> None:
        st.session_state[typing] = option == OTHER
        if option != OTHER:
            store(option)

    is_typed = bool(text_label) and (st.session_state.get(typing, False) or bool(value and value not in options))
    kept(
        plain.selectbox,
        label,
        key=key,
        value=OTHER if is_typed else value or None,
        store=choose,
        options=[*options, *([OTHER] if text_label else [])],
        format_func=lambda option: option if option == OTHER else format_func(option),
        placeholder=placeholder or "Choose one",
    )
    if is_typed:
        kept(
            plain.text_input,
            text_label,
            key=f"{key}_text",
            value=value,
            store=lambda text: store(text.strip()),
            help=text_help or None,
        )


def among(value: Any, options: Collection[Any], *, default: Any) -> Any:
    """`value` if it is one of `options`, else `default`: a widget refuses a value it does not offer."""
    return value if value in options else default


def path_field(label: str, owner: Any, name: str, *, key: str, placeholder: str, **options: Any) -> None:
    """A path on this machine; where the operator has locked those, no field and no path."""
    if is_locked(Lock.LOCAL_FILES):
        setattr(owner, name, "")
    else:
        field(plain.text_input, label, owner, name, key=key, placeholder=placeholder, **options)


def choose_tool(owner: Any, tools: Mapping[str, tuple[str, Tool]], *, key: str) -> tuple[str, Tool]:
    """The title and the tool of the page that `owner.tool` names; the first where it names none. No choice is shown of one."""
    owner.tool = among(owner.tool, tools, default=next(iter(tools)))
    if len(tools) > 1:
        field(
            plain.segmented_control, "Tool", owner, "tool", key=key, options=list(tools),
            format_func=lambda id_: tools[id_][0], required=True, label_visibility="collapsed",
        )  # fmt: skip
    return tools[owner.tool]


def _store_number(
    store: Callable[[Any], None], kind: type[int] | type[float], least: float | None, most: float | None, text: str
) -> None:
    """What is no number, or beyond the ends, is left out, as the field itself does."""
    try:
        number = kind(text)
    except ValueError:
        return
    if (least is None or number >= least) and (most is None or number <= most):
        store(number)


def _position(value: Any, options: Sequence[Any]) -> int | None:
    """Where a selectbox starts; None, nothing chosen, where it does not offer the value."""
    return list(options).index(value) if value in options else None
