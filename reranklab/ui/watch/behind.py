"""The requests behind an alert as a collection, and the ways from there: Evaluate, Compare, Explain, judging, Train."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from reranklab.data.judged import judged_names, read_judged
from reranklab.data.unjudged import keep_unjudged
from reranklab.engine.boundary import contained
from reranklab.errors import InputError, RerankLabError
from reranklab.ui import plain
from reranklab.ui.boundary import part
from reranklab.ui.compare_state import CompareState, View
from reranklab.ui.escape import bold, shorten
from reranklab.ui.evaluate.drift_state import DriftState
from reranklab.ui.evaluate.state import EvaluateState
from reranklab.ui.inputs.draft import listed
from reranklab.ui.judging.state import JudgeState
from reranklab.ui.run import start
from reranklab.ui.say import say
from reranklab.ui.state import SessionState
from reranklab.ui.train.state import FineTuneState, TrainState
from reranklab.ui.watch.state import Opened, Watched, WatchState
from reranklab.ui.widgets import among, field
from reranklab.watch.behind import BehindQuery, requests_before, requests_behind
from reranklab.watch.logged import logged_ranking
from reranklab.watch.report import Alert
from reranklab.watch.windows import day_name

_EXPLAIN, _EVALUATE, _TRAIN = "pages/1_Explain.py", "pages/2_Evaluate.py", "pages/6_Train.py"
_LONGEST = 40


def open_behind(session: SessionState, watched: Watched, alert: Alert, number: int) -> None:
    """Keep the alert's requests, and as many before the change, as collections."""
    state = session.of(WatchState)
    state.opened, state.opened_problem = None, ""
    try:
        with contained("The collection"), plain.spinner("Reading the requests"):
            state.opened = _kept(state, watched, alert, number)
    except RerankLabError as error:
        state.opened_problem = str(error)


def _kept(state: WatchState, watched: Watched, alert: Alert, number: int) -> Opened:
    found = requests_behind(watched.log, alert, number=state.requests, masking=state.masking, documents=watched.documents)
    if not found.queries:
        raise InputError(" ".join(found.sentences()))
    name = state.names.setdefault(number, _name(alert))
    keep_unjudged(name, found.ranked)
    earlier = requests_before(watched.log, alert, number=state.requests, masking=state.masking, documents=watched.documents)
    before = f"before-{name}"[:_LONGEST] if earlier.queries else ""
    if before:
        keep_unjudged(before, earlier.ranked)
    return Opened(number=number, name=name, before=before, behind=found)


def _name(alert: Alert) -> str:
    return f"{alert.cause.replace('_', '-')}-{day_name(alert.since)[:10]}"[: _LONGEST - len("before-")]


@part("The requests behind the alert")
def show_behind(session: SessionState, watched: Watched, opened: Opened) -> None:
    """What was kept, and where it can be opened."""
    state = session.of(WatchState)
    plain.markdown(bold(f"Collection {opened.name}"))
    for sentence in opened.behind.sentences():
        say("note", sentence)
    judged = opened.name in judged_names()
    grades = read_judged(opened.name).merged if judged else {}
    st.dataframe(
        [_row(each, len(grades.get(each.ranked.query.id, {}))) for each in opened.behind.queries],
        hide_index=True,
        width="stretch",
        height=246 if len(opened.behind.queries) > 6 else "content",
    )
    queries = {each.ranked.query.id: each for each in opened.behind.queries}
    state.query = among(state.query, queries, default=next(iter(queries)))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        field(
            plain.selectbox, "Request", state, "query", key="w_watch_query", options=list(queries),
            format_func=lambda id_: shorten(queries[id_].ranked.query.text, limit=90), width=420,
        )  # fmt: skip
        chosen = queries[state.query]
        if plain.button(
            "Compare", key="watch_compare", help="The rankers of the sidebar on its candidates, the log's own beside."
        ):
            _go(state, lambda: _rank(session, opened, chosen, view="rankings", page="app.py"))
        if plain.button("Explain", key="watch_explain", help="Why its documents stand where the rankers put them."):
            _go(state, lambda: _rank(session, opened, chosen, view="rankings", page=_EXPLAIN))
        if plain.button("Judge", key="watch_judge", help="Grade its documents; the grades go into this collection."):
            _go(state, lambda: _rank(session, opened, chosen, view="judge", page="app.py"))
        if plain.button("Evaluate", key="watch_evaluate", help=_evaluate_help(judged, opened)):
            _go(state, lambda: _evaluate(session, opened, judged))
        if plain.button(
            "Train", key="watch_train", disabled=not judged, help="Once some requests are judged: tune a ranker on them."
        ):
            _go(state, lambda: _train(session, opened))
    if state.opened_problem:
        say("error", state.opened_problem)
    say("note", _next(judged, len(grades), opened))


