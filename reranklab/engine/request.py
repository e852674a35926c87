"""What is to be ranked, and how: the input of the engine, whoever asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reranklab.errors import InputError
from reranklab.progress import CancelSignal, Progress
from reranklab.rankers.family import Capability, RankerSpec
from reranklab.services.endpoint import Endpoint, find_endpoint
from reranklab.types import Document, Query, Ranking

if TYPE_CHECKING:
    from reranklab.data.statistics import StatisticsSource

MAX_REPEATS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """What the rankers get. `pool` is the number of documents that they were drawn from, and `statistics` are of that pool;
    both are None where the candidates are all there is. `context` names the pool in the keys of caches. `notes` say what went
    wrong on the way to them."""

    documents: tuple[Document, ...]
    statistics: StatisticsSource | None = None
    pool: int | None = None
    context: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A query and the way to its candidates: `collect` may read a collection and search it, so it runs with the rankers.

    `judgements` is document id to grade, empty where there are none. `public` says that ids may appear in an address.
    `notes` say how the input was read. `beside` are rankings of the same candidates that were made elsewhere, shown beside
    those of the run, which they do not change.
    """

    label: str
    query: Query
    collect: Callable[[CancelSignal | None, Progress | None], Candidates]
    judgements: Mapping[str, int] = field(default_factory=dict)
    public: bool = False
    notes: tuple[str, ...] = ()
    beside: tuple[Ranking, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSettings:
    """Which rankers run, on which device, how often. The endpoints' keys stay in memory."""

    specs: tuple[RankerSpec, ...]
    device: str = "cpu"
    repeats: int = 1
    endpoints: Sequence[Endpoint] = ()

    def __post_init__(self) -> None:
        if not 1 <= self.repeats <= MAX_REPEATS:
            raise InputError(f"{self.repeats} runs of each ranker do not work. Give a number from 1 to {MAX_REPEATS}.")

    @property
    def ranker_ids(self) -> tuple[str, ...]:
        return tuple(spec.id for spec in self.specs)


def listed(
    query: Query,
    documents: Sequence[Document],
    *,
    label: str = "",
    judgements: Mapping[str, int] | None = None,
    public: bool = False,
    notes: tuple[str, ...] = (),
) -> Request:
    """A request whose candidates are at hand."""
    candidates = Candidates(documents=tuple(documents))
    return Request(
        label=label,
        query=query,
        collect=lambda cancel, progress: candidates,
        judgements=judgements or {},
        public=public,
        notes=notes,
    )


def context_of(spec: RankerSpec, candidates: Candidates, settings: RunSettings) -> str:
    """What decides a ranker's result in a run besides its id, device and input: an endpoint, a collection's statistics. Keys of
    caches are digests of it, so no address is kept."""
    parts = [context_of(stage, candidates, settings) for stage in spec.stages]
    if service := spec.family.service(spec):
        parts.append(_address(service, spec, settings.endpoints))
    if spec.can(Capability.STATISTICS):
        parts.append(candidates.context)
    return "\n".join(filter(None, parts))


def _address(service: str, spec: RankerSpec, endpoints: Sequence[Endpoint]) -> str:
    """Address and model of the endpoint that a ranker asks; "" where there is none, which its own error says."""
    try:
        endpoint = find_endpoint(endpoints, service, model=spec.model)
    except InputError:
        return ""
    return f"{endpoint.url} {endpoint.model}"
