"""The form, the work, and the sections of the measurement that is open."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from reranklab.ui import plain
from reranklab.ui.address import LinkReader, current_link, put_link
from reranklab.ui.boundary import part
from reranklab.ui.jobs import Job
from reranklab.ui.latency.budget import show_budget
from reranklab.ui.latency.cost import show_cost
from reranklab.ui.latency.form import show_form
from reranklab.ui.latency.law import show_law
from reranklab.ui.latency.opened import OpenSweep, show_choice
from reranklab.ui.latency.published import show_published
from reranklab.ui.latency.roof import show_roof
from reranklab.ui.latency.start import show_start
from reranklab.ui.latency.state import LatencyState
from reranklab.ui.latency.times import show_times
from reranklab.ui.latency.work import settle
from reranklab.ui.progress import watch
from reranklab.ui.say import say
from reranklab.ui.state import SessionState, current_session
from reranklab.ui.widgets import among, field

_LARGEST = 99_999_999


@part("The link")
def follow_link(session: SessionState) -> None:
    """Open what the address names, once."""
    state = session.of(LatencyState)
    if state.link_read:
        return
    state.link_read = True
    reader = LinkReader(current_link())
    state.section = reader.choice("section", state.section, SECTIONS)
    state.shown = reader.number("measurement", state.shown, 1, _LARGEST)
    session.notices += filter(None, [reader.notice()])


def show_latency(session: SessionState) -> None:
    """The form, the work, and one section of one measurement at a time."""
    state = session.of(LatencyState)
    settle(state)
    show_form(session, state)
    if state.job is not None:
        watch(_job, "Measuring", key="cancel_latency", waiting="loading and warming up")
    if state.problem:
        say("error", state.problem)
    for warning in state.warnings:
        say("warning", warning)
    opened = show_choice(state)
    if opened is not None:
        _show_sections(state, opened)
    _put_link(state, opened)


def _show_sections(state: LatencyState, opened: OpenSweep) -> None:
    for note in opened.result.notes:
        say("warning", note)
    state.section = among(state.section, SECTIONS, default=next(iter(SECTIONS)))
    field(
        plain.segmented_control, "Section", state, "section", key="w_latency_section", options=list(SECTIONS),
        format_func=lambda id_: SECTIONS[id_][0], required=True, label_visibility="collapsed",
    )  # fmt: skip
    title, show = SECTIONS[state.section]
    part(title)(show)(state, opened)


@part("The page's address")
def _put_link(state: LatencyState, opened: OpenSweep | None) -> None:
    link = {} if opened is None or opened.number < 0 else {"measurement": [str(opened.number)], "section": [state.section]}
    put_link(link)


def _job() -> Job[None] | None:
    return current_session().of(LatencyState).job


SECTIONS: Mapping[str, tuple[str, Callable[[LatencyState, OpenSweep], None]]] = {
    "times": ("Times", show_times),
    "law": ("The law", show_law),
    "budget": ("Budget", show_budget),
    "roof": ("Roof", show_roof),
    "cost": ("Cost", show_cost),
    "published": ("Published times", show_published),
    "start": ("Start and memory", show_start),
}
"""Section id to its title and how it is drawn. Each stands in a module of its own; a further one is a line here."""
