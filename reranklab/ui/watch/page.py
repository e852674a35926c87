"""The parts of the Watch page: the log, its alerts, the charts, samples, and what was not read."""

from __future__ import annotations

import streamlit as st

from reranklab.errors import InputError
from reranklab.plots.watch import WATCH_FIGURES
from reranklab.ui import plain
from reranklab.ui.boundary import part
from reranklab.ui.figures import show_figure
from reranklab.ui.say import say
from reranklab.ui.state import SessionState
from reranklab.ui.watch.alerts import show_alerts
from reranklab.ui.watch.samples import show_samples
from reranklab.ui.watch.source import show_source
from reranklab.ui.watch.state import Watched, WatchState
from reranklab.ui.widgets import among, field
from reranklab.watch.detect.series import TITLES
from reranklab.watch.windows import day_name


@part("The page")
def show_watch(session: SessionState) -> None:
    """The whole page."""
    show_source(session)
    watched = session.of(WatchState).watched
    if watched is None:
        return
    _show_summary(watched)
    show_alerts(session, watched)
    _show_charts(session, watched)
    show_samples(session, watched)
    _show_reading(watched)


@part("The summary")
def _show_summary(watched: Watched) -> None:
    report, counts = watched.report, watched.log.counts
    left_out = counts.entries - counts.read
    lost = f", {left_out:,} left out (see below)" if left_out else ""
    say(
        "note",
        f"{watched.name}: {counts.read:,} requests from {day_name(report.begin)} to {day_name(report.end)} UTC{lost}. What was "
        f"before {day_name(report.baseline_until)} counts as usual.",
    )
    for note in report.notes:
        if not note.startswith("Not watched"):  # stands below, with its reasons
            say("warning", note)


@part("The charts")
def _show_charts(session: SessionState, watched: Watched) -> None:
    state = session.of(WatchState)
    plain.header("Over time", anchor=False)
    views = {name: view for name, view in WATCH_FIGURES.items() if name != "sample" or watched.sampled is not None}
    state.view = among(state.view, views, default="latency")
    field(
        plain.segmented_control, "Chart", state, "view", key="w_watch_view", options=list(views),
        format_func=lambda id_: views[id_][0], required=True, label_visibility="collapsed",
    )  # fmt: skip
    try:
        drawing = views[state.view][1](watched.report)
    except InputError as error:
        say("info", str(error))
        return
    show_figure(drawing, key=f"watch_chart_{state.view}")


@part("What was read")
def _show_reading(watched: Watched) -> None:
    """Every line that is no request, and what is odd about requests."""
    plain.header("What was not read", anchor=False)
    counts = watched.log.counts
    if not counts.left_out:
        say("note", f"Nothing: all {counts.lines:,} lines are requests.")
    rows = [
        {
            "Entries": each.number,
            "What": f"left out: {each.what.value}",
            "Where": ", ".join(each.places),
            "For example": each.example,
        }
        for each in counts.left_out
    ] + [
        {
            "Entries": each.number,
            "What": f"read, with {each.what.value}",
            "Where": ", ".join(each.places),
            "For example": each.example,
        }
        for each in counts.remarks
    ]
    if not any(row["For example"] for row in rows):
        rows = [{name: value for name, value in row.items() if name != "For example"} for row in rows]
    if rows:
        st.dataframe(rows, hide_index=True, width="stretch", height="content")
    named = [f"{TITLES.get(name, name)}: {reason}" for name, reason in watched.report.unwatched.items()]
    if named:
        say("note", f"Not watched: {'; '.join(named)}.")
