"""Documents from an uploaded file, with a typed query."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from reranklab.data.delimited import Header
from reranklab.data.text import PasteMode, clean_text
from reranklab.data.upload import UploadedTable, guess_columns, read_upload, to_documents
from reranklab.types import Query
from reranklab.ui import plain
from reranklab.ui.escape import shorten
from reranklab.ui.inputs.draft import Draft, listed
from reranklab.ui.inputs.paste import MODES, count_note
from reranklab.ui.say import say
from reranklab.ui.state import SessionState
from reranklab.ui.widgets import among, field

_NONE = "(none)"
HEADERS = {"auto": "Detect", "yes": "Yes", "no": "No"}


@dataclass(slots=True, kw_only=True)
class UploadState:
    """`generation` counts removed files: each gets an uploader of its own."""

    query: str = ""
    name: str = ""
    content: bytes = b""
    mode: PasteMode = "auto"
    header: Header = "auto"
    text_column: str | None = None
    id_column: str | None = None
    title_column: str | None = None
    generation: int = 0


def upload_draft(session: SessionState) -> Draft:
    """Raises InputError for a file that cannot be read."""
    upload = session.of(UploadState)
    field(plain.text_input, "Query", upload, "query", key="w_upload_query", placeholder="What are you looking for?")
    _show_uploader(upload)
    if not upload.name:
        return Draft(problem="There are no documents to rank. Upload a file.")
    if upload.name.lower().endswith(".txt"):
        field(
            plain.segmented_control, "Split the text", upload, "mode", key="w_upload_mode",
            options=list(MODES), format_func=MODES.__getitem__, required=True,
        )  # fmt: skip
    if upload.name.lower().endswith((".csv", ".tsv")):
        field(
            plain.segmented_control, "Header: line 1 names the columns", upload, "header", key="w_upload_header",
            options=list(HEADERS), format_func=HEADERS.__getitem__, required=True,
        )  # fmt: skip
    table = read_upload(
        upload.name,
        upload.content,
        mode=upload.mode,
        header=upload.header,
    )
    if len(table.columns) > 1:
        _show_columns(upload, table)
    parsed = to_documents(
        table,
        text_column=among(upload.text_column, table.columns, default=table.columns[0]),
        id_column=among(upload.id_column, table.columns, default=None),
        title_column=among(upload.title_column, table.columns, default=None),
    )
    notes = (count_note(len(parsed.documents), parsed.mode), *parsed.notes)
    return listed(f"Upload · {upload.name}", Query(text=clean_text(upload.query)), parsed.documents, notes=notes)


def _show_uploader(upload: UploadState) -> None:
    """Streamlit forgets a file when the page is left; the session keeps it until it is removed or replaced."""
    key = f"w_upload_{upload.generation}"

    def changed() -> None:
        file = st.session_state[key]
        upload.name = file.name if file is not None else ""
        upload.content = file.getvalue() if file is not None else b""
        upload.header = "auto"
        _guess(upload)

    file = plain.file_uploader(
        "Documents",
        type=["txt", "csv", "tsv", "jsonl"],
        key=key,
        on_change=changed,
        help="One document per line, row or object.",
    )
    if file is None and upload.name:
        with st.container(horizontal=True, vertical_alignment="center"):
            say("info", f"{upload.name} ({len(upload.content) / 1000:,.0f} kB) is still here.")
            if plain.button("Remove the file", type="tertiary"):
                upload.name, upload.content = "", b""
                upload.generation += 1
                st.rerun()


def _guess(upload: UploadState) -> None:
    upload.text_column = upload.id_column = upload.title_column = None


def _show_columns(upload: UploadState, table: UploadedTable) -> None:
    if upload.text_column not in table.columns:
        guess = guess_columns(table)
        upload.text_column, upload.id_column, upload.title_column = guess.text, guess.id, guess.title
    choices = {"text_column": "Text", "id_column": "Id", "title_column": "Title"}
    for column, (name, label) in zip(st.columns(3), choices.items(), strict=True):
        optional: list[str | None] = [None] if name != "text_column" else []
        setattr(upload, name, among(getattr(upload, name), [*optional, *table.columns], default=None))
        with column:
            field(
                plain.selectbox, f"{label} column", upload, name, key=f"w_upload_{name}",
                options=[*optional, *table.columns], format_func=_column_name,
            )  # fmt: skip


def _column_name(column: str | None) -> str:
    return _NONE if column is None else shorten(column, limit=60)
