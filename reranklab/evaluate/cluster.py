"""An evaluation over the devices of a Ray cluster: one worker a device, fed by this process, which keeps what they give.

Scores are those of a plain run: a worker ranks one query at a time, as this process would. All devices of a run are of one
kind, and their machines have the same versions of what computes: one run is one measurement, and is kept under one device.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType

from reranklab.engine.identity import computing_versions
from reranklab.errors import DeviceError, RerankLabError
from reranklab.evaluate.cluster_devices import Devices, Lost, Place
from reranklab.evaluate.cluster_worker import Facts
from reranklab.evaluate.computing import Computer, OneByOne, Outcome, RankingTask, UnusableError, Wanted
from reranklab.models.device import Device, resolve_device
from reranklab.progress import CancelSignal, Progress, check_cancel, report
from reranklab.rankers.family import Capability, Ranker, RankerSpec

MOST_TRIES = 3
"""How often a query may be on a device that is lost; then the query is an error."""
_AHEAD = 2
"""Queries that a worker has at a time: the next one is there when it is done with one."""
_PATIENCE = 150
"""How many looks (at 0.2 s) devices that are busy or slow to start are waited for, once one is there."""


def spreads(spec: RankerSpec, *, with_statistics: bool) -> bool:
    """Whether a ranker is computed on a cluster. One that asks an endpoint is not, since keys stay here, nor one that counts
    over a whole collection, whose index is here."""
    here = spec.can(Capability.HOSTED) or (with_statistics and spec.can(Capability.STATISTICS))
    return not here and all(spreads(stage, with_statistics=with_statistics) for stage in spec.stages)


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """What computes each ranker: a cluster, where there is one and the ranker can be spread, else this process on `device`.

    Where this machine has no such device, as the cluster has, what is computed here is so on the processor.
    """

    cluster: Cluster | None
    device: str
    with_statistics: bool

    @property
    def here(self) -> str:
        """The device of this machine."""
        return self.device if self.cluster is None else self._nearest().id

    def computer(self, ranker: Ranker) -> Computer:
        return self.cluster if self.cluster is not None and self._spreads(ranker.spec) else OneByOne()

    def places(self, specs: Sequence[RankerSpec]) -> dict[str, Device]:
        """The device of each ranker, by id; nothing without a cluster."""
        if self.cluster is None:
            return {}
        return {spec.id: self.cluster.device if self._spreads(spec) else self._nearest() for spec in specs}

    def _spreads(self, spec: RankerSpec) -> bool:
        return spreads(spec, with_statistics=self.with_statistics)

    def _nearest(self) -> Device:
        try:
            return resolve_device(self.device)
        except DeviceError:
            return resolve_device("cpu")


class Cluster:
    """The devices of a kind ("cpu": each node as a whole; "cuda": each GPU) of the Ray cluster at `address`.

    A context: its end ends the workers. Raises MissingPackageError without Ray, InputError where no cluster answers,
    DeviceError where it has no usable device of the kind, and Cancelled. `warn` is told which devices are left out or lost.
    """

    def __init__(
        self,
        address: str,
        *,
        device: str = "cpu",
        warn: Callable[[str], None],
        cancel: CancelSignal | None = None,
        progress: Progress | None = None,
    ) -> None:
        self._warn = warn
        self._devices = Devices(address, kind=device)
        try:
            self._facts = self._choose(cancel, progress)
        except BaseException:
            self._devices.close()
            raise

    @property
    def device(self) -> Device:
        """What the results are measured on."""
        return self._facts.device

    @property
    def size(self) -> int:
        """How many devices are at work."""
        return sum(place.facts is not None for place in self._devices.places)

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._devices.close()

    def compute(
        self,
        ranker: Ranker,
        wanted: Wanted,
        *,
        repeats: int,
        cancel: CancelSignal | None = None,
        progress: Progress | None = None,
    ) -> Iterator[Outcome]:
        """As `Computer` says. The queries of a device that is lost go to another. Raises RerankLabError where none is left."""
        source = iter(wanted)
        first = next(source, None)
        waiting: deque[tuple[int, RankingTask]] = deque() if first is None else deque([first])
        self._devices.forget()
        try:
            yield from self._work(ranker, source, waiting, repeats, cancel)
        finally:
            self._devices.forget()

    def _work(
        self,
        ranker: Ranker,
        source: Iterator[tuple[int, RankingTask]],
        waiting: deque[tuple[int, RankingTask]],
        repeats: int,
        cancel: CancelSignal | None,
    ) -> Iterator[Outcome]:
        losses: Counter[int] = Counter()
        while waiting or self._devices.busy:
            check_cancel(cancel)
            self._devices.look_for_more()
            for place in self._devices.places:
                if place.is_idle and not place.is_loaded and not place.failure:
                    place.prepare(ranker.id)
                while place.is_loaded and len(place.tasks) < _AHEAD and waiting:
                    place.give(waiting.popleft(), repeats)
                    if not waiting and (following := next(source, None)) is not None:
                        waiting.append(following)
            known = [place for place in self._devices.places if place.facts is not None]
            if not self._devices.places or (known and all(place.failure for place in known)):
                raise _none_left(known)
            for place, task, value in self._devices.wait():
                if isinstance(value, Lost):
                    yield from self._lose(place, value, waiting, losses)
                elif isinstance(value, Facts):
                    self._admit(place, value)
                elif task is not None:
                    yield Outcome(position=task[0], result=value)
                elif value is None:
                    place.is_loaded = True
                else:
                    place.failure = str(value)
        for place in self._devices.places:
            if place.failure:
                self._warn(f"A device of {place.host} did not take part, as it cannot use {ranker.id}: {place.failure}")

    def _choose(self, cancel: CancelSignal | None, progress: Progress | None) -> Facts:
        """Wait for the devices, and take the kind that most of them are of."""
        reasons: list[str] = []
        patience = _PATIENCE
        while any(place.facts is None for place in self._devices.places) and patience:
            check_cancel(cancel, "Stopped while it waited for the cluster.")
            total = len(self._devices.places)
            report(progress, done=self.size, total=total, unit="device", label="Waiting for the cluster")
            for place, _, value in self._devices.wait():
                if isinstance(value, Facts):
                    place.facts = value
                else:
                    reasons.append(f"{value.reason}." if isinstance(value, Lost) else str(value))
                    self._devices.drop(place)
            patience -= self.size > 0
        found = [place.facts for place in self._devices.places if place.facts is not None]
        same = [facts for facts in found if facts.versions == computing_versions()]
        if not same:
            reasons += [_difference(facts) for facts in found]
            why = f": {reasons[0]}" if reasons else ", or none is free."
            raise DeviceError(f"The Ray cluster has no usable device of the kind {self._devices.kind}{why}")
        name, _ = Counter(facts.device.name for facts in same).most_common(1)[0]
        chosen = next(facts for facts in same if facts.device.name == name)
        self._facts = chosen
        for place in list(self._devices.places):
            if place.facts is not None:
                self._admit(place, place.facts)
        return chosen

    def _admit(self, place: Place, facts: Facts) -> None:
        """Take a device in, where its scores are those of the others."""
        place.facts = facts
        if facts.versions != computing_versions():
            reason = _difference(facts)
        elif facts.device != self._facts.device:
            reason = f"It is {facts.device.name}, and this run is measured on {self._facts.device.name}."
        else:
            return
        self._devices.drop(place)
        self._warn(f"A device of {facts.host} does not take part. {reason}")

    def _lose(
        self, place: Place, lost: Lost, waiting: deque[tuple[int, RankingTask]], losses: Counter[int]
    ) -> Iterator[Outcome]:
        tasks = list(place.tasks.values())
        self._devices.drop(place, lost=True)
        count = "1 query goes" if len(tasks) == 1 else f"{len(tasks)} queries go"
        self._warn(f"A device of {place.host} was lost ({lost.reason}). {count} to the others.")
        for position, task in tasks:
            losses[position] += 1
            if losses[position] < MOST_TRIES:
                waiting.appendleft((position, task))
            else:
                message = f"{MOST_TRIES} devices of the cluster were lost while they had this query. Leave it out."
                yield Outcome(position=position, result=RerankLabError(message))


def _difference(facts: Facts) -> str:
    """Which package differs from this machine's, in a sentence."""
    here = computing_versions()
    theirs, ours = next(((a, b) for a, b in zip(facts.versions, here, strict=False) if a != b), ("others", "these"))
    return f"{facts.host} computes with {theirs}, and this machine has {ours}. Install the same versions."


def _none_left(places: Sequence[Place]) -> RerankLabError:
    if places:
        return UnusableError(places[0].failure)
    return RerankLabError("No device of the cluster is left. Run the same again to go on: what is done is kept.")
