"""The check of a served reranker on the Models page: two of the chosen rankers, ten verdicts, and the scores behind them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st
from markupsafe import Markup

from reranklab.engine.build import build_ranker
from reranklab.evaluate.conformance.record import to_json
from reranklab.evaluate.conformance.run import TOLERANCE, Conformance, check_conformance, planned_calls
from reranklab.evaluate.conformance.verdict import State, Verdict
from reranklab.progress import CancelSignal
from reranklab.rankers.family import Capability, RankerSpec
from reranklab.rankers.titles import model_name, ranker_title, ranker_titles
from reranklab.ui import plain
from reranklab.ui.background import settle, show_work, start
from reranklab.ui.boundary import part
from reranklab.ui.jobs import Emit, Job
from reranklab.ui.run import session_endpoints
from reranklab.ui.say import joined, put, say
from reranklab.ui.state import SessionState, current_session
from reranklab.ui.widgets import among, field

_MARKS: dict[State, str] = {"pass": "✓ passes", "fail": "✗ fails", "note": "! note", "open": "– not judged"}
_HEIGHT_OF_ROWS = 6
_STYLE = Markup(
    "<style>.rl-verdicts { width: 100%; border-collapse: collapse; font-size: 0.92rem; }"
    ".rl-verdicts th { text-align: start; font-weight: 600; }"
    ".rl-verdicts td, .rl-verdicts th { padding: 6px 10px 6px 0; vertical-align: top;"
    " border: 0; border-bottom: 1px solid rgba(128, 128, 128, 0.25); overflow-wrap: anywhere; }"
    ".rl-verdicts td:nth-child(-n+2) { white-space: nowrap; }"
    ".rl-verdicts .fail { font-weight: 600; box-shadow: inset 3px 0 rgb(220, 70, 60); }"
    ".rl-verdicts .fail td:first-child { padding-inline-start: 10px; }</style>"
)
_TABLE = Markup(
    '{}<table class="rl-verdicts"><thead><tr><th>Verdict</th><th>Check</th><th>What was found</th></tr></thead>'
    "<tbody>{}</tbody></table>"
)
_ROW = Markup('<tr class="{}"><td>{}</td><td>{}</td><td dir="auto">{}</td></tr>')


@dataclass(slots=True, kw_only=True)
class ConformState:
    """The form, the work, and what the last one gave."""

    served: str = ""
    reference: str = ""
    tolerance: float = TOLERANCE
    problem: str = ""
    stopped: bool = False
    job: Job[Conformance] | None = None
    done: Conformance | None = None


@part("The check of a served reranker")
def show_conform(session: SessionState) -> None:
    """The form, the work, and the last report."""
    state = session.of(ConformState)
    settle(state)
    plain.header(
        "Check a served reranker",
        anchor=False,
        help="Whether a server gives the scores that the same model gives here. Switch both on on Compare: the hosted "
        "ranker, and the cross-encoder whose model it serves.",
    )
    _show_form(session, state)
    show_work(state, _job, "Checking", key="cancel_conform", stopped="Stopped. Nothing of the check is kept.")
    if state.done is not None:
        _show_report(state.done)


def _show_form(session: SessionState, state: ConformState) -> None:
    specs = {spec.id: spec for spec in session.specs()}
    references = [id_ for id_, spec in specs.items() if spec.can(Capability.POINTWISE) and spec.can(Capability.TOKENIZER)]
    served = [id_ for id_, spec in specs.items() if spec.can(Capability.POINTWISE)]
    hosted = [id_ for id_ in served if specs[id_].can(Capability.HOSTED)]
    if len(served) < 2 or not references:
        say(
            "info",
            "Switch on two rankers on Compare: the one to check, such as a hosted service, and as the reference a "
            "cross-encoder with the model that it serves.",
        )
        return
    titles = ranker_titles(specs)
    state.served = among(state.served, served, default=(hosted or served)[-1])
    state.reference = among(state.reference, references, default=next(each for each in references if each != state.served))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        field(
            plain.selectbox, "Served", state, "served", key="w_conform_served", options=served,
            format_func=titles.__getitem__,
        )  # fmt: skip
        field(
            plain.selectbox, "Reference, the same model here", state, "reference", key="w_conform_reference",
            options=references, format_func=titles.__getitem__,
        )  # fmt: skip
        field(
            plain.number_input, "Tolerance", state, "tolerance", key="w_conform_tolerance", min_value=1e-6, max_value=0.5,
            format="%.6g", width=150,
            help="How far a score may be from the reference's, in its scale. 0.001 suits 32-bit numbers.",
        )  # fmt: skip
        ready = state.job is None and state.served != state.reference
        if plain.button("Check", type="primary", key="conform", disabled=not ready):
            start(state, "The start of the check", lambda: _work(session, state, specs))
    say("note", f"{planned_calls() + 1} calls to the served ranker, most of one short pair.")


def _work(
    session: SessionState, state: ConformState, specs: dict[str, RankerSpec]
) -> Callable[[CancelSignal, Emit], Conformance]:
    served, reference, tolerance, device = specs[state.served], specs[state.reference], state.tolerance, session.device
    endpoints = session_endpoints(session, (served, reference))

    def work(cancel: CancelSignal, emit: Emit) -> Conformance:
        return check_conformance(
            build_ranker(served, device=device, endpoints=endpoints),
            build_ranker(reference, device=device, endpoints=endpoints),
            tolerance=tolerance,
            cancel=cancel,
            progress=emit,
        )

    return work


def _job() -> Job[Conformance] | None:
    return current_session().of(ConformState).job


def _show_report(found: Conformance) -> None:
    served, reference = (_named(id_) for id_ in (found.served, found.reference))
    if found.conforms:
        say("query", f"{served} gives the scores of {reference}, within {found.tolerance:g}.")
    else:
        failed = ", ".join(verdict.title.lower() for verdict in found.verdicts if verdict.state == "fail")
        say("query", f"{served} does not give the scores of {reference}: {failed}.")
    put(_TABLE.format(_STYLE, joined(map(_row, found.verdicts))))
    for verdict in found.verdicts:
        if verdict.evidence and verdict.state in ("fail", "note"):
            with plain.expander(f"{verdict.title}: the scores"):
                _show_evidence(verdict)
    plain.download_button(
        "Download the report (JSON)",
        json.dumps(to_json(found), ensure_ascii=False, indent=2),
        file_name="conformance.json",
        mime="application/json",
        key="conform_json",
    )


def _named(id_: str) -> str:
    """A ranker's title with its model: served and reference are often of one kind."""
    model = model_name(id_)
    return f"{ranker_title(id_)} ({model})" if model else ranker_title(id_)


def _row(verdict: Verdict) -> Markup:
    return _ROW.format(verdict.state, _MARKS[verdict.state], verdict.title, verdict.words)


def _show_evidence(verdict: Verdict) -> None:
    st.dataframe(
        [
            {
                "Pair": each.what,
                "Served": each.served,
                "In the reference's scale": each.back,
                "Reference": each.reference,
                "Query": each.pair.query,
                "Document": each.pair.document,
                "Refusal": each.refusal or None,
            }
            for each in verdict.evidence
        ],
        hide_index=True,
        width="stretch",
        height=38 + 35 * min(len(verdict.evidence), _HEIGHT_OF_ROWS),
    )
