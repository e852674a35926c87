"""What the page shows of a document, as JSON to keep."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import streamlit as st

from reranklab.ui.explain.subject import Subject


def show_json(subject: Subject, records: Sequence[dict[str, Any]], *, name: str) -> None:
    """A download of the explanations shown, with the query and the document that they are about."""
    st.download_button(
        "JSON of these explanations",
        data=lambda: to_json(subject, records),
        file_name=f"{name}.json",
        mime="application/json",
        key=f"json_{name}",
        type="tertiary",
        on_click="ignore",
        help="Each part of the text with its value and share, the scale, and how it was made.",
    )


def to_json(subject: Subject, records: Sequence[dict[str, Any]]) -> str:
    document = {"id": subject.document.id, "title": subject.document.title, "text": subject.document.text}
    whole = {"query": subject.query.text, "document": document, "explanations": list(records)}
    return json.dumps(whole, ensure_ascii=False, indent=2)
