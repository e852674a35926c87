"""The query and one document to edit in place, the edits of one click, and the steps so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import streamlit as st

from reranklab.data.spans import Span, sentence_spans
from reranklab.errors import RerankLabError
from reranklab.explain.edit_history import EditHistory
from reranklab.explain.edit_steps import MAX_TIMES
from reranklab.explain.edits import EDITS, EditKind, apply_edit
from reranklab.explain.subject import Subject
from reranklab.explain.substitutes import name_spans, number_spans
from reranklab.explain.token_ends import counting
from reranklab.ui import plain
from reranklab.ui.escape import shorten
from reranklab.ui.say import say
from reranklab.ui.state import SessionState
from reranklab.ui.widgets import among, kept
from reranklab.ui.widgets import field as widget_field

_TEXT_HEIGHT = 250
_AROUND = 24
_SPANS = {"sentence": sentence_spans, "number": number_spans, "name": name_spans}
_MOST_TOKENS = 100_000


@dataclass(slots=True, kw_only=True)
class EditorState:
    """The edits of one click as they were set up: the chosen one, and numbers by the name of the edit."""

    edit: str = ""
    numbers: dict[str, int] = field(default_factory=dict)


def show_editor(session: SessionState, subject: Subject, history: EditHistory) -> None:
    """Both ways to edit, and the way back."""
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _show_texts(history)
    with right:
        _show_one_click(session.of(EditorState), subject, history)
        _show_steps(history)


def _show_texts(history: EditHistory) -> None:
    now = history.now
    kept(
        plain.text_area, "Query", key="w_what_if_query", value=now.query, height=72,
        store=lambda text: history.write("query", text),
    )  # fmt: skip
    kept(
        plain.text_input, "Title", key="w_what_if_title", value=now.title, store=lambda text: history.write("title", text),
    )  # fmt: skip
    kept(
        plain.text_area, "Text", key="w_what_if_text", value=now.text, height=_TEXT_HEIGHT,
        store=lambda text: history.write("text", text),
    )  # fmt: skip


def _show_one_click(editor: EditorState, subject: Subject, history: EditHistory) -> None:
    name = editor.edit = among(editor.edit, EDITS, default=next(iter(EDITS)))
    widget_field(
        plain.selectbox, "One change", editor, "edit", key="what_if_edit",
        options=list(EDITS), format_func=lambda each: EDITS[each].label,
    )  # fmt: skip
    kind = EDITS[name]
    say("note", kind.help)
    argument = _choose_argument(editor, subject, history, kind)
    if argument is None:
        return
    if plain.button("Apply", key="what_if_apply"):
        ends = counting(subject).ends if kind.argument == "tokens" else None
        try:
            edit = apply_edit(name, history.edited, argument=argument, query=history.now.query, token_ends=ends)
        except RerankLabError as error:
            say("error", str(error))
        else:
            history.put(edit.after, edit=name, note=edit.note)
            st.rerun()


def _choose_argument(editor: EditorState, subject: Subject, history: EditHistory, kind: EditKind) -> int | None:
    """The edit's number; None, saying so, where the text has nothing to choose."""
    if kind.argument in _SPANS:
        text = history.now.text
        spans = _SPANS[kind.argument](text)
        if not spans:
            say("note", f"The text has no {kind.argument} to choose.")
            return None
        labels = _labels(text, spans, around=0 if kind.argument == "sentence" else _AROUND)
        first = min(kind.default, len(spans)) - 1
        return 1 + plain.selectbox(
            kind.argument.capitalize(), range(len(spans)), index=first, format_func=labels.__getitem__,
            key=f"what_if_{kind.name} {len(history.versions)} {history.document.id}",
        )  # fmt: skip
    if kind.argument == "tokens":
        say("note", f"Tokens {counting(subject).words}.")
        return _choose_number(editor, kind, "Tokens", most=_MOST_TOKENS)
    if kind.argument == "times":
        return _choose_number(editor, kind, "Times", most=MAX_TIMES)
    return kind.default


def _choose_number(editor: EditorState, kind: EditKind, label: str, *, most: int) -> int:
    def store(number: int) -> None:
        editor.numbers[kind.name] = number

    number = editor.numbers.get(kind.name, kind.default)
    key = f"what_if_{kind.argument}"
    return int(kept(plain.number_input, label, key=key, value=number, store=store, min_value=1, max_value=most, step=1))


def _labels(text: str, spans: Sequence[Span], *, around: int) -> list[str]:
    """Each part by its number and text; a short one with what stands around it."""
    labels = []
    for number, span in enumerate(spans, start=1):
        words = shorten(span.of(text), limit=90)
        if around:
            before, after = text[max(span.start - around, 0) : span.start], text[span.end : span.end + around]
            words = f"{words}   (…{shorten(f'{before}{span.of(text)}{after}', limit=90)}…)"
        labels.append(f"{number}: {words}")
    return labels


def _show_steps(history: EditHistory) -> None:
    steps = history.versions[1:]
    with st.container(horizontal=True):
        plain.button("Undo", key="what_if_undo", disabled=not steps, on_click=history.undo)
        plain.button("Back to the original", key="what_if_reset", disabled=not steps, on_click=history.reset)
    if steps:
        listed = [f"{number}. {shorten(step.note, limit=160)}" for number, step in enumerate(steps, start=1)]
        hidden = len(listed) - 6
        say("note", "\n".join([*([f"{hidden} earlier steps"] if hidden > 0 else []), *listed[-6:]]))
