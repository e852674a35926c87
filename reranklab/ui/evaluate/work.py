"""Evaluations in the background. They belong to the process: the page may be closed, and any session finds them again."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import streamlit as st

from reranklab.data.trec import TrecRun
from reranklab.evaluate.cluster import Cluster
from reranklab.evaluate.task_set import prepare_tasks
from reranklab.progress import CancelSignal, Progress, Step
from reranklab.rankers.family import RankerSpec
from reranklab.services.endpoint import Endpoint
from reranklab.store.store import Store
from reranklab.ui.jobs import Emit, Job

_KEPT = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What an evaluation ranks, and with what: as `prepare_tasks` and `TaskSet.evaluate` take it, for each of `sources`. `ray`
    is the address of a cluster whose devices of the kind `device` compute; "" for this machine's."""

    sources: tuple[str, ...]
    split: str | None
    candidates: str
    queries: int | None
    seed: int
    specs: tuple[RankerSpec, ...]
    device: str
    repeats: int = 1
    endpoints: Sequence[Endpoint] = field(default=(), repr=False)
    imported: tuple[TrecRun, ...] = ()
    fresh: bool = False
    ray: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A collection's run has its number in the store."""

    run: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """An evaluation of this process. `number` tells them apart."""

    number: int
    asked: Asked
    job: Job[tuple[str, ...]]

    @property
    def runs(self) -> tuple[int, ...]:
        """The numbers of its runs that have begun."""
        return tuple(event.run for event in self.job.events() if isinstance(event, Begun))


class Evaluations:
    """Those at work, and the last that ended."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._numbers = itertools.count(1)
        self._known: dict[int, Evaluation] = {}

    def start(self, asked: Asked, store: Store) -> Evaluation:
        """Begin an evaluation; what is not kept and why is its job's result."""
        with self._guard:
            number = next(self._numbers)
            evaluation = Evaluation(number=number, asked=asked, job=Job(_work(asked, store), detached=True))
            self._known[number] = evaluation
            ended = [each for each, known in self._known.items() if not known.job.running]
            for old in ended[: max(len(ended) - _KEPT, 0)]:
                del self._known[old]
        return evaluation

    def get(self, number: int) -> Evaluation | None:
        return self._known.get(number)

    def all(self) -> tuple[Evaluation, ...]:
        with self._guard:
            return tuple(self._known.values())

    def of_run(self, run: int) -> Evaluation | None:
        """The one at work on a run."""
        return next((each for each in self.all() if each.job.running and run in each.runs[-1:]), None)


@st.cache_resource(show_spinner=False)
def evaluations() -> Evaluations:
    """Those of this process."""
    return Evaluations()


def _work(asked: Asked, store: Store) -> Callable[[CancelSignal, Emit], tuple[str, ...]]:
    def work(cancel: CancelSignal, emit: Emit) -> tuple[str, ...]:
        warnings: list[str] = []
        with _cluster(asked, warnings.append, cancel, emit) as cluster:
            for number, source in enumerate(asked.sources):
                told = _labelled(emit, source) if len(asked.sources) > 1 else emit
                task_set = prepare_tasks(
                    source,
                    split=asked.split,
                    candidates=asked.candidates,
                    queries=asked.queries,
                    seed=asked.seed,
                    device=asked.device,
                    cancel=cancel,
                    progress=told,
                )
                task_set.evaluate(
                    asked.specs,
                    device=asked.device,
                    repeats=asked.repeats,
                    endpoints=asked.endpoints,
                    imported=asked.imported if number == 0 else (),
                    store=store,
                    fresh=asked.fresh,
                    cluster=cluster,
                    warn=warnings.append,
                    begun=lambda run: emit(Begun(run=run)),
                    cancel=cancel,
                    progress=told,
                )
        return tuple(dict.fromkeys(warnings))

    return work


@contextmanager
def _cluster(asked: Asked, warn: Callable[[str], None], cancel: CancelSignal, told: Progress) -> Iterator[Cluster | None]:
    if not asked.ray:
        yield None
        return
    with Cluster(asked.ray, device=asked.device, warn=warn, cancel=cancel, progress=told) as cluster:
        yield cluster


def _labelled(emit: Emit, source: str) -> Progress:
    def told(step: Step) -> None:
        emit(Step(done=step.done, total=step.total, unit=step.unit, label=f"{source}: {step.label}" if step.label else source))

    return told
