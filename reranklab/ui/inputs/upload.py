"""Documents from an uploaded file, with a typed query."""

from __future__ import annotations

from typing import cast

import streamlit as st

from reranklab.data.delimited import Header
from reranklab.data.text import PasteMode, clean_text
from reranklab.data.upload import UploadedTable, guess_columns, read_upload, to_documents
from reranklab.types import Query
from reranklab.ui.escape import shorten
from reranklab.ui.inputs.draft import Draft, listed
from reranklab.ui.inputs.paste import MODES, count_note
from reranklab.ui.page import say
from reranklab.ui.state import View
from reranklab.ui.widgets import among, field

_NONE = "(none)"
HEADERS = {"auto": "Detect", "yes": "Yes", "no": "No"}


def upload_draft(view: View) -> Draft:
    """Raises InputError for a file that cannot be read."""
    field(st.text_input, "Query", view, "upload_query", placeholder="What are you looking for?")
    _show_uploader(view)
    if not view.upload_name:
        return Draft(problem="There are no documents to rank. Upload a file.")
    if view.upload_name.lower().endswith(".txt"):
        field(
            st.segmented_control, "Split the text", view, "upload_mode",
            options=list(MODES), format_func=MODES.__getitem__, required=True,
        )  # fmt: skip
    if view.upload_name.lower().endswith((".csv", ".tsv")):
        field(
            st.segmented_control, "Header: line 1 names the columns", view, "upload_header",
            options=list(HEADERS), format_func=HEADERS.__getitem__, required=True,
        )  # fmt: skip
    table = read_upload(
        view.upload_name,
        view.upload_content,
        mode=cast(PasteMode, view.upload_mode),
        header=cast(Header, view.upload_header),
    )
    if len(table.columns) > 1:
        _show_columns(view, table)
    parsed = to_documents(
        table,
        text_column=among(view.upload_text_column, table.columns, default=table.columns[0]),
        id_column=among(view.upload_id_column, table.columns, default=None),
        title_column=among(view.upload_title_column, table.columns, default=None),
    )
    notes = (count_note(len(parsed.documents), parsed.mode), *parsed.notes)
    return listed(f"Upload · {view.upload_name}", Query(text=clean_text(view.upload_query)), parsed.documents, notes=notes)


def _show_uploader(view: View) -> None:
    """Streamlit forgets a file when the page is left; the view keeps it until it is removed or replaced."""
    key = f"w_upload_{view.upload_generation}"

    def changed() -> None:
        file = st.session_state[key]
        view.upload_name = file.name if file is not None else ""
        view.upload_content = file.getvalue() if file is not None else b""
        view.upload_header = "auto"
        _guess(view)

    file = st.file_uploader(
        "Documents", type=["txt", "csv", "tsv", "jsonl"], key=key, on_change=changed, help="One document a line, row or object."
    )
    if file is None and view.upload_name:
        with st.container(horizontal=True, vertical_alignment="center"):
            say("info", f"{view.upload_name} ({len(view.upload_content) / 1000:,.0f} kB) is still here.")
            if st.button("Remove the file", type="tertiary"):
                view.upload_name, view.upload_content = "", b""
                view.upload_generation += 1
                st.rerun()


def _guess(view: View) -> None:
    view.upload_text_column = view.upload_id_column = view.upload_title_column = None


def _show_columns(view: View, table: UploadedTable) -> None:
    if view.upload_text_column not in table.columns:
        guess = guess_columns(table)
        view.upload_text_column, view.upload_id_column, view.upload_title_column = guess.text, guess.id, guess.title
    choices = {"upload_text_column": "Text", "upload_id_column": "Id", "upload_title_column": "Title"}
    for place, (name, label) in zip(st.columns(3), choices.items(), strict=True):
        optional: list[str | None] = [None] if name != "upload_text_column" else []
        setattr(view, name, among(getattr(view, name), [*optional, *table.columns], default=None))
        with place:
            field(
                st.selectbox, f"{label} column", view, name,
                options=[*optional, *table.columns], format_func=_column_name,
            )  # fmt: skip


def _column_name(column: str | None) -> str:
    return _NONE if column is None else shorten(column, limit=60)
