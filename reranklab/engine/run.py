"""One request from start to end: candidates, then several rankers, one after the other so that no timing disturbs another."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack

from reranklab.engine.boundary import contained
from reranklab.engine.build import build_ranker
from reranklab.engine.cache import ResultCache, input_key
from reranklab.engine.comparison import Comparison
from reranklab.engine.events import Collected, Collecting, Event, Failed, Finished, Progressed, Started, Waiting
from reranklab.engine.measure import measure
from reranklab.engine.request import Candidates, Request, RunSettings, context_of
from reranklab.engine.turns import TURNS
from reranklab.errors import Cancelled, RerankLabError
from reranklab.progress import CancelSignal, Progress, Step
from reranklab.rankers.base import check_input
from reranklab.rankers.family import Capability, Ranker, RankerSpec
from reranklab.rankers.reference import fetch_model, missing_models
from reranklab.types import Query, Ranking

Emit = Callable[[Event], None]


def compare(
    request: Request,
    settings: RunSettings,
    *,
    cache: ResultCache | None = None,
    remeasure: bool = False,
    cancel: CancelSignal | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """`run`, with its events folded into a comparison. Raises as it does; `progress` gets every step."""
    events: list[Event] = []

    def emit(event: Event) -> None:
        events.append(event)
        if progress is not None and isinstance(event, Collecting | Waiting | Progressed):
            progress(event.step)

    run(request, settings, cache=cache, remeasure=remeasure, cancel=cancel, emit=emit)
    return Comparison.of(request, settings, events)


def run(
    request: Request,
    settings: RunSettings,
    *,
    cache: ResultCache | None = None,
    remeasure: bool = False,
    cancel: CancelSignal | None = None,
    emit: Emit,
) -> None:
    """Rank with each ranker of `settings` in turn and `emit` an event for whatever happens.

    A result in `cache` is shown again, unless `remeasure`. The others wait for the run's turn, which is kept from one ranker to
    the next (see `turns`). A ranker's failure is an event, whatever it raised; input that no ranker can use raises InputError
    before anything starts, and too many runs at once BusyError.
    """
    with ExitStack() as stack:
        if any(map(_counts, settings.specs)):
            stack.enter_context(TURNS.admit())
        turn = stack.enter_context(ExitStack())
        candidates = request.collect(cancel, lambda step: emit(Collecting(step=step)))
        emit(Collected(candidates=candidates))
        check_input(request.query, candidates.documents)
        for spec in settings.specs:
            _run_one(
                spec,
                request.query,
                candidates,
                settings,
                turn=turn,
                cache=cache,
                remeasure=remeasure,
                cancel=cancel,
                emit=emit,
            )


def build_in(spec: RankerSpec, candidates: Candidates, settings: RunSettings) -> Ranker:
    """The ranker of a run: on its device, with the statistics of the candidates' collection and the session's endpoints."""
    return build_ranker(spec, device=settings.device, statistics=candidates.statistics, endpoints=settings.endpoints)


def _run_one(
    spec: RankerSpec,
    query: Query,
    candidates: Candidates,
    settings: RunSettings,
    *,
    turn: ExitStack,
    cache: ResultCache | None,
    remeasure: bool,
    cancel: CancelSignal | None,
    emit: Emit,
) -> None:
    ranker = spec.id
    if cancel is not None and cancel.is_set():
        emit(Failed(ranker=ranker, error=Cancelled("Stopped before it began."), cancelled=True))
        return
    try:
        with contained(ranker):
            ranking = _known_or_measured(
                spec, query, candidates, settings, turn=turn, cache=cache, remeasure=remeasure, cancel=cancel, emit=emit
            )
    except RerankLabError as error:
        emit(Failed(ranker=ranker, error=error, cancelled=isinstance(error, Cancelled)))
        return
    emit(Finished(ranker=ranker, ranking=ranking))


def _known_or_measured(
    spec: RankerSpec,
    query: Query,
    candidates: Candidates,
    settings: RunSettings,
    *,
    turn: ExitStack,
    cache: ResultCache | None,
    remeasure: bool,
    cancel: CancelSignal | None,
    emit: Emit,
) -> Ranking:
    key = input_key(
        query,
        candidates.documents,
        ranker=spec.id,
        device=settings.device,
        repeats=settings.repeats,
        context=context_of(spec, candidates, settings),
    )
    known = cache.get(key) if cache is not None and not remeasure else None
    if known is not None:
        return known

    def tell(step: Step) -> None:
        emit(Progressed(ranker=spec.id, step=step))

    ranker = build_in(spec, candidates, settings)
    _come_to_turn(spec, turn, cancel=cancel, tell=tell, wait=lambda step: emit(Waiting(step=step)))
    emit(Started(ranker=spec.id))
    ranking = measure(ranker, query, candidates.documents, repeats=settings.repeats, cancel=cancel, progress=tell)
    if cache is not None:
        cache.put(key, ranking)
    return ranking


def _come_to_turn(spec: RankerSpec, turn: ExitStack, *, cancel: CancelSignal | None, tell: Progress, wait: Progress) -> None:
    """Have the run's turn in `turn` where the ranker computes here. Others have theirs while a model is fetched or an endpoint
    thinks."""
    missing = missing_models(spec)
    if missing or spec.can(Capability.HOSTED):
        turn.close()
    for each in missing:
        fetch_model(each, cancel=cancel, progress=tell)
    if not spec.can(Capability.HOSTED):
        turn.enter_context(TURNS.take(cancel=cancel, progress=wait))


def _counts(spec: RankerSpec) -> bool:
    """Whether the ranker is to have a turn, as far as it can tell what it can do."""
    try:
        with contained(spec.id):
            return not spec.can(Capability.HOSTED)
    except RerankLabError:
        return True
