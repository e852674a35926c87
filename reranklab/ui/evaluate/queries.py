"""A run query by query: where two rankers disagree, and the way from there to Compare."""

from __future__ import annotations

from dataclasses import dataclass, field

import streamlit as st

from reranklab.errors import RerankLabError
from reranklab.evaluate.past import query_texts
from reranklab.plots.query_differences import draw_query_differences
from reranklab.ui import plain
from reranklab.ui.escape import shorten
from reranklab.ui.evaluate.open_query import ask_to_open, open_asked
from reranklab.ui.evaluate.runs import OpenRun
from reranklab.ui.evaluate.state import EvaluateState
from reranklab.ui.figures import draw
from reranklab.ui.resources import store
from reranklab.ui.say import say
from reranklab.ui.state import SessionState
from reranklab.ui.widgets import among
from reranklab.ui.widgets import field as shown_field

_SHOWN = 500
_TEXT = 160


@dataclass(slots=True)
class _Texts:
    """The texts of the queries of the run that was shown last."""

    run: int = 0
    done: int = 0
    texts: dict[str, str] = field(default_factory=dict)


def show_queries(session: SessionState, run: OpenRun) -> None:
    """The two rankers, their differences as a figure, and a row for each query."""
    open_asked(session, run)
    rankers = [ranker for ranker in run.stored.rankers if run.past.per_query[ranker]]
    if not rankers:
        say("info", "No ranker has a result in this run.")
        return
    state = session.of(EvaluateState)
    _choose_rankers(state, run, rankers)
    values = {ranker: run.past.per_query[ranker] for ranker in rankers}
    both = [query for query in values[state.first] if query in values[state.second]]
    differences = {query: values[state.first][query][run.measure] - values[state.second][query][run.measure] for query in both}
    if len(rankers) > 1 and differences:
        first, second = run.titles[state.first], run.titles[state.second]
        drawing = draw_query_differences(differences, measure=run.measure, first=first, second=second)
        draw(drawing, key="evaluate_queries", on_select=lambda: _picked(session))
    _show_table(session, run, rankers, differences)


def _choose_rankers(state: EvaluateState, run: OpenRun, rankers: list[str]) -> None:
    state.first = among(state.first, rankers, default=rankers[-1])
    state.second = among(state.second, rankers, default=rankers[0])
    left, middle, right = st.columns([2, 2, 1.4], vertical_alignment="bottom")
    for column, label, name in ((left, "Ranker", "first"), (middle, "Against", "second")):
        with column:
            shown_field(
                plain.selectbox, label, state, name, key=f"w_evaluate_{name}", options=rankers,
                format_func=run.titles.__getitem__,
            )  # fmt: skip
    with right:
        shown_field(
            plain.toggle, "Only where it hurts", state, "hurt_only", key="w_evaluate_hurt",
            help="The queries in which the first ranker is below the second.",
        )  # fmt: skip


def _show_table(session: SessionState, run: OpenRun, rankers: list[str], differences: dict[str, float]) -> None:
    state = session.of(EvaluateState)
    hurt = {query: value for query, value in differences.items() if value < 0}
    chosen = hurt if state.hurt_only else differences
    ordered = sorted(chosen, key=(lambda query: chosen[query]) if state.hurt_only else (lambda query: -abs(chosen[query])))
    if not ordered:
        say("info", f"{run.titles[state.first]} is nowhere below {run.titles[state.second]} in this run.")
        return
    texts = _texts(session, run)
    rows = [
        {
            "Query": shorten(texts.get(query, ""), limit=_TEXT),
            "Id": query,
            "Difference in points": 100 * differences[query],
            **{run.titles[ranker]: run.past.per_query[ranker].get(query, {}).get(run.measure) for ranker in rankers},
        }
        for query in ordered[:_SHOWN]
    ]
    numbers = {run.titles[ranker]: st.column_config.NumberColumn(format="%.3f") for ranker in rankers}
    picked = st.dataframe(
        rows,
        hide_index=True,
        width="stretch",
        height="content" if len(rows) < 13 else 460,
        column_config={
            "Query": st.column_config.TextColumn(width="large"),
            "Id": st.column_config.TextColumn(width="small"),
            "Difference in points": st.column_config.NumberColumn(format="%+.1f"),
            **numbers,
        },
        on_select="rerun",
        selection_mode="single-row",
        key=f"evaluate_rows_{run.stored.id}",
    )
    if len(ordered) > _SHOWN:
        say("note", f"The first {_SHOWN} of {len(ordered):,} queries. An export has all.")
    selected = picked["selection"]["rows"]
    query = ordered[selected[0]] if selected and selected[0] < len(rows) else ordered[0]
    with st.container(horizontal=True, vertical_alignment="center"):
        if plain.button("Open on Compare", key="open_query", disabled=not run.stored.settings.get("source")):
            ask_to_open(session, query)
            st.rerun()
        which = "The chosen query" if selected else "The first query; a click into a row chooses another"
        say("note", f"{which}: {shorten(texts.get(query, query), limit=_TEXT)}")


def _picked(session: SessionState) -> None:
    points = st.session_state["evaluate_queries"]["selection"]["points"]
    if points:
        ask_to_open(session, str(points[0].get("customdata")))


def _texts(session: SessionState, run: OpenRun) -> dict[str, str]:
    kept = session.of(_Texts)
    if (kept.run, kept.done) != (run.stored.id, run.stored.done):
        try:
            kept.texts = dict(query_texts(store(), run.stored.id))
        except RerankLabError as error:
            say("error", str(error))
            return {}
        kept.run, kept.done = run.stored.id, run.stored.done
    return kept.texts
