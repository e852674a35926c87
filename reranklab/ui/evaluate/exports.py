"""A run as files, and what made it."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial

import streamlit as st

from reranklab.errors import RerankLabError
from reranklab.evaluate.evaluated import Evaluated, stored_evaluation, stored_outline
from reranklab.evaluate.manifest import manifest
from reranklab.report.files import FORMATS, Format, check_format, export_evaluation, mime_type
from reranklab.ui import plain
from reranklab.ui.evaluate.runs import OpenRun
from reranklab.ui.evaluate.state import EvaluateState
from reranklab.ui.resources import store
from reranklab.ui.say import say
from reranklab.ui.state import SessionState

_LABELS: dict[Format, str] = {
    "html": "Report as HTML",
    "json": "JSON",
    "csv": "CSV",
    "parquet": "Parquet",
    "trec": "TREC runs and qrels",
}


def show_exports(session: SessionState, run: OpenRun) -> None:
    """A download for each format; a file is made when it is asked for. Below, what made the run and repeats it."""
    state = session.of(EvaluateState)

    def read(what: Callable[..., Evaluated]) -> Evaluated:
        margin, baseline = state.margin / 100, state.baseline if state.baseline in run.stored.rankers else None
        return what(store(), run.stored.id, measures=[run.measure], margin=margin, baseline=baseline)

    def make(format_: Format) -> bytes:
        return export_evaluation(read(stored_evaluation), format_, stem=_stem(run)).content

    with st.container(horizontal=True):
        for format_ in FORMATS:
            try:
                check_format(format_)
            except RerankLabError as error:
                say("note", str(error))
                continue
            single = format_ in ("html", "json")
            plain.download_button(
                _LABELS[format_],
                data=partial(make, format_),
                file_name=f"{_stem(run)}.{format_}" if single else f"{_stem(run)}-{format_}.zip",
                mime=mime_type(format_),
                key=f"evaluate_export_{format_}",
                icon=":material/download:",
                on_click="ignore",
            )
    say("note", "The report is one page with its figures, and needs no network. Every export holds what is below.")
    st.code(json.dumps(manifest(read(stored_outline)), ensure_ascii=False, indent=2), language="json")


def _stem(run: OpenRun) -> str:
    return f"reranklab-run-{run.stored.id}"
