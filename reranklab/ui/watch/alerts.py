"""The alerts, one card each: what changed, since when, how sure that is, which figures, and what it is not."""

from __future__ import annotations

import streamlit as st

from reranklab.ui import plain
from reranklab.ui.boundary import part
from reranklab.ui.escape import bold
from reranklab.ui.say import say
from reranklab.ui.state import SessionState
from reranklab.ui.watch.behind import open_behind, show_behind
from reranklab.ui.watch.state import Watched, WatchState
from reranklab.watch.alert_words import alert_title, excluded_words, shift_row, since_words, sure_words
from reranklab.watch.report import Alert

_HEADER = ("Figure", "Before", "After", "Change, 95 % interval", "Changed")


@part("The alerts")
def show_alerts(session: SessionState, watched: Watched) -> None:
    """The cards in the order of the changes."""
    alerts = watched.report.alerts
    if not alerts:
        say("info", "No alert: nothing changed for sure.")
        return
    count = "1 alert" if len(alerts) == 1 else f"{len(alerts):,} alerts"
    plain.header(count, anchor=False)
    for number, alert in enumerate(alerts, start=1):
        with st.container(border=True):
            _show_alert(session, watched, alert, number)


def _show_alert(session: SessionState, watched: Watched, alert: Alert, number: int) -> None:
    state = session.of(WatchState)
    plain.subheader(f"{number}. {alert_title(alert)}", anchor=False)
    left, right = st.columns(2, gap="medium")
    with left:
        plain.markdown(bold("Since when, and how sure"))
        say("offer", since_words(alert))
        say("offer", sure_words(alert, weeks=watched.report.weeks))
        if alert.latency is not None and alert.latency.verdict != "none":
            say("offer", alert.latency.sentence)
    with right:
        plain.markdown(bold("What it is not"))
        for sentence in excluded_words(alert, watched.log.columns):
            say("offer", sentence)
    rows = sorted(alert.shifts, key=lambda shift: not shift.changed)
    st.dataframe(
        [dict(zip(_HEADER, _row(shift_row(shift)), strict=True)) for shift in rows],
        hide_index=True,
        width="stretch",
        height="content",
    )
    say("note", "Changed is what changed for sure with all figures tested together, so one interval alone does not tell.")
    with st.container(horizontal=True, vertical_alignment="center"):
        if plain.button(
            "Open its requests as a collection", key=f"watch_behind_{number}", type="primary", icon=":material/folder_open:"
        ):
            open_behind(session, watched, alert, number)
        say("note", f"{alert.places.size:,} requests are behind it.")
    if state.opened is not None and state.opened.number == number:
        show_behind(session, watched, state.opened)
    elif state.opened_problem and state.opened is None:
        say("error", state.opened_problem)


def _row(cells: tuple[str, str, str, str, str]) -> tuple[str, ...]:
    return (cells[0][:1].upper() + cells[0][1:], *cells[1:])