def _row(each: BehindQuery, judged: int) -> dict[str, object]:
    best = each.ranked.documents[0]
    return {
        "Query": shorten(each.ranked.query.text, limit=120),
        "Requests": each.times,
        "Candidates": len(each.ranked.documents),
        "ms": each.request.milliseconds,
        "First in the log": shorten(best.title or best.text, limit=80),
        "Judged": judged,
    }


def _evaluate_help(judged: bool, opened: Opened) -> str:
    if judged:
        return "The rankers of the sidebar by the grades given so far."
    return f"Not judged yet: the rankings of these queries are compared with those of {opened.before or 'other queries'}."


def _next(judged: bool, queries: int, opened: Opened) -> str:
    if not judged:
        return "Next: judge a few of these requests. Then Evaluate measures rankers on them, and a ranker can be tuned on them."
    count = "1 request is" if queries == 1 else f"{queries:,} requests are"
    return f"{count} judged. In a terminal: reranklab evaluate --dataset {opened.name}"


def _go(state: WatchState, way: Callable[[], None]) -> None:
    state.opened_problem = ""
    try:
        with contained("The request"):
            way()
    except RerankLabError as error:
        state.opened_problem = str(error)


def _rank(session: SessionState, opened: Opened, chosen: BehindQuery, *, view: View, page: str) -> None:
    """Rank the request's candidates with the rankers that are on. Raises InputError where none is."""
    specs = session.specs()
    if not specs:
        raise InputError("No ranker is on. Switch one on in the sidebar of Compare.")
    judged = read_judged(opened.name).merged.get(chosen.ranked.query.id, {}) if opened.name in judged_names() else {}
    note = f"A request of the log ({chosen.ranked.source}), its candidates in the log's order."
    draft = listed(f"Log · {opened.name}", chosen.ranked.query, chosen.ranked.documents, judgements=judged, notes=(note,))
    logged = logged_ranking(chosen)
    assert draft.request is not None
    draft = replace(draft, request=replace(draft.request, beside=() if logged is None else (logged,)))
    compare = session.of(CompareState)
    compare.view, compare.link_read, compare.input_open = view, True, False
    session.of(JudgeState).collection = opened.name
    session.selected = chosen.ranked.documents[0].id
    start(session, draft, specs)
    st.switch_page(page)


def _evaluate(session: SessionState, opened: Opened, judged: bool) -> None:
    """Where some are judged the form with the collection, else its queries against those before the change."""
    state = session.of(EvaluateState)
    state.link_read = True
    if judged:
        state.tool, state.collections, state.form_open, state.run = "evaluation", [opened.name], True, 0
    else:
        drift = session.of(DriftState)
        state.tool, drift.part = "drift", "queries"
        drift.reference.source, drift.new.source = opened.before, opened.name
    st.switch_page(_EVALUATE)


def _train(session: SessionState, opened: Opened) -> None:
    """The form of the Train page with the collection in it."""
    session.of(TrainState).tool, session.of(TrainState).link_read = "", True
    form = session.of(FineTuneState)
    form.source, form.split, form.open = opened.name, "", True
    st.switch_page(_TRAIN)
