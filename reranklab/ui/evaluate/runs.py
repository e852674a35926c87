"""The runs of the store on the page: those at work, and the one that is open."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import streamlit as st

from reranklab.data.collection import UNJUDGED
from reranklab.errors import Cancelled, InputError, RerankLabError
from reranklab.evaluate.past import PastRun, compare_runs
from reranklab.evaluate.so_far import intervals_so_far
from reranklab.rankers.catalogue import parse_ranker_id
from reranklab.rankers.family import RankerSpec
from reranklab.rankers.titles import ranker_titles
from reranklab.store.runs import StoredRun
from reranklab.ui import plain
from reranklab.ui.boundary import part
from reranklab.ui.evaluate.state import EvaluateState
from reranklab.ui.evaluate.work import Asked, Evaluation, evaluations
from reranklab.ui.jobs import Job
from reranklab.ui.progress import watch
from reranklab.ui.resources import store
from reranklab.ui.run import session_endpoints
from reranklab.ui.say import say
from reranklab.ui.state import SessionState, current_session
from reranklab.ui.widgets import among, field

_LOOK_SECONDS = 3.0
_INTERIM_RANKINGS = 20_000
"""A run of more rankings is not scored again and again while it is at work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRun:
    """The run that the page shows, scored, with titles of its rankers."""

    stored: StoredRun
    past: PastRun
    titles: dict[str, str]
    measure: str

    @property
    def specs(self) -> tuple[RankerSpec, ...]:
        """The rankers that can be run again: an imported run cannot, nor a ranker that is not installed here."""
        return specs_of(self.stored)


def specs_of(run: StoredRun) -> tuple[RankerSpec, ...]:
    """The rankers of a run that are known here."""
    found = []
    for ranker in run.rankers:
        try:
            found.append(parse_ranker_id(ranker))
        except InputError:
            continue
    return tuple(found)


@part("The evaluations at work")
def show_work(session: SessionState) -> None:
    """The progress of every evaluation of this process, and how the one that this session began has ended."""
    state = session.of(EvaluateState)
    known = evaluations()
    for evaluation in known.all():
        if evaluation.job.running:
            name = ", ".join(evaluation.asked.sources)
            watch(partial(_find, evaluation.number), name, key=f"cancel_evaluation_{evaluation.number}", waiting="preparing")
    followed = known.get(state.follow)
    if followed is None:
        return
    if followed.runs:
        state.run = followed.runs[-1]
    if not followed.job.running:
        _show_end(followed)
        if followed.job.error is None:
            state.follow = 0


@part("The runs", failed=None)
def show_runs(session: SessionState) -> StoredRun | None:
    """The choice among the stored runs that have judgements, newest first. None where there is none."""
    state = session.of(EvaluateState)
    judged = (run for run in evaluated_runs() if run.settings.get("split") != UNJUDGED)
    stored = {run.id: run for run in judged}
    for note in store().database.notes:
        say("warning", note)
    if not stored:
        say("info", "No evaluation is stored yet. Choose a collection above and press Evaluate: every result is kept.")
        return None
    state.run = among(state.run, stored, default=next(iter(stored)))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        field(
            plain.selectbox, "Run", state, "run", key="w_evaluate_run", options=list(stored),
            format_func=lambda number: run_in_words(stored[number]), width="stretch",
        )  # fmt: skip
        _show_actions(session, stored[state.run])
    return stored[state.run]


def evaluated_runs() -> list[StoredRun]:
    """The stored runs of collections as they are, newest first. Those of probes and of changed inputs are the business of the
    tools that made them."""
    return [run for run in reversed(store().runs.all()) if not run.settings.get("change")]


def run_in_words(run: StoredRun) -> str:
    """A run on a line."""
    settings = run.settings
    state = "" if run.ended else f" · {run.done:,} of {run.asked:,} rankings"
    rankers = "1 ranker" if len(run.rankers) == 1 else f"{len(run.rankers)} rankers"
    queries = f"{settings.get('queries'):,} queries"
    when = run.began[:16].replace("T", " ")
    return (
        f"{run.id} · {settings.get('dataset')} ({settings.get('split')}) · {queries} · {settings.get('candidates')} · "
        f"{rankers} · {when}{state}"
    )


