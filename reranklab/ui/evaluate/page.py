"""The tools of the Evaluate page, and the views of an open run."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from reranklab.ui import plain
from reranklab.ui.address import LinkReader, current_link, put_link
from reranklab.ui.boundary import part
from reranklab.ui.evaluate.depth import show_depth
from reranklab.ui.evaluate.drift import show_drift
from reranklab.ui.evaluate.exports import show_exports
from reranklab.ui.evaluate.following import show_following
from reranklab.ui.evaluate.form import show_form
from reranklab.ui.evaluate.means import show_means, show_times
from reranklab.ui.evaluate.probes import show_probes
from reranklab.ui.evaluate.queries import show_queries
from reranklab.ui.evaluate.runs import OpenRun, open_run, show_runs, show_work, watch_so_far
from reranklab.ui.evaluate.stability import show_stability
from reranklab.ui.evaluate.state import EvaluateState
from reranklab.ui.evaluate.tune import show_tune
from reranklab.ui.evaluate.work import evaluations
from reranklab.ui.say import say
from reranklab.ui.state import SessionState
from reranklab.ui.widgets import among, choose_tool, field

_LARGEST_RUN = 1_000_000_000


@part("The link")
def follow_link(session: SessionState) -> None:
    """Open what the address names, once."""
    state = session.of(EvaluateState)
    if state.link_read:
        return
    state.link_read = True
    reader = LinkReader(current_link())
    state.tool = reader.choice("tool", state.tool, TOOLS)
    state.view = reader.choice("view", state.view, VIEWS)
    state.run = reader.number("run", state.run, 1, _LARGEST_RUN)
    if state.run:
        state.form_open = False
    session.notices += filter(None, [reader.notice()])


def show_tools(session: SessionState) -> None:
    """The choice of a tool, and the tool."""
    state = session.of(EvaluateState)
    title, show = choose_tool(state, TOOLS, key="w_evaluate_tool")
    part(title)(show)(session)


@part("The page's address")
def put_evaluate_link(session: SessionState) -> None:
    """Write tool, run and view into the address bar."""
    state = session.of(EvaluateState)
    link = {"tool": [state.tool] if state.tool != next(iter(TOOLS)) else []}
    if not link["tool"] and state.run:
        link |= {"run": [str(state.run)], "view": [state.view]}
    put_link({name: values for name, values in link.items() if any(values)})


def _show_evaluation(session: SessionState) -> None:
    show_form(session)
    show_work(session)
    run = show_runs(session)
    if run is None:
        return
    if evaluations().of_run(run.id) is not None:
        watch_so_far(run.id)
        return
    _show_settings(session, run.rankers)
    opened = open_run(session, run)
    for note in opened.past.notes:
        say("warning", note)
    state = session.of(EvaluateState)
    state.view = among(state.view, VIEWS, default=next(iter(VIEWS)))
    field(
        plain.segmented_control, "View", state, "view", key="w_evaluate_view", options=list(VIEWS),
        format_func=lambda id_: VIEWS[id_][0], required=True, label_visibility="collapsed",
    )  # fmt: skip
    title, show = VIEWS[state.view]
    part(title)(show)(session, opened)


def _show_settings(session: SessionState, rankers: tuple[str, ...]) -> None:
    """How the open run is read."""
    from reranklab.rankers.titles import ranker_titles

    state = session.of(EvaluateState)
    titles = {"": "every other", **ranker_titles(rankers)}
    state.baseline = among(state.baseline, titles, default="")
    left, middle, right = st.columns([2, 2, 1])
    with left:
        field(
            plain.text_input, "Measure", state, "measure", key="w_evaluate_measure",
            help="Any that ir-measures knows: nDCG@10, RR, AP, R@100, P(rel=2)@5, Success@1.",
        )  # fmt: skip
    with middle:
        field(
            plain.selectbox, "Compare each with", state, "baseline", key="w_evaluate_baseline", options=list(titles),
            format_func=titles.__getitem__,
        )  # fmt: skip
    with right:
        field(
            plain.number_input, "Margin in points", state, "margin", key="w_evaluate_margin", min_value=0.1, max_value=50.0,
            step=0.5, help="Two rankers whose difference is surely smaller count as equivalent.",
        )  # fmt: skip


Tool = Callable[[SessionState], None]
View = Callable[[SessionState, OpenRun], None]

VIEWS: Mapping[str, tuple[str, View]] = {
    "means": ("Means and verdicts", show_means),
    "queries": ("Query by query", show_queries),
    "depth": ("Depth", show_depth),
    "times": ("Quality and time", show_times),
    "exports": ("Export", show_exports),
}
"""View id to its title and how it is drawn."""

TOOLS: Mapping[str, tuple[str, Tool]] = {
    "evaluation": ("Rankers on a collection", _show_evaluation),
    "drift": ("Drift", show_drift),
    "stability": ("Precision and stability", show_stability),
    "probes": ("Behaviour probes", show_probes),
    "following": ("Instructions", show_following),
    "tune": ("Tune", show_tune),
}
"""Tool id to its title and how it is drawn. The first is the page's own."""
