"""An analysis without a display of its own: its parameters, and for each ranker rows, words and figures."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from reranklab.explain.analysis import Analysis, Finding
from reranklab.explain.subject import Subject
from reranklab.plots.catalogue import draw_findings
from reranklab.rankers.family import Option
from reranklab.ui import plain
from reranklab.ui.explain.asking import ask_for
from reranklab.ui.explain.compare import choose_other
from reranklab.ui.explain.download import show_download
from reranklab.ui.figures import draw
from reranklab.ui.say import say
from reranklab.ui.state import SessionState
from reranklab.ui.widgets import kept


@dataclass(slots=True, kw_only=True)
class GenericState:
    """Parameters that were set, by analysis id and name."""

    values: dict[tuple[str, str], str] = field(default_factory=dict)


def show_generic(session: SessionState, subject: Subject, analysis: Analysis[Any]) -> None:
    """Everything that the catalogue knows of an analysis."""
    say("note", analysis.summary)
    if analysis.scope == "pair":
        pair = choose_other(session, subject)
        if pair is None:
            return
        subject = pair
    parameters = _choose_parameters(session, analysis)
    able = [spec.id for spec in subject.specs if analysis.fits(spec.capabilities)]
    unable = [subject.titles[spec.id] for spec in subject.specs if spec.id not in able]
    findings = [ask_for(session, subject, analysis, ranker, parameters) for ranker in able]
    shown = [finding for finding in findings if finding is not None]
    _show_rows(subject, shown)
    for finding in shown:
        for line in analysis.words(subject, finding):
            say("note", line)
    if unable:
        say("note", f"{', '.join(unable)}: no {', '.join(sorted(analysis.needs))}.")
    for number, drawing in enumerate(draw_findings(subject, shown), start=1):
        draw(drawing, key=f"{analysis.id}_{number}")
    show_download(subject, shown, name=analysis.id)


def _choose_parameters(session: SessionState, analysis: Analysis[Any]) -> dict[str, str]:
    state = session.of(GenericState)
    chosen = {}
    if analysis.options:
        with st.container(horizontal=True, vertical_alignment="bottom"):
            for option in analysis.options:
                chosen[option.name] = _choose(state, analysis.id, option)
    return chosen


def _choose(state: GenericState, analysis_id: str, option: Option) -> str:
    setting = (analysis_id, option.name)
    value = state.values.get(setting, option.default)

    def store(new: str) -> None:
        state.values[setting] = new

    label, key = option.name.replace("-", " ").capitalize(), f"w_{analysis_id}_{option.name}"
    if option.choices:
        options = list(option.choices)
        kept(plain.selectbox, label, key=key, value=value, store=store, help=option.help, options=options)
    else:
        kept(plain.text_input, label, key=key, value=value, store=store, help=option.help)
    return state.values.get(setting, option.default)


def _show_rows(subject: Subject, findings: list[Finding[Any]]) -> None:
    """The tables of all rankers in one."""
    rows: list[dict[str, Any]] = []
    for finding in findings:
        table = finding.analysis.table(subject, finding)
        if table is not None:
            name = subject.titles[finding.ranker]
            rows += [{"Ranker": name, **dict(zip(map(str.capitalize, table.header), row, strict=True))} for row in table.rows]
    if rows:
        st.dataframe(rows, hide_index=True, width="stretch", placeholder="–")