def open_run(session: SessionState, run: StoredRun) -> OpenRun:
    """The run, scored. What was scored last is kept for all sessions. Raises InputError for a measure that there is not."""
    state = session.of(EvaluateState)
    measure = state.measure.strip() or "nDCG@10"
    baseline = state.baseline if state.baseline in run.rankers else None
    state_of_run = f"{store().database.path} {run.began} {run.done} {run.ended}"
    past = _scored(run.id, state_of_run, measure, state.margin / 100, baseline)
    return OpenRun(stored=run, past=past, titles=ranker_titles(run.rankers), measure=measure)


@st.cache_resource(show_spinner=False, max_entries=8)
def _scored(number: int, state: str, measure: str, margin: float, baseline: str | None) -> PastRun:
    """`state` changes with what the store holds of the run."""
    return compare_runs(store(), [number], measures=[measure], margin=margin, baseline=baseline)


def watch_so_far(number: int) -> None:
    """A run at work: what its means can be by now, drawn anew every few seconds."""
    st.fragment(_draw_so_far, run_every=_LOOK_SECONDS)(number)


@part("The results so far")
def _draw_so_far(number: int) -> None:
    _show_so_far(current_session(), store().runs.get(number))


def _show_so_far(session: SessionState, run: StoredRun) -> None:
    say("query", run_in_words(run))
    if run.asked > _INTERIM_RANKINGS:
        say("note", "So large a run is scored at its end.")
        return
    state = session.of(EvaluateState)
    measure = state.measure.strip() or "nDCG@10"
    past = compare_runs(store(), [run.id], measures=[measure])
    queries = list(store().runs.judgements(run.id))
    so_far = intervals_so_far(past.per_query, queries, measure=measure)
    if not so_far.means:
        say("note", "No query is ranked yet.")
        return
    titles = ranker_titles(run.rankers)
    st.dataframe(
        [
            {
                "Ranker": titles[ranker],
                "Queries": f"{len(past.per_query[ranker]):,} of {len(queries):,}",
                f"{measure} so far": f"{interval.mean:.3f}",
                "Between": f"{interval.low:.3f} and {interval.high:.3f}",
            }
            for ranker, interval in so_far.means.items()
        ],
        hide_index=True,
        width="stretch",
    )
    for (first, second), interval in so_far.differences.items():
        say(
            "note",
            f"{titles[first]} less {titles[second]}: {100 * interval.mean:+.1f} points so far, between "
            f"{100 * interval.low:+.1f} and {100 * interval.high:+.1f}.",
        )
    say(
        "note",
        "The intervals hold at 95 % however often you look (a confidence sequence: queries are ranked in random order), and so "
        "are wider than the final ones. The verdicts follow at the end.",
    )


def _find(number: int) -> Job[tuple[str, ...]] | None:
    evaluation = evaluations().get(number)
    return None if evaluation is None else evaluation.job


def _show_end(evaluation: Evaluation) -> None:
    error = evaluation.job.error
    if error is None:
        for warning in evaluation.job.result:
            say("warning", warning)
    elif isinstance(error, Cancelled):
        say("note", "Stopped. What was ranked is stored, and Continue goes on from there.")
    else:
        say("error", str(error))


def _show_actions(session: SessionState, run: StoredRun) -> None:
    state = session.of(EvaluateState)
    at_work = evaluations().of_run(run.id) is not None
    if not at_work and plain.button(
        "Repeat" if run.ended else "Continue", key="run_again", disabled=not run.settings.get("source"),
        help="With the same settings. What is stored is not computed again.",
    ):  # fmt: skip
        _again(session, run)
    with plain.popover("Delete"):
        say("note", "The run, and the rankings that no other run has.")
        if plain.button("Delete it", key="run_delete", disabled=at_work):
            try:
                store().runs.delete(run.id)
            except RerankLabError as error:
                say("error", str(error))
            else:
                state.run = 0
                st.rerun()


def _again(session: SessionState, run: StoredRun) -> None:
    state, settings = session.of(EvaluateState), run.settings
    specs = specs_of(run)
    if not specs:
        say("error", "None of the rankers of this run is installed here.")
        return
    asked = Asked(
        sources=(str(settings["source"]),),
        split=str(settings["split"]),
        candidates=str(settings["candidates"]),
        queries=int(settings["queries"]) if settings.get("sample") is not None else None,
        seed=int(settings.get("seed") or 0),
        specs=specs,
        device=str(settings["device"]),
        repeats=int(settings["repeats"]),
        endpoints=session_endpoints(session, specs),
    )
    state.follow = evaluations().start(asked, store()).number
    st.rerun()
