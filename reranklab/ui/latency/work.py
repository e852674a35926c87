"""The measurement on its thread: started from the form, and taken over sweep by sweep."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from reranklab.engine.boundary import contained
from reranklab.errors import Cancelled, InputError, RerankLabError, StorageError
from reranklab.latency.kept import keep_sweep
from reranklab.latency.measured import measure_latency
from reranklab.latency.sizes import parse_sizes
from reranklab.latency.sweep import Sweep
from reranklab.latency.tasks import collection_tasks
from reranklab.progress import CancelSignal
from reranklab.rankers.family import RankerSpec
from reranklab.store.store import Store
from reranklab.ui.jobs import Emit, Job
from reranklab.ui.latency.state import LatencyState
from reranklab.ui.resources import store
from reranklab.ui.run import session_endpoints
from reranklab.ui.state import SessionState

_PATIENCE = 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class _Measured:
    """A sweep with its number in the store, or why it has none."""

    result: Sweep
    number: int | None
    problem: str = ""


def start(session: SessionState, state: LatencyState) -> None:
    """Begin to measure the rankers of the sidebar, or keep why that cannot begin."""
    state.problem, state.warnings, state.taken = "", [], 0
    try:
        with contained("The start of the measurement"):
            specs = session.specs()
            if not specs:
                raise InputError("No ranker is on. Switch one on in the sidebar.")
            state.job = Job(_work(session, state, specs))
    except RerankLabError as error:
        state.problem = str(error)
        return
    state.job.wait(_PATIENCE)
    st.rerun()


def settle(state: LatencyState) -> None:
    """Take over what the work has measured so far, and how it ended."""
    if state.job is None:
        return
    ended = not state.job.running
    measured = [event for event in state.job.events() if isinstance(event, _Measured)]
    for event in measured[state.taken :]:
        _take(state, event)
    state.taken = len(measured)
    if not ended:
        return
    error, state.job = state.job.error, None
    if error is not None:
        state.problem = "Stopped." if isinstance(error, Cancelled) else str(error)


def _take(state: LatencyState, measured: _Measured) -> None:
    if measured.number is None:
        state.warnings = [f"{measured.problem} Results are shown and not kept."]
        state.shown = min(state.unkept, default=0) - 1
        state.unkept[state.shown] = measured.result
    else:
        state.shown = measured.number


def _work(session: SessionState, state: LatencyState, specs: tuple[RankerSpec, ...]) -> Callable[[CancelSignal, Emit], None]:
    candidates = parse_sizes(state.candidates, "Documents")
    collection, queries = state.collection, state.queries
    tokens = [] if collection else parse_sizes(state.tokens, "Tokens")
    repeats, device, endpoints = state.repeats, session.device, session_endpoints(session, specs)
    cold, keep = state.cold, _keeper()

    def work(cancel: CancelSignal, emit: Emit) -> None:
        tasks = None
        if collection:
            tasks = collection_tasks(collection, candidates=candidates, queries=queries, cancel=cancel, progress=emit)
        for spec in specs:
            result = measure_latency(
                spec,
                candidates=candidates,
                tokens=tokens,
                tasks=tasks,
                device=device,
                repeats=repeats,
                cold=cold,
                endpoints=endpoints,
                cancel=cancel,
                progress=emit,
            )
            emit(keep(result))

    return work


def _keeper() -> Callable[[Sweep], _Measured]:
    """Keeps a sweep, where the store can be opened and takes it."""
    opened: Store | None = None
    refusal = ""
    try:
        opened = store()
    except StorageError as error:
        refusal = str(error)

    def keep(result: Sweep) -> _Measured:
        if opened is None:
            return _Measured(result=result, number=None, problem=refusal)
        try:
            return _Measured(result=result, number=keep_sweep(opened, result))
        except StorageError as error:
            return _Measured(result=result, number=None, problem=str(error))

    return keep
