"""What is computed for a sample of the requests: disagreement with a reference ranker, and support of answers."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from reranklab.engine.boundary import contained
from reranklab.errors import Cancelled, InputError, RerankLabError
from reranklab.models.catalogue import list_models
from reranklab.models.entailment import ENTAILMENT
from reranklab.models.store import is_stored
from reranklab.operator import Lock, is_locked
from reranklab.rankers.catalogue import default_rankers, parse_ranker_id
from reranklab.rankers.family import Capability
from reranklab.rankers.titles import ranker_titles
from reranklab.services.endpoint import Endpoint, usual_address
from reranklab.services.service import CHAT_ID
from reranklab.ui import plain
from reranklab.ui.boundary import part
from reranklab.ui.jobs import Job
from reranklab.ui.progress import watch
from reranklab.ui.say import say
from reranklab.ui.state import SessionState, current_session
from reranklab.ui.watch.state import Watched, WatchState
from reranklab.ui.watch.work import sampling
from reranklab.ui.widgets import among, field, kept
from reranklab.watch.sampled import judge_estimate, take_sample
from reranklab.watch.support.chat_judge import CHAT
from reranklab.watch.support.judges import judge_of
from reranklab.watch.support.measured import agreement_words
from reranklab.watch.support.score_judge import SCORES

_MOST = 5000
_PATIENCE = 0.4


@part("The sample")
def show_samples(session: SessionState, watched: Watched) -> None:
    """The form, its job, and what came of it."""
    state = session.of(WatchState)
    plain.header("From a sample of the requests", anchor=False)
    say(
        "note",
        "Needs the texts, and takes longer than the rest. The reference ranker need not be better: it stays the same, so a "
        "change is one of the log. Each sentence of an answer is held against the chunks that it was written from.",
    )
    rankers, judges = _rankers(), _judges()
    state.reference = among(state.reference, rankers, default="")
    state.judge = among(state.judge, judges, default="")
    columns = st.columns([2, 3, 1.2], vertical_alignment="bottom")
    with columns[0]:
        field(
            plain.selectbox, "Reference ranker", state, "reference", key="w_watch_reference", options=list(rankers),
            format_func=rankers.__getitem__,
        )  # fmt: skip
    with columns[1]:
        field(
            plain.selectbox, "Judge of answers", state, "judge", key="w_watch_judge", options=list(judges),
            format_func=judges.__getitem__,
        )  # fmt: skip
    with columns[2]:
        field(
            plain.number_input, "Requests", state, "number", key="w_watch_number", min_value=1, max_value=_MOST,
            help="Taken evenly over time, and as many again of those with an answer.",
        )  # fmt: skip
    if state.judge:
        _show_judge(session, state)
    _show_start(session, state, watched)
    _show_end(state, watched)


def _show_judge(session: SessionState, state: WatchState) -> None:
    """How well the judge agrees with people, and for an endpoint where it is."""
    if state.judge == CHAT:
        endpoint = session.endpoint(CHAT_ID)

        def store_url(url: str) -> None:
            endpoint.url = url.strip()

        def store_key(key: str) -> None:
            endpoint.key = key.strip()

        def store_model(model: str) -> None:
            endpoint.model = model.strip()

        if not is_locked(Lock.ENDPOINTS):
            address, key, model = st.columns([2, 1, 1])
            with address:
                kept(
                    plain.text_input, "Address of the chat endpoint", key="w_watch_url", value=endpoint.url, store=store_url,
                    placeholder=usual_address(CHAT_ID) or "http://127.0.0.1:11434/v1",
                )  # fmt: skip
            with key:
                kept(plain.text_input, "Key", key="w_watch_key", value=endpoint.key, store=store_key, type="password")
            with model:
                kept(plain.text_input, "Model", key="w_watch_model", value=endpoint.model, store=store_model)
    say("note", f"This judge: {_agreement(session, state)}")


def _agreement(session: SessionState, state: WatchState) -> str:
    try:
        return agreement_words(judge_of(state.judge, endpoints=_endpoints(session, state)).id)
    except RerankLabError as error:
        return str(error)


def _show_start(session: SessionState, state: WatchState, watched: Watched) -> None:
    running = state.sample_job is not None and state.sample_job.running
    asked = _asked_for(session, state)
    with st.container(horizontal=True, vertical_alignment="center"):
        if state.judge == CHAT and plain.button("Estimate the calls", key="watch_estimate", disabled=running):
            _estimate(session, state, watched)
        due = state.judge == CHAT and (state.told is None or state.told_for != asked)
        pressed = plain.button("Compute", key="watch_sample", type="primary", disabled=running or due)
        if due:
            say("note", "Estimate the calls first: every sentence of an answer is a question to the endpoint.")
        elif state.judge == CHAT and state.told is not None:
            say("note", f"The endpoint will be asked {state.told.words}.")
    if pressed:
        _start(session, state, watched)
    if state.sample_problem:
        say("error", state.sample_problem)


def _start(session: SessionState, state: WatchState, watched: Watched) -> None:
    state.sample_problem = ""
    try:
        with contained("The start of the sample"):
            work = sampling(
                watched,
                number=state.number,
                reference=state.reference,
                judge=state.judge,
                masking=state.masking,
                device=session.device,
                endpoints=_endpoints(session, state),
            )
    except RerankLabError as error:
        state.sample_problem = str(error)
        return
    state.sample_job = Job(work)
    state.sample_job.wait(_PATIENCE)
    st.rerun()


def _estimate(session: SessionState, state: WatchState, watched: Watched) -> None:
    state.sample_problem, state.told = "", None
    try:
        with contained("The estimate"), plain.spinner("Counting sentences"):
            sample = take_sample(watched.log, state.number, masking=state.masking, documents=watched.documents)
            state.told = judge_estimate(sample, judge_of(state.judge, endpoints=_endpoints(session, state)))
            state.told_for = _asked_for(session, state)
    except RerankLabError as error:
        state.sample_problem = str(error)


def _show_end(state: WatchState, watched: Watched) -> None:
    job = state.sample_job
    if job is not None and job.running:
        watch(_job, "The sample", key="watch_sample_cancel", waiting="reading texts")
    elif job is not None and isinstance(job.error, Cancelled):
        say("note", "Stopped before the sample was computed.")
    elif job is not None and job.error is not None:
        say("error", str(job.error))
    elif watched.sampled is not None:
        for sentence in watched.sampled.sentences():
            say("note", sentence[:1].upper() + sentence[1:])
        if (support := watched.sampled.support) is not None:
            say("note", f"Judged by {support.judge}. {agreement_words(support.judge)}")


def _job() -> Job[object] | None:
    return current_session().of(WatchState).sample_job  # type: ignore[return-value]


def _rankers() -> Mapping[str, str]:
    """Those that are on by default and compute here, the cheapest first."""
    here = [each for each in default_rankers() if not parse_ranker_id(each).can(Capability.HOSTED)]
    return {"": "none", **ranker_titles(here)}


def _judges() -> Mapping[str, str]:
    stored = [entry for entry in list_models() if entry.kind == ENTAILMENT and is_stored(entry)]
    return {
        "": "none",
        SCORES: "Scores, numbers and names: on this machine",
        **{f"{ENTAILMENT}:{entry.id}": f"Entailment model {entry.id}: on this machine" for entry in stored},
        CHAT: "Chat endpoint: sends answers and their chunks there",
    }


def _endpoints(session: SessionState, state: WatchState) -> tuple[Endpoint, ...]:
    """The typed endpoint, where something was typed; else the environment's is used. Raises InputError."""
    typed = session.endpoint(CHAT_ID)
    if state.judge != CHAT or not (typed.url or typed.key or typed.model):
        return ()
    if not typed.model.strip():
        raise InputError("The chat endpoint needs the name of a model. Give the one that the server knows it by.")
    return (Endpoint(url=typed.url.strip() or usual_address(CHAT_ID), key=typed.key.strip(), model=typed.model.strip()),)


def _asked_for(session: SessionState, state: WatchState) -> str:
    """What an estimate is of."""
    typed = session.endpoint(CHAT_ID)
    return "\n".join((state.judge, str(state.number), typed.url, typed.model, str(state.mask)))
