"""Which log is watched, and how."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import streamlit as st

from reranklab.engine.boundary import contained
from reranklab.errors import Cancelled, RerankLabError
from reranklab.operator import Lock, is_locked
from reranklab.ui import plain
from reranklab.ui.boundary import part
from reranklab.ui.evaluate.form import collection_names
from reranklab.ui.jobs import Job
from reranklab.ui.progress import watch
from reranklab.ui.say import say
from reranklab.ui.state import SessionState, current_session
from reranklab.ui.watch.state import PATH, SAMPLE, UPLOAD, WatchState
from reranklab.ui.watch.work import watching
from reranklab.ui.widgets import among, field, path_field

_SOURCES = {SAMPLE: "Sample log", UPLOAD: "Upload", PATH: "Path"}
_SPANS = {"day": "Days", "hour": "Hours", "100": "100 requests", "1000": "1,000 requests", "10000": "10,000 requests"}
_TYPES = ["jsonl", "ndjson", "json", "log", "gz"]
_PATIENCE = 0.4


@part("The choice of a log")
def show_source(session: SessionState) -> None:
    """The source with its settings, and the button. The sample log is watched at once."""
    state = session.of(WatchState)
    sources = {name: title for name, title in _SOURCES.items() if name != PATH or not is_locked(Lock.LOCAL_FILES)}
    state.source = among(state.source, sources, default=SAMPLE)
    with st.container(border=True):
        field(
            plain.segmented_control, "Log", state, "source", key="w_watch_source", options=list(sources),
            format_func=sources.__getitem__, required=True, label_visibility="collapsed",
        )  # fmt: skip
        _show_place(state)
        _show_settings(state)
        with st.container(horizontal=True, vertical_alignment="center"):
            pressed = plain.button("Watch", type="primary", key="watch_start", disabled=_is_running())
            say(
                "note",
                "One request a line, as docs/watch.md says, or OpenTelemetry spans. Numbers of all requests are read; texts "
                "only of those that are shown or sampled.",
            )
        if pressed or not state.started:
            _start(state)
        if state.problem:
            say("error", state.problem)
    if _is_running():
        watch(_job, "The log", key="watch_cancel", waiting="reading")
    elif state.job is not None and isinstance(state.job.error, Cancelled):
        say("note", "Stopped before the log was watched.")
    elif state.job is not None and state.job.error is not None:
        say("error", str(state.job.error))


def _show_place(state: WatchState) -> None:
    if state.source == SAMPLE:
        say("note", "360 requests of three weeks, shipped with the program; documents are twice as long from day 14 on.")
    elif state.source == PATH:
        field(
            plain.text_input, "Path of the log", state, "path", key="w_watch_path",
            placeholder="requests.jsonl or requests.jsonl.gz",
            help="It is read where it lies, and not copied.",
        )  # fmt: skip
    else:
        _show_upload(state)


def _show_upload(state: WatchState) -> None:
    key = "w_watch_upload"

    def changed() -> None:
        file = st.session_state[key]
        if file is None:
            return
        state.room = TemporaryDirectory(prefix="reranklab-log-", ignore_cleanup_errors=True)
        (Path(state.room.name) / "log").write_bytes(file.getvalue())
        state.upload = file.name

    file = plain.file_uploader(
        "Log", type=_TYPES, key=key, on_change=changed, help="It is kept on this machine until the session ends."
    )
    if file is None and state.upload:
        say("note", f"{state.upload} is still here.")


def _show_settings(state: WatchState) -> None:
    with plain.expander("Settings", key="watch_settings", on_change="rerun"):
        left, middle, right = st.columns(3, vertical_alignment="bottom")
        with left:
            field(
                plain.selectbox, "Windows", state, "span", key="w_watch_span", options=list(_SPANS),
                format_func=_SPANS.__getitem__, help="How the charts divide the time. Alerts do not depend on it.",
            )  # fmt: skip
        with middle:
            field(
                plain.number_input, "Days that are usual", state, "days", key="w_watch_days", min_value=0, max_value=3650,
                step=1, help="What comes later is held against these first days. 0 takes 7, or half of a shorter log.",
            )  # fmt: skip
        with right:
            field(
                plain.toggle, "Mask personal data", state, "mask", key="w_watch_mask",
                help="E-mail addresses, telephone, account and card numbers and IP addresses become labels before a text is "
                "shown, kept or sent anywhere. Names and postal addresses have no form and stay.",
            )  # fmt: skip
        if state.source != SAMPLE:
            _show_documents(state)


def _show_documents(state: WatchState) -> None:
    known = {"": "none: the log holds the texts", **collection_names()}
    state.documents = among(state.documents, known, default="")
    left, right = st.columns(2)
    with left:
        field(
            plain.selectbox, "Documents that the log names", state, "documents", key="w_watch_documents", options=list(known),
            format_func=known.__getitem__, help="A log may hold ids alone: the texts are then those of this collection.",
        )  # fmt: skip
    with right:
        path_field(
            "Or a corpus by its path", state, "documents_path", key="w_watch_documents_path",
            placeholder="corpus.jsonl, or its folder",
        )  # fmt: skip


def _start(state: WatchState) -> None:
    state.started, state.problem = True, ""
    try:
        with contained("The start"):
            work = watching(state)
    except RerankLabError as error:
        state.problem = str(error)
        return
    if state.job is not None:
        state.job.cancel()
    if state.sample_job is not None:
        state.sample_job.cancel()
    state.job, state.sample_job, state.opened, state.told = Job(work), None, None, None
    state.job.wait(_PATIENCE)
    st.rerun()


def _job() -> Job[object] | None:
    return current_session().of(WatchState).job  # type: ignore[return-value]


def _is_running() -> bool:
    job = current_session().of(WatchState).job
    return job is not None and job.running
