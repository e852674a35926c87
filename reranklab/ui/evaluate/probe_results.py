"""What rankers did on probes: the table of rankers by capability, and the failures, each open to Explain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import streamlit as st

from reranklab.data.statistics import SEARCH_ANALYSER, CollectionStatistics
from reranklab.engine.request import Candidates, Request
from reranklab.errors import InputError
from reranklab.evaluate.probes.probe import EXPECTED_WORDS, BehaviourProbe
from reranklab.evaluate.probes.run import ProbeOutcome, ProbeReport, ProbeSet, candidates_of, statistics_of
from reranklab.plots.probe_rates import draw_probe_rates
from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.rankers.titles import ranker_titles
from reranklab.ui import plain
from reranklab.ui.compare_state import CompareState
from reranklab.ui.escape import shorten
from reranklab.ui.explain.compare import PairState
from reranklab.ui.explain.state import ExplainState
from reranklab.ui.figures import show_figure
from reranklab.ui.inputs.draft import Draft
from reranklab.ui.run import start
from reranklab.ui.say import say
from reranklab.ui.state import SessionState
from reranklab.ui.widgets import among, field

_SHOWN = 500
_TEXT = 220
_ALL = ""


@dataclass(slots=True, kw_only=True)
class FailuresState:
    """Whose failures are shown, of which capability ("" for all), and the probe that a click asked for with all its rankers."""

    ranker: str = ""
    capability: str = _ALL
    asked: tuple[Request, tuple[str, ...]] | None = None


def show_rates(report: ProbeReport) -> None:
    """The figure, and the numbers behind it."""
    titles = ranker_titles(report.rankers)
    show_figure(draw_probe_rates(report, titles=titles), key="probe_rates")
    rows = []
    for capability in report.capabilities:
        cells = [report.rate(ranker, capability) for ranker in report.rankers]
        rows.append(
            {
                "Capability": capability,
                "Probes": cells[0].judged + cells[0].left_out,
                **{
                    titles[cell.ranker]: "–"
                    if cell.rate is None
                    else f"{cell.passed} of {cell.judged}, {cell.rate.mean:.0%} [{cell.rate.low:.0%}, {cell.rate.high:.0%}]"
                    for cell in cells
                },
            }
        )
    st.dataframe(rows, hide_index=True, width="stretch")
    say(
        "note",
        "A ranker that decides by chance passes half of the probes in which one document belongs above the other. Intervals "
        "are exact (Clopper-Pearson) at 95 %.",
    )
    failed = [outcome for outcome in report.outcomes if outcome.passed is None]
    for reason in dict.fromkeys(outcome.reason for outcome in failed):
        own = [outcome for outcome in failed if outcome.reason == reason]
        rankers = ", ".join(dict.fromkeys(titles[outcome.ranker] for outcome in own))
        say("warning", f"{rankers}: {len(own):,} probes not judged, because of {reason}")
    with plain.popover("How the probes were made", type="tertiary"):
        for note in report.notes or ("Each probe is as it was written or saved.",):
            say("note", note)


def show_failures(session: SessionState, report: ProbeReport, sets: Sequence[ProbeSet]) -> None:
    """A row for each failure of a ranker, and the way from there to Explain."""
    plain.subheader("Failures", anchor=False)
    titles, state = ranker_titles(report.rankers), session.of(FailuresState)
    state.ranker = among(state.ranker, report.rankers, default=report.rankers[-1])
    capabilities = {_ALL: "all capabilities", **{name: name for name in report.capabilities}}
    state.capability = among(state.capability, capabilities, default=_ALL)
    left, right = st.columns(2)
    with left:
        field(
            plain.selectbox, "Ranker", state, "ranker", key="w_failures_ranker", options=list(report.rankers),
            format_func=titles.__getitem__,
        )  # fmt: skip
    with right:
        field(
            plain.selectbox, "Capability", state, "capability", key="w_failures_capability", options=list(capabilities),
            format_func=capabilities.__getitem__,
        )  # fmt: skip
    shown = [
        outcome
        for outcome in report.failures
        if outcome.ranker == state.ranker and state.capability in (_ALL, outcome.probe.capability)
    ]
    if not shown:
        say("info", f"{titles[state.ranker]} failed none of these probes.")
        return
    picked = st.dataframe(
        [_row(outcome) for outcome in shown[:_SHOWN]],
        hide_index=True,
        width="stretch",
        height=min(460, 38 + 35 * min(len(shown), _SHOWN)),
        column_config={"Query": st.column_config.TextColumn(width="medium")},
        on_select="rerun",
        selection_mode="single-row",
        key=f"failures_{state.ranker}_{state.capability}",
    )
    if len(shown) > _SHOWN:
        say("note", f"The first {_SHOWN} of {len(shown):,}. `reranklab probes run --format json` lists all.")
    rows = picked["selection"]["rows"]
    outcome = shown[rows[0]] if rows and rows[0] < len(shown) else shown[0]
    _show_probe(session, outcome, report, sets, chosen=bool(rows))


def _row(outcome: ProbeOutcome) -> dict[str, object]:
    probe = outcome.probe
    return {
        "Capability": probe.capability,
        "Query": probe.query.text,
        "Expected": EXPECTED_WORDS[probe.expected],
        "Original": outcome.original,
        "Edited": outcome.edited,
        "Unrelated": outcome.unrelated,
        "Scale": outcome.scale,
    }


def _show_probe(
    session: SessionState, outcome: ProbeOutcome, report: ProbeReport, sets: Sequence[ProbeSet], *, chosen: bool
) -> None:
    probe = outcome.probe
    say("note", "The chosen failure:" if chosen else "The first failure; a click into a row chooses another.")
    say("query", probe.query.text)
    for name, document in (("Original", probe.original), ("Edited", probe.edited)):
        say("note", f"{name}: {shorten(document.content, limit=_TEXT)}")
    if probe.note:
        say("note", f"The edit: {shorten(probe.note, limit=_TEXT)}")
    if plain.button("Explain it", key="explain_failure", help="Both documents and the unrelated one, with these rankers."):
        session.of(FailuresState).asked = (_request(probe, sets), report.rankers)
        st.rerun()


def _request(probe: BehaviourProbe, sets: Sequence[ProbeSet]) -> Request:
    """The probe as Compare ranks it, with the term statistics that it was judged by."""
    own = next((each for each in sets if probe in each.probes), None)
    if own is None:
        raise InputError("This probe is no longer here. Run the probes again.")
    documents = candidates_of(probe)

    def collect(cancel: CancelSignal | None, progress: Progress | None) -> Candidates:
        statistics: CollectionStatistics = statistics_of(own)
        index = statistics.index(SEARCH_ANALYSER, cancel=cancel, progress=progress)
        return Candidates(documents=documents, statistics=statistics, pool=index.statistics.documents, context=index.key)

    return Request(
        label=f"Probe {probe.id}",
        query=replace(probe.query, id=probe.id),
        collect=collect,
        notes=(probe.note,) if probe.note else (),
    )


def open_asked(session: SessionState) -> None:
    """Rank the probe that was asked for, and go to Explain. Raises InputError where it cannot be ranked."""
    failures = session.of(FailuresState)
    asked, failures.asked = failures.asked, None
    if asked is None:
        return
    request, rankers = asked
    session.of(CompareState).input_open = False
    session.comparison, session.origin = None, {}
    session.selected = "edited"
    explain = session.of(ExplainState)
    explain.section, explain.link_read = "compare", True
    session.of(PairState).other = "original"
    start(session, Draft(request=request), [parse_ranker_id(ranker) for ranker in rankers])
    st.switch_page("pages/1_Explain.py")
