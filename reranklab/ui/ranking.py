"""The ranking job of a session: from a request to the lanes that the page shows."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from reranklab.compare import Failed, Finished, Progressed, ResultCache, Started, compare
from reranklab.errors import RerankLabError
from reranklab.progress import CancelSignal, Progress, Step
from reranklab.rankers.base import Ranker
from reranklab.rankers.registry import RankerSpec, build_ranker, parse_ranker_id
from reranklab.rankers.titles import ranker_titles
from reranklab.types import Document, Query, Ranking
from reranklab.ui.jobs import Emit, Job, unexpected

if TYPE_CHECKING:
    from reranklab.data.index import CorpusStatistics
    from reranklab.llm.endpoint import Endpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """What the rankers get. `statistics` are those of a whole collection, counted by `analyser`; `context` names it."""

    documents: tuple[Document, ...]
    statistics: CorpusStatistics | None = None
    analyser: str = ""
    context: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A query and the way to its candidates: `collect` may read a collection and search it, so it runs in the job.

    `judgements` is document id to grade, empty where there are none. `public` says that ids may appear in the address bar.
    `notes` say how the input was read.
    """

    label: str
    query: Query
    collect: Callable[[CancelSignal, Progress], Candidates]
    judgements: Mapping[str, int] = field(default_factory=dict)
    public: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How to run: the endpoint's key stays in memory."""

    ranker_ids: tuple[str, ...]
    device: str
    repeats: int
    endpoint: Endpoint | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Collecting:
    """Progress on the candidates."""

    step: Step


LaneState = Literal["waiting", "running", "finished", "failed", "cancelled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One ranker's place in a run."""

    ranker: str
    state: LaneState = "waiting"
    step: Step | None = None
    ranking: Ranking | None = None
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A finished run. `lanes` are in the order of the settings; `number` tells the runs of this process apart."""

    number: int
    request: Request
    settings: Settings
    candidates: Candidates
    lanes: tuple[Lane, ...]

    @property
    def documents(self) -> tuple[Document, ...]:
        return self.candidates.documents

    @property
    def rankings(self) -> tuple[Ranking, ...]:
        return tuple(lane.ranking for lane in self.lanes if lane.ranking is not None)

    @property
    def titles(self) -> dict[str, str]:
        """Ranker id to title for all rankers of the run."""
        return ranker_titles(lane.ranker for lane in self.lanes)


_numbers = itertools.count(1)


class RankingJob(Job):
    """A job that ranks `request` with `settings`."""

    def __init__(self, request: Request, settings: Settings, *, cache: ResultCache) -> None:
        self.request = request
        self.settings = settings
        self._number = next(_numbers)
        super().__init__(_work(request, settings, cache))

    def collecting(self) -> Step | None:
        """Progress on the candidates, while no ranker has begun."""
        last = self.events()[-1:]
        return last[0].step if last and isinstance(last[0], Collecting) else None

    def outcome(self) -> Outcome:
        """What there is so far."""
        events = self.events()
        candidates = next((event for event in events if isinstance(event, Candidates)), Candidates(documents=()))
        lanes = lanes_of(events, self.settings.ranker_ids)
        return Outcome(number=self._number, request=self.request, settings=self.settings, candidates=candidates, lanes=lanes)


class FreshResults(ResultCache):
    """Measures again: gives nothing, and stores into `kept`."""

    def __init__(self, kept: ResultCache) -> None:
        super().__init__()
        self._kept = kept

    def get(self, key: str) -> Ranking | None:
        return None

    def put(self, key: str, ranking: Ranking) -> None:
        self._kept.put(key, ranking)


def lanes_of(events: Sequence[Any], ranker_ids: Sequence[str]) -> tuple[Lane, ...]:
    """The latest state of each ranker."""
    lanes = {ranker: Lane(ranker=ranker) for ranker in ranker_ids}
    for event in events:
        match event:
            case Started():
                lanes[event.ranker] = replace(lanes[event.ranker], state="running")
            case Progressed():
                lanes[event.ranker] = replace(lanes[event.ranker], state="running", step=event.step)
            case Finished():
                lanes[event.ranker] = replace(lanes[event.ranker], state="finished", ranking=event.ranking)
            case Failed():
                state: LaneState = "cancelled" if event.cancelled else "failed"
                lanes[event.ranker] = replace(lanes[event.ranker], state=state, message=str(event.error))
            case _:
                pass
    return tuple(lanes.values())


def by_speed(lanes: Sequence[Lane]) -> list[Lane]:
    """Finished rankers fastest first, then the running one, the waiting ones, and those without a result."""
    order: dict[LaneState, int] = {"finished": 0, "running": 1, "waiting": 2, "failed": 3, "cancelled": 3}
    return sorted(lanes, key=lambda lane: (order[lane.state], lane.ranking.timing.p50() if lane.ranking else 0.0))


def build_in(spec: RankerSpec, candidates: Candidates, settings: Settings) -> Ranker:
    """The ranker of a run: on its device, BM25 with the collection's statistics, a chat method with the session's endpoint."""
    return build_ranker(
        spec,
        device=settings.device,
        statistics=candidates.statistics if _counts_collection(spec, candidates) else None,
        endpoint=settings.endpoint if _calls_endpoint(spec, settings) else None,
    )


def context_of(spec: RankerSpec, candidates: Candidates, settings: Settings) -> str:
    """What decides a ranker's result in a run besides its id, device and input."""
    if settings.endpoint is not None and _calls_endpoint(spec, settings):
        return f"{settings.endpoint.url} {settings.endpoint.model}"
    return candidates.context if _counts_collection(spec, candidates) else ""


def _counts_collection(spec: RankerSpec, candidates: Candidates) -> bool:
    return spec.family == "bm25" and spec.option("analyser") == candidates.analyser


def _calls_endpoint(spec: RankerSpec, settings: Settings) -> bool:
    return spec.hosted and settings.endpoint is not None


def _work(request: Request, settings: Settings, cache: ResultCache) -> Callable[[CancelSignal, Emit], None]:
    def work(cancel: CancelSignal, emit: Emit) -> None:
        candidates = request.collect(cancel, lambda step: emit(Collecting(step=step)))
        emit(candidates)
        for ranker_id in settings.ranker_ids:
            _rank_one(ranker_id, request.query, candidates, settings, cache=cache, cancel=cancel, emit=emit)

    return work


def _rank_one(
    ranker_id: str,
    query: Query,
    candidates: Candidates,
    settings: Settings,
    *,
    cache: ResultCache,
    cancel: CancelSignal,
    emit: Emit,
) -> None:
    """One ranker's events. An error that no ranker should raise ends this ranker, not the others."""
    spec = parse_ranker_id(ranker_id)
    try:
        compare(
            lambda _: build_in(spec, candidates, settings),
            [ranker_id],
            query,
            candidates.documents,
            device=settings.device,
            repeats=settings.repeats,
            context=context_of(spec, candidates, settings),
            cache=cache,
            cancel=cancel,
            emit=emit,
        )
    except RerankLabError:
        raise
    except Exception as error:  # noqa: BLE001 - logged by `unexpected`, and shown in the ranker's column
        emit(Failed(ranker=ranker_id, error=unexpected(error, ranker_id)))
