"""Where the order is nearly undecided, and what another precision or batch makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from reranklab.explain.analyse import analyse
from reranklab.explain.analyses.other_settings import OtherSettings, changes_in_words, settings_of
from reranklab.explain.analyses.scores import ListScores
from reranklab.explain.analysis import Finding
from reranklab.explain.catalogue import find_analysis
from reranklab.explain.near_ties import NEAR, Gap
from reranklab.explain.subject import Subject
from reranklab.plots.gaps import draw_gaps
from reranklab.ui import plain
from reranklab.ui.explain.asking import ask_for
from reranklab.ui.explain.download import show_download
from reranklab.ui.figures import show_figure
from reranklab.ui.say import say
from reranklab.ui.state import SessionState

_MOST_ROWS = 500


def show_gaps(session: SessionState, subject: Subject) -> None:
    """The gaps, the near-ties in a table, and for each ranker the check under other settings."""
    findings = [analyse(find_analysis("scores"), subject, ranking.ranker) for ranking in subject.rankings]
    lists: list[ListScores] = [finding.result for finding in findings]
    ranks = {each.ranking.ranker: {gap.rank for gap in each.near} for each in lists}
    show_figure(draw_gaps(subject.rankings, near=ranks, titles=subject.titles), key="gaps", session=session)
    plain.subheader("Near-ties", anchor=False)
    say("note", f"Neighbours closer than {NEAR:.0%} of the list's score range, and equal scores.")
    table = st.container()
    checked = _check(session, subject)
    rows = [_row(subject, each, gap, checked.get(each.ranking.ranker)) for each in lists for gap in each.near]
    with table:
        if rows:
            shown = rows[:_MOST_ROWS]
            st.dataframe(shown, hide_index=True, width="stretch", height=min(420, 38 + 35 * len(shown)), placeholder="–")
            if len(rows) > _MOST_ROWS:
                say("note", f"The first {_MOST_ROWS} of {len(rows):,}.")
        else:
            say("note", "There are none in this list.")
    for ranker, finding in checked.items():
        say("info", f"{subject.titles[ranker]}: {changes_in_words(finding.result)}")
    show_download(subject, [*findings, *checked.values()], name="scores")


def _check(session: SessionState, subject: Subject) -> Mapping[str, Finding[OtherSettings]]:
    """Ranker id to what other settings make of its order, for those that were asked for."""
    analysis = find_analysis("other-settings")
    plain.subheader(analysis.title, anchor=False)
    findings: dict[str, Finding[OtherSettings]] = {}
    alone = []
    for spec in subject.specs:
        name = subject.titles[spec.id]
        if not settings_of(subject, spec):
            alone.append(name)
            continue
        finding = ask_for(session, subject, analysis, spec.id, name=f"Check {name}")
        if finding is not None:
            findings[spec.id] = finding
    if alone:
        say("note", f"{', '.join(alone)}: no other setting to check.")
    return findings


def _row(subject: Subject, scores: ListScores, gap: Gap, checked: Finding[OtherSettings] | None) -> dict[str, Any]:
    return {
        "Ranker": subject.titles[scores.ranking.ranker],
        "Ranks": f"{gap.rank}, {gap.rank + 1}",
        "Above": gap.upper,
        "Below": gap.lower,
        "Gap": f"{gap.size:.3g} ({scores.ranking.scale.name})",
        "Of the range": f"{gap.relative:.2%}",
        "Changes places": None if checked is None else _changes(checked.result.flipped_in(gap)),
    }


def _changes(settings: tuple[str, ...]) -> str:
    return f"in {', '.join(settings)}" if settings else "never"
